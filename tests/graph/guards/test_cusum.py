"""Against the recursion by hand, and the run lengths that tables give (D. C. Montgomery, Introduction to Statistical
Quality Control, table 9.3: slack 0.5, threshold 5)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.guards.cusum import Cusum, Sums


def run_length(shift: float, random: np.random.Generator) -> int:
    sums = Sums(0.0, 1.0, 0.5, 5.0)
    length = 1
    while not sums.add(random.normal(shift)):
        length += 1
    return length


def test_the_sums_by_hand() -> None:
    sums = Sums(10.0, 2.0, 0.5, 4.0)
    found = [(sums.add(value), sums.distance) for value in (12, 14, 9, 16, 10, 16, 4, 4, 4)]
    assert found[:6] == [(False, 0.5), (False, 2.0), (False, 1.0), (False, 3.5), (False, 3.0), (True, 5.5)]
    assert found[6:] == [(False, 2.5), (True, 5.0), (False, 2.5)]


@pytest.mark.slow
@pytest.mark.parametrize(("shift", "mean", "tolerance"), [(1.0, 10.4, 0.6), (0.5, 38.0, 4.0), (2.0, 4.01, 0.2)])
def test_a_shift_is_found_as_soon_as_tables_say(shift: float, mean: float, tolerance: float) -> None:
    random = np.random.default_rng(0)
    assert np.mean([run_length(shift, random) for _ in range(1000)]) == pytest.approx(mean, abs=tolerance)


@pytest.mark.slow
def test_without_a_shift_alarms_are_as_rare_as_tables_say() -> None:
    random = np.random.default_rng(1)
    assert np.mean([run_length(0.0, random) for _ in range(400)]) == pytest.approx(465, rel=0.2)


def test_any_other_value_is_far_from_one_that_never_varied() -> None:
    sums = Cusum()._fit(np.full((10, 1), 3.0))
    assert not sums.add(3.0)
    assert sums.add(3.1)


def test_values_of_which_no_deviation_is_known_are_refused_and_forgotten() -> None:
    guard = Cusum(learn_rows=4)("shift")
    with pytest.raises(BadInput, match="must not be so large that their variance overflows"):
        guard.transform(Request({"x": Tensor.of([1e308, 1e308, 1.0, 2.0])}))
    guard.transform(Request({"x": Tensor.of([1.0, 2.0, 1.0, 2.0])}))
    request = Request({"x": Tensor.of([1e308])})
    request.trail = Trail()
    guard.transform(request)
    assert request.trail.tags["shift.is_drift"]


@pytest.mark.parametrize(
    ("options", "field"),
    [({"slack": -1.0}, "slack"), ({"threshold": 0.0}, "threshold"), ({"learn_rows": 1}, "learn_rows")],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput, match=f"^{field} must"):
        Cusum(**options)
