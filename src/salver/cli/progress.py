"""How far a long file is: one line on a terminal, rewritten in place."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Self, TextIO

_FIRST_S: Final = 1.0
"""What is done sooner needs no telling."""
_INTERVAL_S: Final = 0.2


class Progress:
    """Tells a terminal, from the first second on; says nothing to anything else. Used in a `with` block."""

    def __init__(self, stream: TextIO | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream if stream is not None and stream.isatty() else None
        self._clock = clock
        self._started = clock()
        self._next = self._started + _FIRST_S
        self._rows = 0
        self._shown = False

    def tell(self, rows: int, done: float | None) -> None:
        """So many more rows; `done` is the part of the file that is behind us, None when unknown."""
        self._rows += rows
        now = self._clock()
        if self._stream is None or now < self._next:
            return
        self._next, self._shown = now + _INTERVAL_S, True
        percent = "" if done is None else f" {done:4.0%}"
        self._stream.write(f"\r{self._rows:,} rows{percent}, {self._rows / (now - self._started):,.0f} rows/s ")
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None and self._shown:
            self._stream.write("\n")
            self._stream.flush()
