"""Store file: the SQLite file in which a graph's memory and its answers lie. Opens and checks it, knows its tables.

Written ahead (WAL), so that readers never wait and a process that is killed leaves nothing half-written. All processes
of one machine may share it; it must not lie on a network file system.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from salver.core.errors import BadInput

_APPLICATION: Final = 0x53414C56
"""SQLite's application_id: `SALV`."""
_LAYOUT: Final = 1
_WAIT_S: Final = 5.0
"""How long a write waits for that of another process."""

_TABLES: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS clock (tick INTEGER NOT NULL);
INSERT INTO clock SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM clock);
CREATE TABLE IF NOT EXISTS nodes (
    number INTEGER PRIMARY KEY, node TEXT NOT NULL, kind TEXT NOT NULL, width INTEGER NOT NULL,
    arms TEXT NOT NULL, generation INTEGER NOT NULL, UNIQUE (node, kind, width)
);
CREATE TABLE IF NOT EXISTS sums (
    node INTEGER NOT NULL, context TEXT NOT NULL, arm TEXT NOT NULL, place INTEGER NOT NULL,
    value REAL NOT NULL, tick INTEGER NOT NULL, PRIMARY KEY (node, context, arm, place)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sums_by_tick ON sums (node, tick);
CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at REAL NOT NULL, entry BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS answers_by_time ON answers (at);
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_LAYOUT};
COMMIT;
"""  # noqa: S608 - two numbers of our own


def open_file(path: Path) -> sqlite3.Connection:
    """A connection in which transactions are begun by hand; made where there is no file yet.

    Raises BadInput for a file that is damaged or no such file, OSError or sqlite3.OperationalError where it cannot be
    opened or written now.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
    try:
        is_new = _is_new(connection)
        if not is_new:
            _check(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if is_new:
            connection.executescript(_TABLES)
    except sqlite3.OperationalError:
        connection.close()
        raise
    except sqlite3.DatabaseError as error:
        connection.close()
        raise BadInput(_sorry(path, str(error))) from None
    except BaseException:
        connection.close()
        raise
    return connection


def tick(connection: sqlite3.Connection) -> int:
    """The number of this transaction, which must be one that writes: later ones have greater numbers."""
    connection.execute("UPDATE clock SET tick = tick + 1")
    number: int = connection.execute("SELECT tick FROM clock").fetchone()[0]
    return number


def changes(connection: sqlite3.Connection) -> int:
    """A number that differs from the last when another process has written meanwhile."""
    number: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return number


def _is_new(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Raises BadInput unless the file is one of ours, and whole where what was learnt lies."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise BadInput(_sorry(path, "it is another program's"))
    layout = connection.execute("PRAGMA user_version").fetchone()[0]
    if layout != _LAYOUT:
        raise BadInput(_sorry(path, f"its layout is {layout}, wanted {_LAYOUT}"))
    for table in ("nodes", "sums"):
        found = connection.execute(f"PRAGMA quick_check({table})").fetchone()[0]
        if found != "ok":
            raise BadInput(_sorry(path, str(found)))


def _sorry(path: Path, reason: str) -> str:
    return (
        f"'{path}' does not hold what a graph has learnt ({reason.partition(chr(10))[0]:.200}): put a copy of it back, "
        "or move it away together with its -wal and -shm files, and learning begins anew"
    )
