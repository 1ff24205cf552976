"""ADWIN: a window of a stream that is as long as nothing changes, and drops its older part when something does.

A. Bifet, R. Gavaldà, Learning from time-changing data with adaptive windowing, SDM 2007: ADWIN2, which keeps the window
as buckets of 1, 2, 4, ... values, at most so many of a size, and so needs memory that grows with its logarithm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from salver.core.errors import BadInput
from salver.graph.guards.bounds import between
from salver.graph.guards.stream_guard import Stream, StreamGuard

_OF_A_SIZE: Final = 5
"""Buckets of one size: the paper's M."""
_EVERY: Final = 32
"""Values between two looks for a cut."""
_LEAST: Final = 5
"""Values that either part of a cut must have."""


@dataclass(frozen=True, slots=True)
class Adwin:
    """A column, or a prediction, whose mean has changed, however slowly; nothing need be known of it before."""

    column: str = ""
    """The column to look at, by name or number from 0; needed where there are several."""
    false_alarms: float = 0.002
    """The paper's delta: bounds the chance of a false alarm."""
    low: float = 0.0
    """The least value to be expected; less counts as this."""
    high: float = 1.0
    """The largest value to be expected; more counts as this. The narrower the range, the sooner a change is found."""

    def __post_init__(self) -> None:
        between(self, 0, 1, "false_alarms")
        if not self.low < self.high:
            raise BadInput(f"high must be more than low ({self.low}), got {self.high}")

    def __call__(self, name: str) -> StreamGuard:
        return StreamGuard(name, Stream(lambda rows: self._window(), self.column, 0, may_be_slow=True))

    def _window(self) -> AdaptiveWindow:
        return AdaptiveWindow(self.false_alarms, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Some successive values: how many, their sum, and the sum of their squared distances from their mean."""

    size: int
    total: float
    spread: float

    def joined(self, other: Bucket) -> Bucket:
        """T. F. Chan, G. H. Golub, R. J. LeVeque, Algorithms for computing the sample variance, 1983."""
        size = self.size + other.size
        apart = self.total / self.size - other.total / other.size
        spread = self.spread + other.spread + apart * apart * self.size * other.size / size
        return Bucket(size, self.total + other.total, spread)


class AdaptiveWindow:
    """Of values brought to 0..1."""

    def __init__(self, false_alarms: float, low: float = 0.0, high: float = 1.0) -> None:
        self._false_alarms = false_alarms
        self._low, self._range = low, high - low
        self._buckets: list[list[Bucket]] = []
        """By size, from 1 up; of each size oldest first."""
        self._seen = 0
        self.distance = 0.0
        """By how much the mean had changed when it last did, in the values' own unit."""

    @property
    def width(self) -> int:
        """How many values it holds."""
        return sum(bucket.size for row in self._buckets for bucket in row)

    def add(self, value: float) -> bool:
        unit = min(1.0, max(0.0, (value - self._low) / self._range))
        self._insert(Bucket(1, unit, 0.0))
        self._seen += 1
        if self._seen % _EVERY:
            return False
        has_changed = False
        while (change := self._change()) is not None:
            self.distance = change * self._range
            self._drop_oldest()
            has_changed = True
        return has_changed

    def _insert(self, bucket: Bucket) -> None:
        """Where there are too many buckets of a size, the two oldest become one of the next."""
        for row in self._buckets:
            row.append(bucket)
            if len(row) <= _OF_A_SIZE:
                return
            bucket = row.pop(0).joined(row.pop(0))
        self._buckets.append([bucket])

    def _drop_oldest(self) -> None:
        self._buckets[-1].pop(0)
        while self._buckets and not self._buckets[-1]:
            self._buckets.pop()

    def _change(self) -> float | None:
        """The difference between the means of two parts of the window, if it is too large for chance (theorem 3.1 with
        the normal approximation of section 3)."""
        buckets = [bucket for row in reversed(self._buckets) for bucket in row]
        sizes = np.array([bucket.size for bucket in buckets], dtype=np.float64)
        totals = np.array([bucket.total for bucket in buckets])
        width, total = sizes.sum(), totals.sum()
        older, older_total = sizes.cumsum()[:-1], totals.cumsum()[:-1]
        newer = width - older
        apart = np.abs(older_total / older - (total - older_total) / newer)
        inverse = 1 / older + 1 / newer
        confidence = math.log(2 * math.log(width) / self._false_alarms)
        between_buckets = sizes @ np.square(totals / sizes - total / width)
        variance = (sum(bucket.spread for bucket in buckets) + between_buckets) / width
        bound = np.sqrt(2 * inverse * variance * confidence) + 2 / 3 * inverse * confidence
        found = apart[(apart > bound) & (older >= _LEAST) & (newer >= _LEAST)]
        return float(found[0]) if found.size else None
