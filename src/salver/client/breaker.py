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

    def __post_init__(self) -> None:
        at_least(self, 1, "max_failures")
        positive(self, "rest_s")


class Breaker:
    """Closed (calls go), open (none goes), half open (one goes)."""

    def __init__(self, options: BreakerOptions, now: Callable[[], float]) -> None:
        self._options = options
        self._now = now
        self._failures = 0
        self._opened_s: float | None = None
        self._trying = False

    def admits(self) -> bool:
        """Whether a call may go. One that may must be told of with `succeeded`, `failed` or `unknown`."""
        if self._opened_s is None:
            return True
        if self._trying or self._now() - self._opened_s < self._options.rest_s:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        self._failures, self._opened_s, self._trying = 0, None, False

    def failed(self) -> None:
        self._failures += 1
        if self._trying or self._failures >= self._options.max_failures:
            self._opened_s = self._now()
        self._trying = False

    def unknown(self) -> None:
        """The call was given up before it showed anything."""
        self._trying = False
