"""Store: where a graph keeps what it has learnt, for all processes of a server and over restarts.

Requests never wait for it. What is learnt is in memory at once; a thread writes what is new to a file every quarter of
a second, in one transaction, and reads what others have added. A process that is killed loses what it had not written:
less than a second. While the file cannot be written nothing fails and nothing is lost; it is told once, and tried
again. Without a file all is in memory only.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import Final

from salver.core.errors import BadInput
from salver.graph import store_answers
from salver.graph.ledger import Ledger, Written
from salver.graph.memory import Memory
from salver.graph.memory_table import MAX_CONTEXTS, MemoryTable, Taken
from salver.graph.store_file import changes, open_file, tick
from salver.graph.store_sums import Sums

_TIDY_S: Final = 60.0
_RETRY_S: Final = 1.0
_CLOSE_S: Final = 10.0

_log: Final = logging.getLogger(__name__)


class Store:
    """Of one graph in one process. Must be made after a fork."""

    def __init__(self, path: Path | None = None, flush_s: float = 0.25) -> None:
        """Raises BadInput for a file that is damaged, and says what to do; one that cannot be opened or written now is
        tried again."""
        self.ledger = Ledger(None if path is None else self._call)
        self._path = path
        self._flush_s = flush_s
        self._nodes: list[Sums] = []
        self._file: sqlite3.Connection | None = None
        self._version: int | None = None
        """The file's `changes` when it was last read."""
        self._fails = False
        self._tidy_at = monotonic()
        self._io = Lock()
        self._called = Event()
        self._closing = False
        self._thread: Thread | None = None
        if path is not None:
            self._open(path)
            self._thread = Thread(target=self._run, name="salver-store", daemon=True)
            self._thread.start()

    def memory(self, node: str, kind: str, arms: tuple[str, ...], width: int) -> Memory:
        """A node's memory, with what the file has of it. Numbers of another kind, or of arms of other names, are not
        its own: those begin anew."""
        shared = self._path is not None and width > 0
        table = MemoryTable(node, len(arms), width, shared=shared)
        if shared:
            with self._io:
                self._nodes.append(Sums(table, node, kind, arms))
                self._version = None
                self._exchange()
        return table

    def flush(self) -> None:
        """Writes what is new and reads what others have added, now. May wait for the disk, as `close`."""
        if self._path is not None:
            with self._io:
                self._exchange()

    def close(self) -> None:
        """Writes the rest. May wait for the disk, so call it from no event loop."""
        if self._thread is not None:
            self._closing = True
            self._called.set()
            self._thread.join(_CLOSE_S)
            self._thread = None

    def _call(self) -> None:
        self._called.set()

    def _run(self) -> None:
        try:
            self._work()
        finally:
            self.ledger.close()  # first, so that nobody waits for ever for a thread that has died
            with self._io:
                self._exchange()
                self._shut()

    def _work(self) -> None:
        due = monotonic() + self._flush_s
        while not self._closing:
            self._called.wait(max(due - monotonic(), 0.0))
            self._called.clear()
            is_due = monotonic() >= due
            with self._io:
                if is_due:
                    self._exchange()
                    due = monotonic() + (_RETRY_S if self._fails else self._flush_s)
                self.ledger.look(self._find, again=is_due)

    def _exchange(self) -> None:
        """Writes what is new here, reads what is new there."""
        try:
            file = self._file or self._reopened()
            for node in self._nodes:
                node.enrol(file)
            self._write(file)
            self._read(file)
        except (OSError, sqlite3.Error, BadInput) as error:
            self._fail(error)
        else:
            if self._fails:
                self._fails = False
                _log.info("'%s' is written again, nothing was lost", self._path)

    def _write(self, file: sqlite3.Connection) -> None:
        taken = [(node, node.table.take()) for node in self._nodes]
        answers = self.ledger.take()
        news = [(node, one) for node, one in taken if node.wants_write(one)]
        try:
            if news or answers:
                self._commit(file, news, answers)
        except BaseException:
            for node, one in taken:
                node.table.give_back(one)
            self.ledger.give_back(answers)
            raise
        for node, _ in news:
            node.written()

    def _commit(self, file: sqlite3.Connection, news: Sequence[tuple[Sums, Taken]], answers: Sequence[Written]) -> None:
        file.execute("BEGIN IMMEDIATE")
        try:
            number = tick(file)
            for node, taken in news:
                node.write(file, taken, number)
            store_answers.write(file, answers)
            if monotonic() >= self._tidy_at:
                self._tidy(file)
            file.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                file.execute("ROLLBACK")
            raise

    def _tidy(self, file: sqlite3.Connection) -> None:
        self._tidy_at = monotonic() + _TIDY_S
        store_answers.tidy(file)
        for node in self._nodes:
            node.tidy(file, MAX_CONTEXTS)

    def _read(self, file: sqlite3.Connection) -> None:
        """Nothing where nobody else has written: what this process has, it knows."""
        version = changes(file)
        if version != self._version:
            for node in self._nodes:
                node.read(file)
            self._version = version

    def _find(self, name: str) -> bytes | None:
        if self._file is None:
            return None
        try:
            return store_answers.find(self._file, name)
        except sqlite3.Error as error:
            self._fail(error)
            return None

    def _open(self, path: Path) -> None:
        try:
            self._file = open_file(path)
        except (OSError, sqlite3.OperationalError) as error:
            self._fail(error)

    def _reopened(self) -> sqlite3.Connection:
        assert self._path is not None  # noqa: S101 - there is no thread without a file
        self._version = None
        self._file = open_file(self._path)
        for node in self._nodes:
            node.leave()
        return self._file

    def _fail(self, error: Exception) -> None:
        """Opened anew the next time: a file that was opened when it could only be read stays so."""
        self._shut()
        if not self._fails:
            self._fails = True
            _log.warning(
                "'%s' cannot be written (%s): what is learnt is kept in memory, and writing it is tried again",
                self._path,
                error,
            )

    def _shut(self) -> None:
        if self._file is not None:
            with contextlib.suppress(sqlite3.Error):
                self._file.close()
            self._file = None
