"""Bounded concurrency: those who must wait do so in a line, first come first served, each until its deadline.

`asyncio.Semaphore` with `asyncio.timeout` would need a task, which the first step of a Servable may not have.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from salver.client.deadline import Deadline


class Line:
    """Those who wait."""

    __slots__ = ("_declined", "_waiting")

    def __init__(self, declined: Callable[[], object]) -> None:
        """`declined`: someone who was called has left meanwhile, so that the next one's turn is now."""
        self._declined = declined
        self._waiting: deque[asyncio.Future[None]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    async def wait(self, deadline: Deadline) -> None:
        """Returns when called. Raises Late."""
        left_s = deadline.left_s()
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        timer = None if left_s is None else loop.call_later(left_s, _give_up, turn, deadline)
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif not turn.cancelled() and turn.exception() is None:
                self._declined()
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def call(self) -> bool:
        """Calls the first; whether there was one."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return True
        return False


class Places:
    """So many at a time."""

    __slots__ = ("_free", "_line")

    def __init__(self, count: int) -> None:
        self._free = count
        self._line = Line(self.give)

    @property
    def waiting(self) -> int:
        return len(self._line)

    @property
    def full(self) -> bool:
        """Whether one more would have to wait."""
        return not self._free

    async def take(self, deadline: Deadline) -> None:
        """Give it back with `give`. Raises Late."""
        if self._free:
            self._free -= 1
        else:
            await self._line.wait(deadline)

    def give(self) -> None:
        """The place goes to whoever waits first."""
        if not self._line.call():
            self._free += 1


def _give_up(turn: asyncio.Future[None], deadline: Deadline) -> None:
    if not turn.done():
        turn.set_exception(deadline.late())
