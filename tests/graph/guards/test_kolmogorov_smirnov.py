"""Against SciPy's statistic, and what chance allows."""

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
from salver.graph.guards.kolmogorov_smirnov import KolmogorovSmirnov, Samples, largest_difference
from salver.graph.guards.reference import Reference

SAMPLE = st.lists(st.integers(-5, 5), min_size=2, max_size=20)


@given(SAMPLE, SAMPLE)
def test_the_distance_is_that_of_scipy(first: list[int], second: list[int]) -> None:
    found = largest_difference(np.sort(first), np.sort(second))
    assert found == pytest.approx(stats.ks_2samp(first, second, method="asymp").statistic)


@pytest.mark.slow
@pytest.mark.parametrize("correction", ["bonferroni", "fdr"])
def test_without_drift_alarms_are_as_rare_as_they_are_to_be(correction: Any) -> None:
    random = np.random.default_rng(0)
    alarms = 0
    for _ in range(500):
        test = Samples(random.normal(size=(500, 4)), correction, 0.05)
        alarms += test.compare(random.normal(size=(200, 4))).is_drift
    low, high = stats.binom.interval(0.9999, 500, 0.05)
    assert low <= alarms <= high


def test_the_column_that_has_drifted_is_named() -> None:
    random = np.random.default_rng(1)
    found = Samples(random.normal(size=(500, 3)), "bonferroni", 0.01).compare(random.normal([0, 1, 0], size=(200, 3)))
    assert (found.is_drift, found.drifted) == (True, (1,))
    assert found.p_value < 1e-10
    assert found.distance == pytest.approx(2 * stats.norm.cdf(0.5) - 1, abs=0.1)  # of two normals one deviation apart


def test_rounding_is_no_drift() -> None:
    """9.4 in double precision lies before 9.4 in single precision: taken as they are, no value would be a tie."""
    values = np.round(np.random.default_rng(2).normal(9, 1, size=(600, 1)), 1)
    found = Samples(values[:400], "bonferroni", 0.01).compare(values[400:].astype(np.float32).astype(np.float64))
    assert found.distance == pytest.approx(stats.ks_2samp(values[:400, 0], values[400:, 0]).statistic)


@pytest.mark.slow
def test_wines_do_not_drift_until_they_do(wine_path: Any, wines: np.ndarray) -> None:
    options = KolmogorovSmirnov(
        reference=Reference(str(wine_path), header=False, delimiter=";"),
        columns=tuple(str(column) for column in range(11)),
        window_rows=100,
        every_rows=100,
    )
    guard = options("old")
    rows = wines.astype(np.float32)
    stronger = rows.copy()
    stronger[:, 10] += 0.5  # half a percent of alcohol: half a deviation

    def found(batch: np.ndarray) -> dict[str, Any]:
        request = Request({"x": Tensor.of(batch)})
        request.trail = Trail()
        guard.transform(request)
        return request.trail.tags

    assert [found(rows[start : start + 100])["old.is_drift"] for start in range(0, 1500, 100)] == [False] * 15
    drifted = [found(stronger[start : start + 100])["old.drifted"] for start in range(0, 1500, 100)]
    assert sum(columns == ["10"] for columns in drifted) >= 12


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"window_rows": 5}, "window_rows"),
        ({"every_rows": 0}, "every_rows"),
        ({"learn_rows": 0}, "learn_rows"),
        ({"false_alarms": 0.0}, "false_alarms"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput, match=f"^{field} must"):
        KolmogorovSmirnov(**options)
