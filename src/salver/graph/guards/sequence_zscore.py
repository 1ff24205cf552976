"""Sequence z-score: how far a value is from the mean of the rows just before it, in their standard deviations.

The rows of one request are judged together, against those of the requests before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.core.bounds import positive
from salver.graph.guards.bounds import within
from salver.graph.guards.outlier_guard import OutlierGuard, Outliers
from salver.graph.guards.rows import Matrix
from salver.graph.guards.window import Window

_LARGEST: Final = 1e150
"""Of what joins the window: the squares of larger values overflow, and nothing would have a score any more."""


@dataclass(frozen=True, slots=True)
class SequenceZscore:
    """Rows unlike those that came just before them: what is ordinary moves along."""

    columns: tuple[str, ...] = ()
    """The columns to look at, by name or number from 0; all by default. A row's score is that of its worst column."""
    window_rows: int = 100
    """How many rows back, 10 to 10000. So many are learnt before the first is judged."""
    threshold: float = 4.0
    """Standard deviations that are still ordinary."""
    refuse: bool = False
    """Whether a request with an outlier is refused."""

    def __post_init__(self) -> None:
        within(self, 10, 10_000, "window_rows")
        positive(self, "threshold")

    def __call__(self, name: str) -> OutlierGuard:
        return OutlierGuard(name, Outliers(self._fit, self.columns, self.window_rows, self.refuse))

    def _fit(self, rows: Matrix) -> Recent:
        return Recent(rows, self.window_rows, self.threshold)


class Recent:
    """The last rows. An outlier joins them only as far out as the threshold, or it would hide those after it."""

    def __init__(self, rows: Matrix, window_rows: int, threshold: float) -> None:
        self.threshold = threshold
        self._window = Window(window_rows, _bounded(rows[-window_rows:]))

    def score(self, rows: Matrix) -> np.ndarray[Any, Any]:
        """By row, of the worst column; then the rows join the window."""
        window = self._window.rows
        mean = window.sum(axis=0) / len(window)
        spread = window - mean
        deviation = np.sqrt(np.einsum("nk,nk->k", spread, spread) / (len(window) - 1))
        away = rows - mean
        scores = np.abs(away) / deviation
        varies = deviation > 0
        if not varies.all():  # then what does is infinitely far, and joins as it is
            scores = np.where(away == 0, 0.0, scores)
        reach = np.where(varies, self.threshold * deviation, np.inf)
        self._window.add(_bounded(mean + np.minimum(np.maximum(away, -reach), reach)))
        return np.asarray(scores.max(axis=1, initial=0.0))


def _bounded(rows: Matrix) -> Matrix:
    return np.minimum(np.maximum(rows, -_LARGEST), _LARGEST)
