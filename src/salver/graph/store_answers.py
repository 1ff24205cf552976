"""Store answers: the ledger's entries in the store's file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from time import time
from typing import Final

from salver.graph.ledger import MAX_AGE_S, MAX_ENTRIES, Written

_WRITE: Final = "INSERT OR REPLACE INTO answers (id, at, entry) VALUES (?, ?, ?)"
_FIND: Final = "SELECT entry FROM answers WHERE id = ? AND at >= ?"


def write(connection: sqlite3.Connection, answers: Iterable[Written]) -> None:
    connection.executemany(_WRITE, answers)


def find(connection: sqlite3.Connection, name: str) -> bytes | None:
    """The entry of that id; None where there is none, or only one that is too old."""
    found = connection.execute(_FIND, (name, time() - MAX_AGE_S)).fetchone()
    return None if found is None else bytes(found[0])


def tidy(connection: sqlite3.Connection) -> None:
    """Forgets what is too old, and all but the newest."""
    connection.execute("DELETE FROM answers WHERE at < ?", (time() - MAX_AGE_S,))
    connection.execute("DELETE FROM answers WHERE number <= (SELECT max(number) FROM answers) - ?", (MAX_ENTRIES,))
