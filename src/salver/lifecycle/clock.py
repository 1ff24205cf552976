"""Time as the manager and the sources see it, in one object, so that a test can hold its hands."""

from __future__ import annotations

import asyncio
import time


class Clock:
    """The real one."""

    def monotonic(self) -> float:
        """Seconds that never go back, for durations."""
        return time.monotonic()

    def wall(self) -> float:
        """Unix time in seconds, to compare with file times and to show to people."""
        return time.time()

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
