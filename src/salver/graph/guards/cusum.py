"""CUSUM: sums what a value is away from its usual mean, less some slack; a small lasting shift adds up.

E. S. Page, Continuous inspection schemes, Biometrika 41, 1954; both directions at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from salver.core.bounds import at_least, positive
from salver.core.errors import BadInput
from salver.graph.guards.bounds import check_learn_rows
from salver.graph.guards.outlier_findings import FARTHEST
from salver.graph.guards.reference import Reference
from salver.graph.guards.rows import Matrix
from salver.graph.guards.stream_guard import Stream, StreamGuard


@dataclass(frozen=True, slots=True)
class Cusum:
    """A column, or a prediction, whose mean has shifted."""

    column: str = ""
    """The column to look at, by name or number from 0; needed where there are several."""
    reference: Reference | None = None
    """A file of rows from before any shift, which say what mean and deviation are usual."""
    learn_rows: int = 1000
    """Without a reference, they are those of so many rows of the first requests. Few make it blind, or nervous: what
    the mean is off by adds up too."""
    slack: float = 0.5
    """Half of the shift to be found soon, in standard deviations."""
    threshold: float = 8.0
    """The sum, in standard deviations, that is a shift. With a slack of 0.5, a threshold of 5 gives a false alarm in
    about 470 normal values and finds a shift of one deviation in about 10; 8 gives one in about 9600, and takes 16."""

    def __post_init__(self) -> None:
        check_learn_rows(self)
        at_least(self, 0, "slack")
        positive(self, "threshold")

    def __call__(self, name: str) -> StreamGuard:
        return StreamGuard(name, Stream(self._fit, self.column, self.learn_rows, self.reference))

    def _fit(self, rows: Matrix) -> Sums:
        mean, deviation = float(rows.mean()), float(rows.std(ddof=1))
        if not math.isfinite(deviation):
            raise BadInput("usual values must not be so large that their variance overflows")
        # Of values that did not vary any other is far away.
        return Sums(mean, deviation or 1e-9 * max(abs(mean), 1.0), self.slack, self.threshold)


class Sums:
    """Of what values are above, and below, their mean."""

    def __init__(self, mean: float, deviation: float, slack: float, threshold: float) -> None:
        self._mean = mean
        self._deviation = deviation
        self._slack = slack
        self._threshold = threshold
        self._above = self._below = 0.0
        self.distance = 0.0
        """The larger sum, in standard deviations; never more than where a shift was found."""

    def add(self, value: float) -> bool:
        away = (value - self._mean) / self._deviation
        self._above = max(0.0, self._above + away - self._slack)
        self._below = max(0.0, self._below - away - self._slack)
        largest = max(self._above, self._below)
        self.distance = min(largest, FARTHEST)
        if largest <= self._threshold:
            return False
        self._above = self._below = 0.0
        return True
