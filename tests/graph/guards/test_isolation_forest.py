"""Against the paper's formulas, and scikit-learn's forests on the same rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.special import digamma
from sklearn.ensemble import IsolationForest as Oracle
from sklearn.metrics import roc_auc_score

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.guards.isolation_forest import Forest, IsolationForest, average_path


def forest(rows: np.ndarray, trees: int = 100, sample_rows: int = 256, seed: int = 0) -> Forest:
    return Forest(rows, trees, sample_rows, np.random.default_rng(seed))


def rings(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two clusters, and some rows between and around them; 1 for the latter."""
    random = np.random.default_rng(seed)
    ordinary = random.normal(size=(500, 3)) + np.where(random.random((500, 1)) < 0.5, 6.0, -6.0)
    odd = random.uniform(-12, 12, size=(60, 3))
    return np.vstack([ordinary, odd]), np.repeat([0, 1], [500, 60])


@pytest.mark.parametrize("rows", [2, 3, 256])
def test_the_usual_path_is_that_of_the_paper(rows: int) -> None:
    """2 H(n - 1) - 2 (n - 1) / n, the harmonic number by way of the digamma function."""
    assert average_path(rows) == pytest.approx(2 * (digamma(rows) + np.euler_gamma) - 2 * (rows - 1) / rows)


def test_a_lone_row_has_no_path() -> None:
    assert [average_path(0), average_path(1)] == [0, 0]


def test_two_rows_are_parted_by_one_cut() -> None:
    """Each ends at depth 1 = c(2) of every tree, so that the score is 2 to the power of -1."""
    made = forest(np.array([[0.0, 5.0], [1.0, 5.0]]), trees=10)
    np.testing.assert_allclose(made.score(np.array([[0.0, 5.0], [1.0, 5.0], [99.0, -99.0]])), 0.5)


def test_rows_that_cannot_be_parted_are_the_middle() -> None:
    """All end at once, at depth 0 with n left: the path is c(n), the score one half."""
    np.testing.assert_allclose(forest(np.ones((64, 2))).score(np.ones((1, 2))), 0.5)


def test_one_row_far_from_the_rest_is_cut_off_by_the_first_cut_most_of_the_time() -> None:
    """In one column the first cut is uniform over the range: it falls beside the far row 999 times of 1000."""
    rows = np.append(np.linspace(0, 1, 63), 1000.0)[:, None]
    made = forest(rows, trees=500, sample_rows=64)
    assert made.score(rows[-1:])[0] == pytest.approx(2 ** (-1 / average_path(64)), abs=0.01)
    assert made.score(rows[:-1]).max() < 0.65


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_ranks_as_scikit_learn_does(seed: int) -> None:
    rows, odd = rings(seed)
    oracle = -Oracle(n_estimators=100, max_samples=256, random_state=seed).fit(rows).score_samples(rows)
    scores = forest(rows, seed=seed).score(rows)
    assert roc_auc_score(odd, scores) > roc_auc_score(odd, oracle) - 0.02
    np.testing.assert_allclose(scores, oracle, atol=0.08)
    assert np.corrcoef(scores, oracle)[0, 1] > 0.97


def test_rows_are_scored_alone_as_together() -> None:
    rows, _ = rings(4)
    made = forest(rows, trees=20)
    many = np.vstack([rows] * 4)
    np.testing.assert_array_equal(
        made.score(many)[-len(rows) :], np.concatenate([made.score(row[None]) for row in rows])
    )
    assert made.score(rows[:0]).shape == (0,)


def test_the_same_seed_grows_the_same_forest() -> None:
    rows, _ = rings(5)
    np.testing.assert_array_equal(forest(rows, seed=7).score(rows), forest(rows, seed=7).score(rows))
    assert not np.array_equal(forest(rows, seed=7).score(rows), forest(rows, seed=8).score(rows))


def test_as_many_of_the_learnt_rows_pass_as_are_to() -> None:
    rows, _ = rings(6)
    guard = IsolationForest(learn_rows=len(rows), quantile=0.9, trees=50)("odd")
    assert guard.may_be_slow
    guard.transform(Request({"x": Tensor.of(rows)}))
    request = Request({"x": Tensor.of(rows)})
    request.trail = Trail()
    guard.transform(request)
    assert sum(request.trail.tags["odd.is_outlier"]) == math.floor(len(rows) * 0.1)


def test_odd_wines_score_higher(wines: np.ndarray) -> None:
    made = forest(wines[:800])
    mixed = wines[800:900].copy()
    for column in range(0, 11, 2):  # each value is that of a wine, all together of none
        mixed[:, column] = wines[:800, column].max()
    assert made.score(mixed).min() > np.quantile(made.score(wines[900:]), 0.9)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"trees": 0}, "trees"),
        ({"sample_rows": 5000}, "sample_rows"),
        ({"threshold": 1.0}, "threshold"),
        ({"seed": -1}, "seed"),
        ({"quantile": 0.0}, "quantile"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput, match=f"^{field} must"):
        IsolationForest(**options)
