"""stat.change: whether what is watched has changed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from salver.formats.pfa.library.core import divide
from salver.formats.pfa.library.registry import fail, function
from salver.formats.pfa.values.floats import INT_MAX

State = Mapping[str, Any]


@function(
    "stat.change.updateTrigger",
    "(predicate: boolean, history: record A {numEvents: int, numRuns: int, currentRun: int, longestRun: int}) -> A",
    errors={37000: "counter out of range"},
)
def update_trigger(predicate: bool, history: State) -> State:
    """Counts how often something held, and how often and how long it did so without a break."""
    events, runs = history["numEvents"], history["numRuns"]
    current, longest = history["currentRun"], history["longestRun"]
    if min(events, runs, current, longest) < 0:
        fail(37000)
    if not predicate:
        return {**history, "currentRun": 0}
    if max(events, runs, current, longest) == INT_MAX:
        fail(37000)
    return {
        **history,
        "numEvents": events + 1,
        "numRuns": runs + (current == 0),
        "currentRun": current + 1,
        "longestRun": max(longest, current + 1),
    }


@function(
    "stat.change.zValue",
    "(x: double, meanVariance: record A {mean: double, variance: double}) -> double",
    "(x: double, meanVariance: record A {count: double, mean: double, variance: double}, unbiased: boolean) -> double",
)
def z_value(x: float, state: State, unbiased: bool = False) -> float:
    """By how many standard deviations a number is from the mean."""
    value = divide(x - state["mean"], _root(state["variance"]))
    if not unbiased:
        return value
    count: float = state["count"]
    return value * _root(divide(count, count - 1.0))


def _root(x: float) -> float:
    return math.sqrt(x) if x >= 0.0 else math.nan


@function("stat.change.updateCUSUM", "(logLikelihoodRatio: double, last: double, reset: double) -> double")
def update_cusum(ratio: float, last: float, reset: float) -> float:
    """The running sum, which starts anew where it falls to the reset; NaN starts it anew too."""
    return max(reset, ratio + last)
