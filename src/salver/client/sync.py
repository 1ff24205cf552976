"""The blocking client: the asyncio client on an event loop of its own, which runs while a call runs."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

from salver.client.aio import AsyncClient
from salver.core import calls
from salver.core.calls import Call, Reply
from salver.protocols.route import HttpProtocol

T = TypeVar("T")


class Client:
    """Asks one server, one call after another; threads that share it take turns.

    Takes the same arguments and raises the same faults as `AsyncClient`. Not to be used on a running event loop.
    """

    def __init__(
        self,
        url: str,
        protocol: str | HttpProtocol = "tfserving",
        *,
        tls: ssl.SSLContext | None = None,
        timeout_s: float | None = 60.0,
    ) -> None:
        self._client = AsyncClient(url, protocol, tls=tls, timeout_s=timeout_s)
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()

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
        """Closes its connections."""
        if not self._loop.is_closed():
            self._run(self._client.aclose())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        with self._lock:
            return self._loop.run_until_complete(work)
