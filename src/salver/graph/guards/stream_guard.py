"""StreamGuard: watches one number, row by row. How it decides that it has changed is its detector's part.

On the trail it writes, for a node called `n`:
- `n.learning`: how many rows are still wanted, while it learns what is usual;
- `n.is_drift`: whether the stream was found to have changed with this request, and `n.distance`: how far it is away;
- `n.ignored_rows`: the numbers of rows whose value is missing or infinite, where there are any;
- the metrics `guard_distance` and, where there was drift, `guard_drifts` (how often).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.guards.metrics import counter, gauge
from salver.graph.guards.reference import Learning, Reference
from salver.graph.guards.rows import Matrix, Rows


class Detector(Protocol):
    """Sees one value after another."""

    @property
    def distance(self) -> float:
        """How far the values are away from what they were; finite."""

    def add(self, value: float) -> bool:
        """Whether with this value the stream is found to have changed. Then it begins to look anew."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What guards of streams have in common, as their options say."""

    fit: Callable[[Matrix], Detector]
    """Makes a detector of the reference's values, finite, shape [n, 1]."""
    column: str
    learn_rows: int
    reference: Reference | None = None
    may_be_slow: bool = False


class StreamGuard:
    """A transformer that changes nothing. Safe from several threads."""

    def __init__(self, name: str, stream: Stream) -> None:
        self.may_be_slow = stream.may_be_slow
        """Whether a call may take longer than an event loop should be held up."""
        self._name = name
        self._fit = stream.fit
        self._rows = Rows(name, (stream.column,) if stream.column else ())
        self._learning = Learning(stream.learn_rows)
        self._lock = Lock()
        self._detector: Detector | None = None if stream.learn_rows else stream.fit(np.empty((0, 1)))
        if stream.reference is not None:
            self._learn_reference(stream.reference.read())

    def transform(self, request: Request) -> Response:
        """The request's own tensors. Raises BadInput unless it has the column, or one column where none is named."""
        trail = request.trail
        with self._lock, np.errstate(all="ignore"):
            values = self._values(request.tensors, trail)
            if self._detector is None:
                self._learn(values, trail)
            else:
                self._watch(values, self._detector, trail)
        return Response(request.tensors)

    def _values(self, tensors: Mapping[str, Tensor], trail: Trail | None) -> Matrix:
        """Those that are finite, shape [n, 1]."""
        rows = self._rows.numbers(tensors)
        if rows.shape[1] != 1:
            raise BadInput(
                f"guard '{self._name}' watches one column and none is named; the request has {rows.shape[1]}"
            )
        finite = np.isfinite(rows[:, 0])
        if finite.all():
            return rows
        if trail is not None:
            trail.tags[f"{self._name}.ignored_rows"] = np.flatnonzero(~finite).tolist()
        return np.asarray(rows[finite])

    def _learn_reference(self, table: Tensor) -> None:
        rows = self._values({"reference": table}, None)
        if len(rows) < 2:
            raise BadInput(f"reference must have two finite values, got {len(rows)}")
        self._detector = self._fit(rows)

    def _learn(self, rows: Matrix, trail: Trail | None) -> None:
        self._learning.take(rows, None)
        if trail is not None:
            trail.tags[f"{self._name}.learning"] = self._learning.wanted
        if not self._learning.wanted:
            self._detector = self._fit(self._learning.learnt())

    def _watch(self, rows: Matrix, detector: Detector, trail: Trail | None) -> None:
        drifts = sum(map(detector.add, rows[:, 0].tolist()))
        if trail is None:
            return
        name = self._name
        trail.tags[f"{name}.is_drift"] = drifts > 0
        trail.tags[f"{name}.distance"] = detector.distance
        trail.metrics.append(gauge("guard_distance", name, detector.distance))
        if drifts:
            trail.metrics.append(counter("guard_drifts", name, drifts))
