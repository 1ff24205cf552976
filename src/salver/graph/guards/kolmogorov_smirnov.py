"""Kolmogorov-Smirnov: whether the values of a column are still distributed as those of the reference.

The two-sample test, column by column. Values are compared as float32, so that a reference in double precision is not
parted from requests in single precision by rounding alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from salver.graph.guards.column_tests import ColumnTest, compared
from salver.graph.guards.correction import Correction
from salver.graph.guards.distributions import kolmogorov_smirnov_tail
from salver.graph.guards.drift_guard import Comparison, Drift, DriftGuard
from salver.graph.guards.rows import Matrix

_SIDES: Final[tuple[Literal["left", "right"], ...]] = ("left", "right")


@dataclass(frozen=True, slots=True)
class KolmogorovSmirnov(ColumnTest):
    """Columns of numbers whose values are distributed otherwise than they were."""

    def __call__(self, name: str) -> DriftGuard:
        return DriftGuard(
            name,
            Drift(self._fit, self.columns, self.reference, self.learn_rows, self.window_rows, self.every_rows),
        )

    def _fit(self, rows: Matrix) -> Samples:
        return Samples(rows, self.correction, self.false_alarms)


class Samples:
    """The reference's values, in order."""

    def __init__(self, rows: Matrix, correction: Correction, false_alarms: float) -> None:
        self._columns = np.sort(rows.astype(np.float32), axis=0).T.copy()
        self._correction = correction
        self._false_alarms = false_alarms

    def compare(self, window: Matrix) -> Comparison:
        columns = np.sort(window.astype(np.float32), axis=0).T.copy()
        distances = [largest_difference(known, now) for known, now in zip(self._columns, columns, strict=True)]
        sizes = self._columns.shape[1], len(window)
        p_values = [kolmogorov_smirnov_tail(distance, *sizes) for distance in distances]
        return compared(distances, p_values, self._correction, self._false_alarms)


def largest_difference(first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]) -> float:
    """Between the empirical distribution functions of two samples in ascending order: D."""
    # Between two values of the second its function is level and the other only rises: either end is the extreme.
    return max(float(np.abs(_share(first, second, side) - _share(second, second, side)).max()) for side in _SIDES)


def _share(sample: np.ndarray[Any, Any], values: np.ndarray[Any, Any], side: Literal["left", "right"]) -> Any:
    """The part of a sample that is less than each value or, on the right side, not more."""
    return np.searchsorted(sample, values, side) / len(sample)
