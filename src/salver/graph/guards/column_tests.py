"""Column tests: what tests that look at each column by itself have in common: their options, and what they find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from salver.graph.guards.bounds import between, check_drift
from salver.graph.guards.correction import CORRECTIONS, Correction
from salver.graph.guards.drift_guard import Comparison
from salver.graph.guards.reference import Reference


@dataclass(frozen=True, slots=True)
class ColumnTest:
    """The options of a test that looks at each column by itself."""

    columns: tuple[str, ...] = ()
    """The columns to look at, by name or number from 0; all by default."""
    reference: Reference | None = None
    """A file of rows from before any drift."""
    learn_rows: int = 1000
    """Without a reference, so many rows of the first requests are the reference."""
    window_rows: int = 200
    """The last so many rows are held against the reference, 20 to 10000."""
    every_rows: int = 200
    """A test is made after so many more rows."""
    false_alarms: float = 0.01
    """The chance that a test finds drift where there is none."""
    correction: Correction = "bonferroni"
    """For many columns: `bonferroni` holds the chance of any false alarm, `fdr` (Benjamini-Hochberg) the share of
    columns wrongly named among those named, which finds more."""

    def __post_init__(self) -> None:
        check_drift(self)
        between(self, 0, 1, "false_alarms")


def compared(
    distances: Sequence[float], p_values: Sequence[float], correction: Correction, false_alarms: float
) -> Comparison:
    """Drift where a corrected p-value is below `false_alarms`; it shows the column whose p-value is the least, and of
    equal ones that with the largest distance."""
    corrected = CORRECTIONS[correction](np.array(p_values))
    worst = int(np.lexsort((-np.array(distances), corrected))[0])
    drifted = tuple(np.flatnonzero(corrected < false_alarms).tolist())
    return Comparison(bool(drifted), float(corrected[worst]), float(distances[worst]), drifted)
