"""The server as an ASGI application, for those who bring an HTTP server of their own. No sockets, no signals."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from salver.build import Server, build
from salver.lifecycle.wishes_file import WishesFile
from salver.observe.metrics import Metrics
from salver.options import ServerOptions, options_for
from salver.protocols.http import HttpRequest, HttpResponse
from salver.server import follow
from salver.transports.app import refusal
from salver.transports.asgi import Asgi

_FIRST_LOOK_S: Final = 600.0


def app_for(path: str, name: str = "") -> Asgi:
    """An application that serves what `salver serve PATH` would: a model, a folder of models, or a configuration.

    `name` is the model's, for a single model. Host, port, workers and times are the HTTP server's matter. What the
    admin API changes is kept in the options' `state_dir`, and without one until the application ends. Needs an HTTP
    server that speaks ASGI's lifespan protocol. Raises BadInput or NotFound when the path is neither.
    """
    options = options_for(path, name)
    life = _Life(options)
    return Asgi(life.answer, options.limits, on_startup=life.start, on_shutdown=life.stop)


class _Life:
    """What runs from the HTTP server's startup to its shutdown."""

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self._server: Server | None = None
        self._held = AsyncExitStack()

    async def answer(self, request: HttpRequest) -> HttpResponse:
        if self._server is None:
            return refusal(503, "not started: the HTTP server must speak ASGI's lifespan protocol")
        return await self._server.exchange(request)

    async def start(self) -> None:
        """Returns once every model is available or has failed."""
        state_dir = self._options.state_dir or self._held.enter_context(TemporaryDirectory(prefix="salver-state-"))
        # In somebody else's process there may be no pool of threads: their own sessions could not be opened any more.
        options = replace(self._options, onnx_threads=-1)
        server = build(options, WishesFile(Path(state_dir) / "wishes.json"), Metrics())
        server.manager.wish(server.wishes.read())
        tasks = [asyncio.create_task(server.manager.run()), asyncio.create_task(follow(server))]
        self._held.push_async_callback(_end, server, tasks)
        await server.manager.wait_ready(_FIRST_LOOK_S)
        self._server = server

    async def stop(self) -> None:
        await self._held.aclose()


async def _end(server: Server, tasks: list[asyncio.Task[Any]]) -> None:
    server.dispatch.stop()
    await server.manager.aclose()
    await asyncio.to_thread(server.loaders.close)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
