"""Numbers of several segments as one. Specification: MiningModel, "multipleModelMethod", "missingPredictionTreatment".

`values` is [n, segments], NaN where a segment has no answer; `part` tells which segments take part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array

TREATMENTS: Final = ("continue", "skipSegment", "returnMissing")


@dataclass(frozen=True, slots=True)
class Absence:
    """What becomes of segments that have no answer."""

    treatment: str
    threshold: float

    def counting(self, missing: Array, part: Array, weights: Array) -> tuple[Array, Array]:
        """Which segments are counted, [n, segments], and which rows have no answer for lack of them, [n]."""
        if self.treatment != "skipSegment":
            return part, np.logical_or.reduce(missing & part, axis=1)
        counted = part & ~missing
        all_weight = (part * weights).sum(axis=1)
        lost = ((part & missing) * weights).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = lost / all_weight
        return counted, np.logical_or(share > self.threshold, counted.sum(axis=1) == 0)


def read_absence(segmentation: Element) -> Absence:
    """A Segmentation's missingPredictionTreatment and missingThreshold."""
    return Absence(
        segmentation.choice("missingPredictionTreatment", TREATMENTS, "continue"),
        segmentation.number("missingThreshold", 1.0),
    )


def join_numbers(method: str, values: Array, part: Array, weights: Array, absence: Absence) -> Array:
    """[n] The joint answer, NaN where there is none."""
    counted, missing = absence.counting(
        values != values, part, weights if method.startswith("weighted") else np.ones(len(weights))
    )
    answer = JOINTS[method](np.where(counted, values, np.nan), counted, weights)
    return np.where(missing | ~counted.any(axis=1), np.nan, answer)


def _in_order(values: Array) -> Array:
    """Sums over segments, in their order, of what is there."""
    total: Array = np.add.accumulate(np.where(values != values, 0.0, values), axis=1)[:, -1]
    return total


def _sum(values: Array, counted: Array, weights: Array) -> Array:
    return _in_order(values)


def _weighted_sum(values: Array, counted: Array, weights: Array) -> Array:
    return _in_order(values * weights)


def _average(values: Array, counted: Array, weights: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Array = _in_order(values) / counted.sum(axis=1)
    return mean


def _weighted_average(values: Array, counted: Array, weights: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Array = _in_order(values * weights) / _in_order(counted * weights)
    return mean


def _largest(values: Array, counted: Array, weights: Array) -> Array:
    largest: Array = np.fmax.reduce(values, axis=1)
    return largest


def _median(values: Array, counted: Array, weights: Array) -> Array:
    ordered = np.sort(values, axis=1)
    count = counted.sum(axis=1)
    rows = np.arange(len(values))
    low: Array = ordered[rows, np.maximum(count - 1, 0) // 2]
    high: Array = ordered[rows, count // 2 % values.shape[1]]
    return np.where(count % 2 == 1, low, (low + high) / 2)


def _weighted_median(values: Array, counted: Array, weights: Array) -> Array:
    """The value at which half of the weight is reached, in order; between two values their mean."""
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    share = np.take_along_axis(np.where(counted, weights, 0.0), order, axis=1)
    running = np.add.accumulate(share, axis=1)
    half = running[:, -1:] / 2
    rows = np.arange(len(values))
    first = (running >= half).argmax(axis=1)
    middle: Array = ordered[rows, first]
    return middle


JOINTS: Final[dict[str, Callable[[Array, Array, Array], Array]]] = {
    "sum": _sum,
    "weightedSum": _weighted_sum,
    "x-weightedSum": _weighted_sum,
    "average": _average,
    "weightedAverage": _weighted_average,
    "max": _largest,
    "median": _median,
    "weightedMedian": _weighted_median,
}
