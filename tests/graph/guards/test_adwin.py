"""Against the paper's promises, and River's window on the same streams."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from river.drift import ADWIN

from salver.core.errors import BadInput
from salver.graph.guards.adwin import AdaptiveWindow, Adwin


def drifts(window: AdaptiveWindow, values: np.ndarray) -> list[int]:
    return [index for index, value in enumerate(values.tolist()) if window.add(value)]


def stream(seed: int) -> np.ndarray:
    """Two sudden changes and a slow one."""
    random = np.random.default_rng(seed)
    level = np.concatenate([np.full(700, 0.3), np.full(600, 0.6), np.full(300, 0.2), np.linspace(0.2, 0.8, 800)])
    return (random.random(len(level)) < level).astype(float)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_it_finds_what_river_finds_when_river_does(seed: int) -> None:
    """River begins with an empty window after each alarm, so here that is done too."""
    window, oracle = AdaptiveWindow(0.002), ADWIN(delta=0.002)
    found, expected = [], []
    for index, value in enumerate(stream(seed).tolist()):
        oracle.update(value)
        if oracle.drift_detected:
            expected.append(index)
        if window.add(value):
            found.append(index)
            window = AdaptiveWindow(0.002)
    assert len(found) == len(expected)
    # Its bound is a little wider where one part of a cut is small.
    assert all(abs(ours - theirs) <= 64 for ours, theirs in zip(found, expected, strict=True))


@pytest.mark.slow
def test_while_nothing_changes_the_window_grows() -> None:
    random = np.random.default_rng(0)
    quiet = 0
    for _ in range(20):
        window = AdaptiveWindow(0.002)
        if not drifts(window, random.random(2000)):
            quiet += 1
            assert window.width == 2000
    assert quiet >= 19


def test_after_a_change_only_what_is_new_is_kept() -> None:
    random = np.random.default_rng(1)
    window = AdaptiveWindow(0.002)
    found = drifts(window, np.concatenate([random.normal(0.3, 0.05, 500), random.normal(0.7, 0.05, 300)]))
    assert found[0] < 500 + 64
    assert 250 <= window.width <= 320
    assert window.distance == pytest.approx(0.4, abs=0.1)


def test_buckets_sum_up_what_they_hold() -> None:
    values = np.random.default_rng(2).random(150)
    window = AdaptiveWindow(1e-9)
    drifts(window, values)
    buckets = [bucket for row in reversed(window._buckets) for bucket in row]
    assert len(buckets) <= 5 * 8
    start = 0
    for bucket in buckets:
        part = values[start : start + bucket.size]
        assert (bucket.total, bucket.spread) == pytest.approx((part.sum(), part.var() * len(part)))
        start += bucket.size
    assert start == 150


def test_values_are_brought_to_the_range_that_is_expected() -> None:
    random = np.random.default_rng(3)
    values = np.concatenate([random.normal(0.3, 0.1, 300), random.normal(0.6, 0.1, 300)])
    unit, scaled = AdaptiveWindow(0.002), AdaptiveWindow(0.002, -100, 100)
    assert drifts(unit, values) == drifts(scaled, values * 200 - 100) != []
    assert scaled.distance == pytest.approx(200 * unit.distance)
    assert not drifts(AdaptiveWindow(0.002), np.full(200, 1e300))


@pytest.mark.parametrize(
    ("options", "field"), [({"false_alarms": 0.0}, "false_alarms"), ({"low": 1.0, "high": 1.0}, "high")]
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput, match=f"^{field} must"):
        Adwin(**options)
