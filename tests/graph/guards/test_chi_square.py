"""Against SciPy's contingency tables, and what chance allows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.guards.chi_square import ChiSquare, Frequencies, chi_square

COUNTS = st.tuples(st.integers(0, 50), st.integers(0, 50)).filter(any)


@given(st.lists(COUNTS, min_size=2, max_size=8).filter(lambda table: all(np.sum(table, axis=0))))
def test_statistic_and_p_value_are_those_of_scipy(table: list[tuple[int, int]]) -> None:
    oracle = stats.chi2_contingency(np.array(table), correction=False)
    np.testing.assert_allclose(chi_square(table), [oracle.statistic, oracle.pvalue], rtol=1e-6, atol=1e-9)


def words(random: np.random.Generator, rows: int, *shares: float) -> np.ndarray:
    return random.choice(np.array(["own", "rent", "free", None], object)[: len(shares)], (rows, 1), p=shares)


@pytest.mark.slow
def test_without_drift_alarms_are_as_rare_as_they_are_to_be() -> None:
    random = np.random.default_rng(0)
    alarms = 0
    for _ in range(1000):
        test = Frequencies(words(random, 1000, 0.5, 0.3, 0.15, 0.05), 200, "bonferroni", 0.05)
        alarms += test.compare(words(random, 200, 0.5, 0.3, 0.15, 0.05)).is_drift
    low, high = stats.binom.interval(0.9999, 1000, 0.05)
    assert low <= alarms <= high


@pytest.mark.parametrize("shares", [(0.3, 0.5, 0.2), (0.5, 0.3, 0.05, 0.15)])
def test_other_shares_and_missing_values_are_drift(shares: tuple[float, ...]) -> None:
    random = np.random.default_rng(1)
    test = Frequencies(words(random, 1000, 0.5, 0.3, 0.2), 200, "bonferroni", 0.01)
    assert test.compare(words(random, 200, *shares)).drifted == (0,)


def test_what_is_rare_or_unknown_counts_as_one() -> None:
    known = np.array(["a"] * 900 + [f"rare {n}" for n in range(100)], object)[:, None]
    test = Frequencies(known, 200, "bonferroni", 0.01)
    window = np.array(["a"] * 180 + [f"new {n}" for n in range(20)], object)[:, None]
    assert test.compare(window).p_value == pytest.approx(1.0)
    found = test.compare(np.array(["a"] * 100 + [f"new {n}" for n in range(100)], object)[:, None])
    assert found.distance == pytest.approx(stats.chi2_contingency([[900, 100], [100, 100]], correction=False).statistic)


def test_one_category_alone_cannot_drift() -> None:
    test = Frequencies(np.full((100, 1), "a", object), 50, "bonferroni", 0.01)
    assert test.compare(np.full((50, 1), "a", object)).p_value == 1


def test_numbers_and_words_go_side_by_side() -> None:
    random = np.random.default_rng(2)
    guard = ChiSquare(learn_rows=500, window_rows=100, every_rows=100)("old")

    def found(rows: int, share: float) -> dict[str, Any]:
        request = Request(
            {
                "home": Tensor("BYTES", words(random, rows, 0.5, 0.5)[:, 0]),
                "rooms": Tensor.of((random.random(rows) < share).astype(np.int64)),
            }
        )
        request.trail = Trail()
        guard.transform(request)
        return request.trail.tags

    assert found(500, 0.5) == {"old.learning": 0}
    assert found(100, 0.5)["old.drifted"] == []
    assert found(100, 0.9)["old.drifted"] == ["rooms"]


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(BadInput, match=r"^false_alarms must"):
        ChiSquare(false_alarms=1.0)
