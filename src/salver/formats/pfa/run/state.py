"""What one engine keeps between actions, beside its cells and pools."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

from salver.formats.pfa.errors import PFATimeoutError
from salver.formats.pfa.library.registry import Clock

_now: Final = time.monotonic


class Limit(threading.local):
    """When the method under way must be done, by the monotonic clock; each thread that shares an engine has its own."""

    at = float("inf")
    s = float("inf")
    """How long it may take, for the message."""


@dataclass(slots=True)
class State:
    """Counters, the tally of a fold, what has been emitted, and how long a method may still take."""

    started: int = 0
    finished: int = 0
    tally: Any = None
    emitted: list[Any] = field(default_factory=list)
    limit: Limit = field(default_factory=Limit)

    def begin(self, limit_s: float) -> None:
        """A method begins that may take so many seconds."""
        self.limit.s = limit_s
        self.limit.at = _now() + limit_s

    def tick(self) -> None:
        """Raises PFATimeoutError when the time is over."""
        if _now() > self.limit.at:
            raise PFATimeoutError(f"not done within {self.limit.s * 1000:.0f} ms")


class StateClock(Clock):
    """The clock that long loops of the library ask."""

    def __init__(self, state: State) -> None:
        self._state = state

    def check(self) -> None:
        self._state.tick()
