"""Chi-square: whether the categories of a column are still as frequent as they were in the reference.

Pearson's test of homogeneity, column by column. Categories that are too rare for it (W. G. Cochran 1954: fewer than
five expected in the window), and all that the reference does not know, count as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from salver.graph.guards.column_tests import ColumnTest, compared
from salver.graph.guards.correction import Correction
from salver.graph.guards.distributions import chi_square_tail
from salver.graph.guards.drift_guard import Comparison, Drift, DriftGuard
from salver.graph.guards.rows import Matrix

_LEAST_EXPECTED: Final = 5.0
_REST: Final = ""
"""All that is rare or unknown: no category is the empty text."""


@dataclass(frozen=True, slots=True)
class ChiSquare(ColumnTest):
    """Columns of categories that are not as frequent as they were. A missing value is a category too."""

    def __call__(self, name: str) -> DriftGuard:
        drift = Drift(
            self._fit,
            self.columns,
            self.reference,
            self.learn_rows,
            self.window_rows,
            self.every_rows,
            categorical=True,
        )
        return DriftGuard(name, drift)

    def _fit(self, rows: Matrix) -> Frequencies:
        return Frequencies(rows, self.window_rows, self.correction, self.false_alarms)


class Frequencies:
    """How often each category was in the reference, by column."""

    def __init__(self, rows: Matrix, window_rows: int, correction: Correction, false_alarms: float) -> None:
        least = _LEAST_EXPECTED * len(rows) / window_rows
        self._counts = [_frequent(Counter(column.tolist()), least) for column in rows.T]
        self._correction = correction
        self._false_alarms = false_alarms

    def compare(self, window: Matrix) -> Comparison:
        results = [self._column(known, column.tolist()) for known, column in zip(self._counts, window.T, strict=True)]
        distances, p_values = zip(*results, strict=True)
        return compared(distances, p_values, self._correction, self._false_alarms)

    def _column(self, known: dict[str | None, int], values: Sequence[str | None]) -> tuple[float, float]:
        now = Counter(value if value in known else _REST for value in values)
        table = [(count, now[value]) for value, count in known.items() if count + now[value]]
        return chi_square(table)


def chi_square(table: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Pearson's statistic and its p-value for how often each category was in two samples, never in neither."""
    counts = np.array(table, dtype=np.float64)
    if len(counts) < 2:
        return 0.0, 1.0
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    statistic = float((np.square(counts - expected) / expected).sum())
    return statistic, chi_square_tail(statistic, len(counts) - 1)


def _frequent(counts: Counter[str | None], least: float) -> dict[str | None, int]:
    known = {value: count for value, count in counts.items() if count >= least}
    known[_REST] = counts.total() - sum(known.values())
    return known
