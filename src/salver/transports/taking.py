"""Whether a client takes what is written to it, and fast enough. Counts only: a connection says what is unsent."""

from __future__ import annotations

from salver.transports.limits import HttpLimits


class Taking:
    """One client, as a taker."""

    __slots__ = ("_mark_bytes", "_mark_s", "handed_bytes")

    def __init__(self, now_s: float) -> None:
        self.handed_bytes = 0
        """All that was written to the client so far."""
        self._mark_bytes = 0
        self._mark_s = now_s

    def stalls(self, now_s: float, unsent_bytes: int, limits: HttpLimits, *, waits: bool) -> bool:
        """Whether too little was taken for too long, while something was there to take (`waits`)."""
        taken = self.handed_bytes - unsent_bytes
        enough = limits.min_bytes_per_s * limits.write_timeout_s
        if not waits or taken - self._mark_bytes >= enough:
            self._mark_s = now_s
            self._mark_bytes = taken
        return now_s - self._mark_s > limits.write_timeout_s
