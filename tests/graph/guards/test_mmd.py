"""Against the paper's definition written out, and what chance allows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist, squareform

from salver.core.errors import BadInput
from salver.graph.guards.mmd import Discrepancy, Mmd, gaussian_kernel, squared_discrepancies


def discrepancy(rows: np.ndarray, seed: int = 0, false_alarms: float = 0.05) -> Discrepancy:
    return Discrepancy(rows, 100, false_alarms, np.random.default_rng(seed))


def test_the_kernel_is_gaussian_with_the_median_distance() -> None:
    rows = np.random.default_rng(0).normal(size=(15, 3)) * [1, 100, 0.01]
    distances = pdist(rows / rows.std(axis=0))
    expected = np.exp(-(squareform(distances) ** 2) / (2 * np.median(distances) ** 2))
    np.testing.assert_allclose(gaussian_kernel(rows), expected, rtol=1e-9)


def test_the_estimate_is_that_of_lemma_6() -> None:
    random = np.random.default_rng(1)
    kernel = gaussian_kernel(random.normal(size=(9, 2)))
    is_first = np.array([[1.0] * 4 + [0.0] * 5, [0.0, 1.0] * 4 + [0.0]]).T
    for column, found in zip(is_first.T, squared_discrepancies(kernel, is_first), strict=True):
        x, y = np.flatnonzero(column), np.flatnonzero(column == 0)
        within_x = np.mean([kernel[i, j] for i in x for j in x if i != j])
        within_y = np.mean([kernel[i, j] for i in y for j in y if i != j])
        across = np.mean([kernel[i, j] for i in x for j in y])
        assert found == pytest.approx(within_x + within_y - 2 * across)


@pytest.mark.slow
def test_without_drift_alarms_are_as_rare_as_they_are_to_be() -> None:
    random = np.random.default_rng(2)
    alarms = sum(
        discrepancy(random.normal(size=(60, 2)), seed).compare(random.normal(size=(40, 2))).is_drift
        for seed in range(400)
    )
    low, high = stats.binom.interval(0.9999, 400, 0.05)
    assert low <= alarms <= high


def test_it_sees_what_no_column_shows_alone() -> None:
    random = np.random.default_rng(3)
    known, now = random.normal(size=(200, 2)), random.normal(size=(100, 2))
    now[:, 1] = 0.9 * now[:, 0] + np.sqrt(1 - 0.81) * now[:, 1]  # still normal, but correlated
    assert discrepancy(known).compare(now).is_drift


@pytest.mark.slow
def test_wines_do_not_drift_until_they_do(wines: np.ndarray) -> None:
    test = discrepancy(wines[:500], false_alarms=0.02)
    shifted = wines[500:700] + 0.5 * wines.std(axis=0)
    assert not test.compare(wines[500:700]).is_drift
    assert test.compare(shifted).p_value == pytest.approx(1 / 101)


def test_rows_that_never_vary_do_not_drift() -> None:
    assert discrepancy(np.ones((30, 2))).compare(np.ones((20, 2))).p_value == 1


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"permutations": 3}, "permutations"),
        ({"permutations": 50, "false_alarms": 0.01}, "false_alarms"),
        ({"window_rows": 5000}, "window_rows"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput, match=f"^{field} must"):
        Mmd(**options)


def test_it_says_that_it_may_take_long() -> None:
    assert Mmd()("old").may_be_slow
