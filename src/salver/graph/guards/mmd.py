"""MMD: whether rows as a whole, with all that columns have to do with each other, are still distributed as they were.

A. Gretton, K. Borgwardt, M. Rasch, B. Schölkopf, A. Smola, A Kernel Two-Sample Test, JMLR 13, 2012: the unbiased
estimate of the squared maximum mean discrepancy (lemma 6) with a Gaussian kernel as wide as the median distance, and
its distribution under no drift from permutations. Columns are first brought to equal variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.graph.guards.bounds import between, check_drift, within
from salver.graph.guards.drift_guard import Comparison, Drift, DriftGuard
from salver.graph.guards.reference import Reference
from salver.graph.guards.rows import Matrix

_MAX_REFERENCE: Final = 1000
_Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Mmd:
    """Rows that are distributed otherwise than they were, columns taken together."""

    columns: tuple[str, ...] = ()
    """The columns to look at, by name or number from 0; all by default."""
    reference: Reference | None = None
    """A file of rows from before any drift. Of more than 1000 so many are picked at random."""
    learn_rows: int = 500
    """Without a reference, so many rows of the first requests are the reference."""
    window_rows: int = 200
    """The last so many rows are held against the reference, 20 to 1000."""
    every_rows: int = 200
    """A test is made after so many more rows. It takes some hundredths of a second."""
    false_alarms: float = 0.01
    """The chance that a test finds drift where there is none."""
    permutations: int = 200
    """How often rows are dealt out anew to see what chance can do, 20 to 2000. No p-value is below 1 / (this + 1)."""
    seed: int = 0
    """Of the permutations."""

    def __post_init__(self) -> None:
        check_drift(self)
        within(self, 20, 1000, "window_rows")
        within(self, 20, 2000, "permutations")
        within(self, 0, 2**63, "seed")
        between(self, 1 / (self.permutations + 1), 1, "false_alarms")

    def __call__(self, name: str) -> DriftGuard:
        drift = Drift(
            self._fit,
            self.columns,
            self.reference,
            self.learn_rows,
            self.window_rows,
            self.every_rows,
            may_be_slow=True,
        )
        return DriftGuard(name, drift)

    def _fit(self, rows: Matrix) -> Discrepancy:
        return Discrepancy(rows, self.permutations, self.false_alarms, np.random.default_rng(self.seed))


class Discrepancy:
    """The reference's rows, and chance."""

    def __init__(self, rows: Matrix, permutations: int, false_alarms: float, random: np.random.Generator) -> None:
        few = len(rows) <= _MAX_REFERENCE
        self._rows = rows if few else rows[random.choice(len(rows), _MAX_REFERENCE, replace=False)]
        self._permutations = permutations
        self._false_alarms = false_alarms
        self._random = random

    def compare(self, window: Matrix) -> Comparison:
        kernel = gaussian_kernel(np.concatenate([self._rows, window]))
        is_first = np.zeros((len(kernel), 1 + self._permutations))
        is_first[: len(self._rows)] = 1.0
        is_first[:, 1:] = self._random.permuted(is_first[:, 1:], axis=0)
        found = squared_discrepancies(kernel, is_first)
        p_value = float(np.mean(found >= found[0] - 1e-12))
        return Comparison(p_value < self._false_alarms, p_value, float(found[0]))


def gaussian_kernel(rows: Matrix) -> _Array:
    """exp(-d² / 2m²) of each two rows, where d is their distance and m the median of all distances; columns that do
    not vary left out."""
    deviation = rows.std(axis=0)
    unit = (rows - rows.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    norms = np.einsum("nk,nk->n", unit, unit)
    squares = np.maximum(norms[:, None] + norms - 2.0 * (unit @ unit.T), 0.0)
    median = float(np.median(squares[np.triu_indices(len(rows), 1)]))
    return np.asarray(np.exp(squares * (-0.5 / (median or 1.0))))


def squared_discrepancies(kernel: _Array, is_first: _Array) -> _Array:
    """The unbiased estimate for each way (column of `is_first`, of 0 and 1) of dealing rows out to two samples."""
    between_rows = kernel - np.diag(np.diag(kernel))
    first = is_first.sum(axis=0)
    second = len(kernel) - first
    to_first = between_rows @ is_first
    within_first = (is_first * to_first).sum(axis=0)
    across = to_first.sum(axis=0) - within_first
    within_second = between_rows.sum() - within_first - 2 * across
    return np.asarray(
        within_first / (first * (first - 1)) + within_second / (second * (second - 1)) - 2 * across / (first * second)
    )
