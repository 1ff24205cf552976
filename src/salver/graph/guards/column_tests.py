"""Column tests: a distance and a p-value for each column become one finding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from salver.graph.guards.correction import CORRECTIONS, Correction
from salver.graph.guards.drift_guard import Comparison


def compared(
    distances: Sequence[float], p_values: Sequence[float], correction: Correction, false_alarms: float
) -> Comparison:
    """Drift where a corrected p-value is below `false_alarms`; it shows the column whose p-value is the least, and of
    equal ones that with the largest distance."""
    corrected = CORRECTIONS[correction](np.array(p_values))
    worst = int(np.lexsort((-np.array(distances), corrected))[0])
    drifted = tuple(np.flatnonzero(corrected < false_alarms).tolist())
    return Comparison(bool(drifted), float(corrected[worst]), float(distances[worst]), drifted)
