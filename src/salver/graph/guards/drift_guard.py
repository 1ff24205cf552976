"""DriftGuard: holds the last rows against a reference, every so many rows. How it compares them is its test's part.

On the trail it writes, for a node called `n`:
- `n.learning`: how many rows are still wanted, while it learns the reference;
- `n.is_drift`: what the last test found, once there was one;
- with the request that brought the test also `n.p_value` and `n.distance`, those of the column that has drifted most,
  and `n.drifted`, the columns that have; and the metrics `guard_is_drift`, `guard_p_value` and `guard_distance`;
- `n.ignored_rows`: the numbers of the request's rows that were left out, where there are any.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final, Protocol

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.guards.metrics import gauge
from salver.graph.guards.reference import Learning, Reference
from salver.graph.guards.rows import Matrix, Rows
from salver.graph.guards.window import Window

_QUICK_CELLS: Final = 10_000
"""Values in a window that are compared in less time than an event loop may be held up."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a test found."""

    is_drift: bool
    p_value: float
    """Corrected for the number of columns: how likely so large a distance were, had nothing drifted."""
    distance: float
    drifted: tuple[int, ...] = ()
    """Numbers of columns; empty where the test does not tell them apart."""


class DriftTest(Protocol):
    """Knows the reference."""

    def compare(self, window: Matrix) -> Comparison:
        """Of the last rows with the reference."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What guards against drift have in common, as their options say."""

    fit: Callable[[Matrix], DriftTest]
    """Makes a test of the reference's rows."""
    columns: tuple[str, ...]
    reference: Reference | None
    learn_rows: int
    window_rows: int
    every_rows: int
    categorical: bool = False
    """Whether rows are categories, of which any may be missing, or else numbers, of which none may."""
    may_be_slow: bool = False


class DriftGuard:
    """A transformer that changes nothing. Safe from several threads."""

    def __init__(self, name: str, drift: Drift) -> None:
        self._name = name
        self._drift = drift
        self._rows = Rows(name, drift.columns)
        self._read = self._rows.categories if drift.categorical else self._rows.numbers
        self._learning = Learning(drift.learn_rows)
        self._lock = Lock()
        self._test: DriftTest | None = None
        self._window: Window | None = None
        self._untested = 0
        self._is_drift: bool | None = None
        if drift.reference is not None:
            self._learn_reference(drift.reference.read())

    @property
    def may_be_slow(self) -> bool:
        """Whether a call may take longer than an event loop should be held up. It may turn false once the reference is
        learnt."""
        cells = self._drift.window_rows * self._rows.columns[1]
        return self._drift.may_be_slow or self._test is None or cells > _QUICK_CELLS

    def transform(self, request: Request) -> Response:
        """The request's own tensors. Raises BadInput for rows it cannot read."""
        trail = request.trail
        with self._lock, np.errstate(all="ignore"):
            rows = self._whole(self._read(request.tensors), trail)
            if self._test is None or self._window is None:
                self._learn(rows, trail)
            else:
                found = self._watch(rows, self._window, self._test)
                if trail is not None:
                    self._tell(trail, found)
        return Response(request.tensors)

    def _whole(self, rows: Matrix, trail: Trail | None) -> Matrix:
        """The rows that can be compared."""
        if self._drift.categorical:
            return rows
        finite = np.isfinite(rows)
        if finite.all():
            return rows
        whole = finite.all(axis=1)
        if trail is not None:
            trail.tags[f"{self._name}.ignored_rows"] = np.flatnonzero(~whole).tolist()
        return np.asarray(rows[whole])

    def _learn_reference(self, table: Tensor) -> None:
        rows = self._whole(self._read({"reference": table}), None)
        if len(rows) < 2:
            raise BadInput(f"reference must have two whole rows, got {len(rows)}")
        self._settle(rows)

    def _learn(self, rows: Matrix, trail: Trail | None) -> None:
        self._learning.take(rows, self._rows.columns)
        if trail is not None:
            trail.tags[f"{self._name}.learning"] = self._learning.wanted
        if not self._learning.wanted:
            self._settle(self._learning.learnt())

    def _settle(self, rows: Matrix) -> None:
        self._test = self._drift.fit(rows)
        self._window = Window(self._drift.window_rows, rows[:0])
        self._rows.settle()

    def _watch(self, rows: Matrix, window: Window, test: DriftTest) -> Comparison | None:
        """Adds rows, and tests the window if it is time."""
        window.add(rows)
        self._untested += len(rows)
        if self._untested < self._drift.every_rows or not window.is_full:
            return None
        self._untested = 0
        found = test.compare(window.rows)
        self._is_drift = found.is_drift
        return found

    def _tell(self, trail: Trail, found: Comparison | None) -> None:
        name = self._name
        if self._is_drift is not None:
            trail.tags[f"{name}.is_drift"] = self._is_drift
        if found is None:
            return
        trail.tags[f"{name}.p_value"] = found.p_value
        trail.tags[f"{name}.distance"] = found.distance
        trail.tags[f"{name}.drifted"] = [self._rows.label(column) for column in found.drifted]
        trail.metrics += (
            gauge("guard_is_drift", name, float(found.is_drift)),
            gauge("guard_p_value", name, found.p_value),
            gauge("guard_distance", name, found.distance),
        )
