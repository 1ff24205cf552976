"""Store sums: one node's memory table and its rows in the store's file, brought together."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, Final

import orjson

from salver.graph.memory_table import Cells, MemoryTable, Taken

_ADD: Final = """
INSERT INTO sums (node, context, arm, place, value, tick) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET value = value + excluded.value, tick = excluded.tick
"""
_NEWER: Final = "SELECT context, arm, place, value FROM sums WHERE node = ? AND tick > ? ORDER BY tick"
_ENROL: Final = """
INSERT INTO nodes (node, kind, width, arms, generation) VALUES (?, ?, ?, ?, 0)
ON CONFLICT DO UPDATE SET arms = excluded.arms
"""
_FIND: Final = "SELECT number, generation, arms FROM nodes WHERE node = ? AND kind = ? AND width = ?"
_FORGET: Final = """
DELETE FROM sums WHERE node = ? AND context IN
(SELECT context FROM sums WHERE node = ? GROUP BY context ORDER BY max(tick) DESC LIMIT -1 OFFSET ?)
"""


class Sums:
    """Rows are a node's of one kind and width, and an arm's by its name. A generation ends with each `clear`, whoever
    calls it: what was learnt in one is never added to the next."""

    def __init__(self, table: MemoryTable, node: str, kind: str, arms: tuple[str, ...]) -> None:
        self.table = table
        self._identity = (node, kind, table.width)
        self._arms = {name: index for index, name in enumerate(arms)}
        self._names = arms
        self._number: int | None = None
        self._generation: int | None = None
        self._life = 0
        """The table's life that this generation is."""
        self._read = 0
        """The transaction up to which rows were read."""
        self._next = (0, 0)

    def enrol(self, connection: sqlite3.Connection) -> None:
        """Finds the node in the file, or enters it."""
        if self._number is not None:
            return
        arms = orjson.dumps(self._names).decode()
        found = connection.execute(_FIND, self._identity).fetchone()
        is_new = found is None
        if found is None or found[2] != arms:
            connection.execute(_ENROL, (*self._identity, arms))
            found = connection.execute(_FIND, self._identity).fetchone()
        self._number, generation, _ = found
        if is_new or self._generation is None:  # else a clear by another process, meanwhile, would go unseen
            self._generation = generation

    def leave(self) -> None:
        """The file may be another from now on: the node is to be found in it, and its rows are all to be read."""
        self._number = None
        self._read = 0

    def write(self, connection: sqlite3.Connection, taken: Taken, tick: int) -> None:
        """Inside a transaction, which may yet fail."""
        generation = self._present(connection)
        self._next = (generation, self._life)
        if taken.life != self._life:
            generation += 1
            connection.execute("DELETE FROM sums WHERE node = ?", (self._number,))
            connection.execute("UPDATE nodes SET generation = ? WHERE number = ?", (generation, self._number))
            self._next = (generation, taken.life)
        elif generation != self._generation:
            return  # another process has cleared it: what was learnt before goes with it
        connection.executemany(_ADD, self._added(taken.cells, tick))

    def written(self) -> None:
        """That transaction is done."""
        if self._next[1] != self._life:
            self._generation, self._life = self._next

    def wants_write(self, taken: Taken) -> bool:
        return bool(taken.cells) or taken.life != self._life

    def read(self, connection: sqlite3.Connection) -> None:
        """What all processes have added since it was last read, or everything of a new generation."""
        generation = self._present(connection)
        anew = generation != self._generation
        since = 0 if anew else self._read
        latest: int = connection.execute("SELECT tick FROM clock").fetchone()[0]
        cells = self._cells(connection.execute(_NEWER, (self._number, since)))
        self.table.put(self._life, cells, anew=anew)
        self._generation, self._read = generation, latest

    def tidy(self, connection: sqlite3.Connection, max_contexts: int) -> None:
        connection.execute(_FORGET, (self._number, self._number, max_contexts))

    def _present(self, connection: sqlite3.Connection) -> int:
        found = connection.execute("SELECT generation FROM nodes WHERE number = ?", (self._number,)).fetchone()
        generation: int = found[0]
        return generation

    def _added(self, cells: Cells, tick: int) -> Iterable[tuple[Any, ...]]:
        for (context, arm), numbers in cells.items():
            for place, value in enumerate(numbers):
                yield self._number, context, self._names[arm], place, value, tick

    def _cells(self, rows: Iterable[tuple[str, str, int, float]]) -> Cells:
        cells: Cells = {}
        for context, name, place, value in rows:
            arm = self._arms.get(name)
            if arm is not None and 0 <= place < self.table.width:
                cells.setdefault((context, arm), [0.0] * self.table.width)[place] = value
        return cells
