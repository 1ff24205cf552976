"""Who may run a batch next: so many at a time, one queue after another, over all models that share the slots."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any, Protocol


class Queue(Protocol):
    """Batches that wait for a slot."""

    def ripe_in_s(self, now_s: float) -> float | None:
        """Seconds until the first batch may run: 0 for at once, None when there is none."""

    def take(self) -> Coroutine[Any, Any, None]:
        """The work of the first batch, which is the caller's from here on."""


class Slots:
    """TensorFlow Serving's pool of batch threads, on an event loop: `count` batches at once, queues in rotation."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._ring: deque[Queue] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._due = False
        self._timer: asyncio.TimerHandle | None = None

    def stir(self, queue: Queue) -> None:
        """The queue has something: it is asked at the end of this tick, when all that came with it is there too."""
        if queue not in self._ring:
            self._ring.append(queue)
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._turn)

    def leave(self, queue: Queue) -> None:
        """The queue is gone."""
        if queue in self._ring:
            self._ring.remove(queue)

    def _turn(self) -> None:
        self._due = False
        loop = asyncio.get_running_loop()
        soonest: float | None = None
        for _ in range(len(self._ring)):
            if not self._free:
                return
            queue = self._ring.popleft()
            wait_s = queue.ripe_in_s(loop.time())
            if wait_s is None:
                continue
            self._ring.append(queue)
            if wait_s <= 0:
                self._start(queue)
                self.stir(queue)
            else:
                soonest = wait_s if soonest is None else min(soonest, wait_s)
        self._wake_in(soonest)

    def _start(self, queue: Queue) -> None:
        self._free -= 1
        task = asyncio.get_running_loop().create_task(queue.take())
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._free += 1
        self._turn()

    def _wake_in(self, wait_s: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if wait_s is None else asyncio.get_running_loop().call_later(wait_s, self._turn)
