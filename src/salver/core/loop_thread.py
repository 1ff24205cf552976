"""An event loop on a thread of its own, for plain code that calls what is async."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Coroutine
from typing import Any


class LoopThread:
    """An event loop on a thread of its own, for an async model that plain code calls: always the same one, since
    what a model opens on one loop works on no other."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._loop.run_forever, name="salver-async", daemon=True)
        thread.start()
        self._end = weakref.finalize(self, _end_loop, self._loop, thread)

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """The coroutine's result. Cancels it when the caller is interrupted."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        finally:
            future.cancel()

    def close(self) -> None:
        self._end()

    def abandon(self) -> None:
        """In a forked child: the loop's files are the parent's, and closing them would deafen it."""
        self._end.detach()


def _end_loop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
