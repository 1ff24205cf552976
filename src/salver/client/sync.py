"""The blocking client: the asyncio client on an event loop of its own, which runs while a call runs."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

from salver.client.aio import AsyncClient
from salver.client.wire import MAX_ANSWER_BYTES
from salver.core import calls
from salver.core.calls import Call, Reply
from salver.core.errors import Unavailable
from salver.protocols.route import HttpProtocol

T = TypeVar("T")


class Client:
    """Asks one server, one call after another; threads that share it take turns.

    Takes the same arguments and raises the same faults as `AsyncClient`. It holds up whoever calls it, an event loop
    too. Close it, or use it with `with`.
    """

    def __init__(
        self,
        url: str,
        protocol: str | HttpProtocol = "tfserving",
        *,
        tls: ssl.SSLContext | None = None,
        timeout_s: float | None = 60.0,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._client = AsyncClient(url, protocol, tls=tls, timeout_s=timeout_s, max_answer_bytes=max_answer_bytes)
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._closed = False

    def predict(
        self,
        model: str,
        inputs: Mapping[str, Any],
        *,
        version: int | None = None,
        label: str | None = None,
        signature: str = "",
        outputs: tuple[str, ...] = (),
        timeout_s: float | None = None,
    ) -> dict[str, np.ndarray[Any, Any]]:
        """As `AsyncClient.predict`."""
        return self._run(
            self._client.predict(
                model, inputs, version=version, label=label, signature=signature, outputs=outputs, timeout_s=timeout_s
            )
        )

    def metadata(self, model: str, version: int | None = None) -> calls.ModelMetadata:
        """As `AsyncClient.metadata`."""
        return self._run(self._client.metadata(model, version))

    def status(self, model: str, version: int | None = None) -> calls.ModelStatus:
        """As `AsyncClient.status`."""
        return self._run(self._client.status(model, version))

    def ready(self, model: str | None = None, version: int | None = None) -> bool:
        """As `AsyncClient.ready`."""
        return self._run(self._client.ready(model, version))

    def ask(self, call: Call, timeout_s: float | None = None) -> Reply:
        """As `AsyncClient.ask`."""
        return self._run(self._client.ask(call, timeout_s))

    def close(self) -> None:
        """Closes its connections. Later calls end as Unavailable."""
        with self._lock:
            if not self._closed:
                self._closed = True
                for last in (self._client.aclose(), self._loop.shutdown_default_executor()):
                    self._apart(last)
                self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        with self._lock:
            if self._closed:
                work.close()
                raise Unavailable("this client is closed")
            return self._apart(_after_news(work))

    def _apart(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs it on our loop: where another one runs in this thread (a notebook's), in a thread of its own."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._finished(work)
        with ThreadPoolExecutor(1) as apart:
            return apart.submit(self._finished, work).result()

    def _finished(self, work: Coroutine[Any, Any, T]) -> T:
        # Not `asyncio.Runner`, which sets a signal handler for each run: that costs more than the call.
        task = self._loop.create_task(work)
        try:
            return self._loop.run_until_complete(task)
        except BaseException:
            if not task.done():  # Ctrl-C
                task.cancel()
                with suppress(asyncio.CancelledError):
                    self._loop.run_until_complete(task)
            raise


async def _after_news(work: Coroutine[Any, Any, T]) -> T:
    """Heeds what came while nobody looked: that a connection was closed, or is to be."""
    await asyncio.sleep(0)
    return await work
