"""Window: the last rows, in no order."""

from __future__ import annotations

import numpy as np

from salver.graph.guards.rows import Matrix


class Window:
    """A ring of rows. `rows` are those that are there, and must not be written to."""

    __slots__ = ("_held", "_next", "_size", "rows")

    def __init__(self, size: int, rows: Matrix) -> None:
        """Begins with no more rows than `size`, which give it its width and dtype."""
        self._size = size
        self._held = np.empty((size, rows.shape[1]), dtype=rows.dtype)
        self._next = 0
        self.rows = self._held[:0]
        self.add(rows)

    @property
    def is_full(self) -> bool:
        return len(self.rows) == self._size

    def add(self, rows: Matrix) -> None:
        """The newest rows take the places of the oldest."""
        rows = rows[-self._size :]
        end = self._next + len(rows)
        split = len(rows) - max(0, end - self._size)
        self._held[self._next : self._next + split] = rows[:split]
        self._held[: len(rows) - split] = rows[split:]
        if not self.is_full:
            self.rows = self._held[: min(end, self._size)]
        self._next = end % self._size
