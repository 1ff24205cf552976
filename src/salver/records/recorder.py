"""Writes records behind the back of those who serve: a bounded queue, and a thread that empties it into files."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from salver.records.files import RotatingFiles
from salver.records.tfrecord import framed

Make: TypeAlias = Callable[[], bytes]
"""Makes the record: called on the recorder's own thread, so that nobody who serves pays for it."""

_RETRY_S: Final = 5.0
_log: Final = logging.getLogger("salver")


@dataclass(frozen=True, slots=True)
class Recorded:
    """Counts since the start."""

    written: int
    dropped: int
    """For want of room in the queue, or because the file could not be written."""


class Recorder:
    """One stream of records. `put` never waits: what finds the queue full is dropped, and counted."""

    def __init__(self, files: RotatingFiles, max_queued: int) -> None:
        self._files = files
        self._max_queued = max_queued
        self._queue: deque[Make] = deque()
        self._stirred = threading.Event()
        self._closing = False
        self._written = self._dropped = self._lost = 0
        self._blocked_until_s = 0.0
        self._thread = threading.Thread(target=self._run, name="salver-recorder", daemon=True)
        self._thread.start()

    def put(self, make: Make) -> bool:
        """Has one record written, soon. False when there was no room for it."""
        if len(self._queue) >= self._max_queued:
            self._dropped += 1
            return False
        self._queue.append(make)
        self._stirred.set()
        return True

    def counts(self) -> Recorded:
        return Recorded(self._written, self._dropped + self._lost)

    def close(self, timeout_s: float) -> None:
        """Writes what is queued, within the time, and finishes the file."""
        self._closing = True
        self._stirred.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._closing or self._queue:
            self._stirred.wait()
            self._stirred.clear()
            while self._queue:
                self._write(self._queue.popleft())
            self._tend(self._files.flush)
        self._tend(self._files.close)

    def _write(self, make: Make) -> None:
        if time.monotonic() < self._blocked_until_s:
            self._lost += 1
            return
        try:
            self._files.write(framed(make()))
            self._written += 1
        except OSError as error:
            self._lose(f"requests cannot be recorded: {error}; the next try is in {_RETRY_S:g} s")
        except Exception:  # noqa: BLE001 - one record must not end the recording
            self._lost += 1
            _log.exception("a request could not be recorded")

    def _tend(self, do: Callable[[], None]) -> None:
        try:
            do()
        except OSError as error:
            _log.warning("requests cannot be recorded: %s", error)

    def _lose(self, reason: str) -> None:
        self._lost += 1
        self._blocked_until_s = time.monotonic() + _RETRY_S
        _log.warning(reason)
