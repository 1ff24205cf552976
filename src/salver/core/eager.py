"""Runs a coroutine's first step at once, without a task: a call that does not wait never becomes one.

The same idea as Python 3.12's eager tasks, but cheaper (no task object for what ends at once) and on 3.11 too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")


def start(coro: Coroutine[Any, Any, T]) -> T | asyncio.Task[T]:
    """The coroutine's result if it never waits, else a task of the running loop that goes on from its first wait.

    Raises what the first step raises. The first step runs in the current context, of which the task then has a copy,
    and in no task: `asyncio.current_task()` is that of the caller, or None.
    """
    try:
        waits_for = coro.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    return asyncio.get_running_loop().create_task(_Resumed(coro, waits_for))


class _Resumed(Coroutine[Any, Any, T]):
    """A coroutine that has already yielded once, as one that has not: its first step yields that again.

    An object rather than an `async def`, because a task that is cancelled before its first step throws into
    what it runs, and a generator not yet started would not pass that on.
    """

    __slots__ = ("_coro", "_pending", "_waits_for")

    def __init__(self, coro: Coroutine[Any, Any, T], waits_for: asyncio.Future[Any] | None) -> None:
        self._coro = coro
        self._waits_for = waits_for
        self._pending = True
        if waits_for is not None:
            # Raised by awaiting, lowered by the task that sees it; while it is up, nobody else can await.
            waits_for._asyncio_future_blocking = False

    def send(self, value: Any) -> Any:
        if self._pending:
            return self._yield_again()
        return self._coro.send(value)

    def throw(self, *error: Any) -> Any:
        # A running task that is cancelled first cancels what it waits for, and hears of it from there.
        if self._pending and self._waits_for is not None and self._waits_for.cancel():
            return self._yield_again()
        self._pending = False
        return self._coro.throw(*error)

    def close(self) -> None:
        self._coro.close()

    def __await__(self) -> Generator[Any, Any, T]:
        raise TypeError("only a task runs this")

    def _yield_again(self) -> asyncio.Future[Any] | None:
        self._pending = False
        future, self._waits_for = self._waits_for, None
        if future is not None:
            future._asyncio_future_blocking = True
        return future
