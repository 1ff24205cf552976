"""A clock that a test moves by hand. Nothing sleeps."""

from __future__ import annotations

import asyncio
import time

from salver.lifecycle.clock import Clock


class HandClock(Clock):
    """Starts at the real wall time, so that it can be compared with the times of real files."""

    def __init__(self) -> None:
        self._passed_s = 0.0
        self._started = time.time()
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def monotonic(self) -> float:
        return self._passed_s

    def wall(self) -> float:
        return self._started + self._passed_s

    async def sleep(self, delay_s: float) -> None:
        event = asyncio.Event()
        self._sleepers.append((self._passed_s + delay_s, event))
        await event.wait()

    def advance(self, seconds: float) -> None:
        """Moves time on and wakes whoever has slept long enough."""
        self._passed_s += seconds
        due = [event for until, event in self._sleepers if until <= self._passed_s]
        self._sleepers = [(until, event) for until, event in self._sleepers if until > self._passed_s]
        for event in due:
            event.set()
