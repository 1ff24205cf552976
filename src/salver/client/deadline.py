"""How long a call may take, wherever it waits: a moment, and the fault that tells of it."""

from __future__ import annotations

import asyncio
import time

from salver.core.errors import Late


class Deadline:
    """Of one call; `at` is a moment of `time.monotonic()`, None: never. No timer of its own."""

    __slots__ = ("at", "given_s", "whom")

    def __init__(self, at: float | None, whom: object) -> None:
        """`whom` is asked, as the fault names it."""
        self.at = at
        self.whom = whom
        self.given_s = 0.0 if at is None else at - time.monotonic()

    def left_s(self) -> float | None:
        """Seconds from now; None: any. Raises Late once there are none."""
        if self.at is None:
            return None
        left_s = self.at - time.monotonic()
        if left_s <= 0:
            raise self.late()
        return left_s

    async def sleep(self, seconds: float) -> None:
        """No longer than there is time. Raises Late."""
        left_s = self.left_s()
        await asyncio.sleep(seconds if left_s is None else min(seconds, left_s))
        self.left_s()

    def late(self) -> Late:
        """The fault when nothing came in time."""
        if self.given_s <= 0:
            return Late(f"the deadline had passed before {self.whom} was asked")
        given = f"{self.given_s:.0f}" if self.given_s >= 10 else f"{self.given_s:.2g}"
        return Late(f"no answer from {self.whom} within {given} s")
