"""A circuit breaker: a server that fails over and over is left alone for a while. No clock of its own, no I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from salver.core.bounds import at_least, positive


@dataclass(frozen=True, slots=True)
class BreakerOptions:
    """When to leave a server alone."""

    max_failures: int = 5
    """Failures in a row that open the circuit."""
    rest_s: float = 5.0
    """Seconds it stays open; then one call is let through to see, and its end decides."""
    patience_s: float = 1.0
    """A server is to answer within so many seconds: a call that was given less and came to nothing in that time says
    nothing about it. So callers in a hurry cannot close the way to others."""

    def __post_init__(self) -> None:
        at_least(self, 1, "max_failures")
        at_least(self, 0, "patience_s")
        positive(self, "rest_s")


class Breaker:
    """Closed (calls go), open (none goes), half open (one goes).

    A call that may go gets a number, and its end is told with it. What calls tell that began before the circuit last
    opened is old news, and not heard.
    """

    def __init__(self, options: BreakerOptions, now: Callable[[], float]) -> None:
        self._options = options
        self._now = now
        self._failures = 0
        self._opened_s: float | None = None
        self._trying = False
        self._era = 1

    def enter(self) -> int | None:
        """The number of a call that may go; None: it may not. Its end is told by one of the three below."""
        if self._opened_s is not None:
            if self._trying or self._now() - self._opened_s < self._options.rest_s:
                return None
            self._trying = True
        return self._era

    def succeeded(self, number: int) -> None:
        """The server answered."""
        if number == self._era:
            self._failures, self._opened_s, self._trying = 0, None, False

    def failed(self, number: int) -> None:
        """It did not."""
        if number != self._era:
            return
        self._failures += 1
        if self._trying or self._failures >= self._options.max_failures:
            self._opened_s = self._now()
            self._trying = False
            self._era += 1

    def unknown(self, number: int) -> None:
        """The call was given up before it showed anything."""
        if number == self._era:
            self._trying = False
