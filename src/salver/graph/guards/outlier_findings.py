"""Outlier findings: what a guard against outliers says of each row, on the trail.

For a node called `n`:
- `n.is_outlier`: 0 or 1 for each row, and `n.score`; None where a row cannot be judged, for it misses a value;
- `n.ignored_rows`: the numbers of those rows, where there are any;
- the metrics `guard_score` (the largest) and `guard_outliers` (how many, where there are any).
"""

from __future__ import annotations

import sys
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.trail import Trail
from salver.graph.guards.metrics import counter, gauge

FARTHEST: Final = sys.float_info.max
"""The score of a row that is infinitely far away: JSON has no infinity."""


class OutlierFindings:
    """Writes on trails for one node."""

    def __init__(self, name: str, refuse: bool) -> None:
        self._name = name
        self._refuse = refuse
        self._is_outlier, self._score = f"{name}.is_outlier", f"{name}.score"

    def tell(self, request: Request, scores: np.ndarray[Any, Any], threshold: float) -> None:
        """`scores` has one number a row, NaN where there is none. Raises BadInput for the first outlier where they are
        to be refused."""
        values: list[float] = np.minimum(scores, FARTHEST).tolist()
        outliers = [row for row, value in enumerate(values) if value > threshold]
        if request.trail is not None:
            self._write(request.trail, values, outliers)
        if self._refuse and outliers:
            raise BadInput(
                f"guard '{self._name}' refuses row {outliers[0]} as an outlier: "
                f"its score {values[outliers[0]]:.6g} is above the threshold {threshold:.6g}"
            )

    def _write(self, trail: Trail, values: list[float], outliers: list[int]) -> None:
        flags: list[int | None] = [0] * len(values)
        for row in outliers:
            flags[row] = 1
        told: list[float | None] = list(values)
        ignored = [row for row, value in enumerate(values) if value != value]
        for row in ignored:
            flags[row] = told[row] = None
        trail.tags[self._is_outlier] = flags
        trail.tags[self._score] = told
        if ignored:
            trail.tags[f"{self._name}.ignored_rows"] = ignored
        if len(ignored) < len(values):
            trail.metrics.append(gauge("guard_score", self._name, max(v for v in values if v == v)))
        if outliers:
            trail.metrics.append(counter("guard_outliers", self._name, len(outliers)))
