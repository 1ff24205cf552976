"""What a long load tells the log: how far it is, once a second, and how long it took."""

from __future__ import annotations

import logging
import time
from typing import Final

_EVERY_S: Final = 1.0
_MEGABYTE: Final = 1e6

_log: Final = logging.getLogger("salver")


class Progress:
    """Of one document. One that is loaded within a second is not spoken of."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._started_s = self._told_s = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """So many bytes of so many are read."""
        now_s = time.monotonic()
        if now_s - self._told_s >= _EVERY_S:
            self._told_s = now_s
            share = 100 * done // max(total, 1)
            _log.info("%s: %d %% of %.0f MB read", self._path, share, total / _MEGABYTE)

    def compiling(self) -> None:
        """All is read."""
        if time.monotonic() - self._started_s >= _EVERY_S:
            _log.info("%s: read in %.1f s, compiling", self._path, time.monotonic() - self._started_s)

    def loaded(self) -> None:
        """It can be asked."""
        if time.monotonic() - self._started_s >= _EVERY_S:
            _log.info("%s: loaded in %.1f s", self._path, time.monotonic() - self._started_s)
