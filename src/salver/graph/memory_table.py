"""Memory table: what one process knows of a node's sums, and what of it nobody else knows yet.

It knows no file. Where there is one, a store takes what is new, writes it, and puts back the sums that are the file's.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Final, NamedTuple, TypeAlias

MAX_CONTEXTS: Final = 10_000
"""Contexts of a node that are remembered: of more, the one that was learnt in least recently is forgotten."""

Cells: TypeAlias = dict[tuple[str, int], list[float]]
"""By context and arm, a row of numbers."""

_log: Final = logging.getLogger(__name__)


class Taken(NamedTuple):
    """What was new since the last time."""

    life: int
    """How often the table had been cleared."""
    cells: Cells


class MemoryTable:
    """A `Memory`. Its four verbs are for the event loop, `take`, `give_back` and `put` for one other thread."""

    def __init__(self, node: str, arms: int, width: int, *, shared: bool, max_contexts: int = MAX_CONTEXTS) -> None:
        self.arms = arms
        self.width = width
        self._node = node
        self._shared = shared
        self._max_contexts = max_contexts
        self._nothing: Sequence[Sequence[float]] = ((0.0,) * width,) * arms
        self._rows: OrderedDict[str, list[list[float]]] = OrderedDict()
        """All that is known here; who was learnt in last comes last."""
        self._fresh: Cells = {}
        """What of it has not been taken yet."""
        self._life = 0
        self._told = False
        self._lock = Lock()

    def numbers(self, context: str) -> Sequence[Sequence[float]]:
        return self._rows.get(context, self._nothing)

    def add(self, context: str, arm: int, numbers: Sequence[float]) -> None:
        with self._lock:
            row = self._rows_of(context)[arm]
            for place, number in enumerate(numbers):
                row[place] += number
            if self._shared:
                _add(self._fresh, (context, arm), numbers)

    def contexts(self) -> Mapping[str, Sequence[Sequence[float]]]:
        with self._lock:
            return dict(self._rows)

    def clear(self) -> None:
        with self._lock:
            self._life += 1
            self._rows.clear()
            self._fresh = {}

    def take(self) -> Taken:
        """What is new, and not new any more from now on."""
        with self._lock:
            cells, self._fresh = self._fresh, {}
            return Taken(self._life, cells)

    def give_back(self, taken: Taken) -> None:
        """It could not be written, so it is new still. What nobody knows here any more is let go, so that it stays
        bounded for however long nothing can be written."""
        with self._lock:
            if taken.life == self._life:
                for key, numbers in taken.cells.items():
                    if key[0] in self._rows:
                        _add(self._fresh, key, numbers)

    def put(self, life: int, cells: Cells, *, anew: bool) -> None:
        """The sums that all processes have made, without what is new here, which is added. `anew` says that they are
        all there is; what is new here is then forgotten, as somebody has cleared the table."""
        with self._lock:
            if life != self._life:
                return
            if anew:
                self._rows.clear()
                self._fresh = {}
            for (context, arm), numbers in cells.items():
                fresh = self._fresh.get((context, arm))
                rows = self._rows_of(context)
                rows[arm] = numbers if fresh is None else [a + b for a, b in zip(numbers, fresh, strict=True)]

    def _rows_of(self, context: str) -> list[list[float]]:
        rows = self._rows.get(context)
        if rows is not None:
            self._rows.move_to_end(context)
            return rows
        if len(self._rows) >= self._max_contexts:
            self._rows.popitem(last=False)
            self._tell()
        rows = self._rows[context] = [list(row) for row in self._nothing]
        return rows

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            _log.warning(
                "node '%s' has more than %d contexts: those learnt in least recently are forgotten",
                self._node,
                self._max_contexts,
            )


def _add(cells: Cells, key: tuple[str, int], numbers: Sequence[float]) -> None:
    row = cells.get(key)
    if row is None:
        cells[key] = list(numbers)
        return
    for place, number in enumerate(numbers):
        row[place] += number
