"""A serving process that behaves as TensorFlow Serving's: when it opens its ports, what it says, how it reloads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from salver.assembly.specs import Platforms
from salver.build import Server
from salver.core.errors import Fault, NotServed
from salver.modelserver.models import ModelConfigs
from salver.modelserver.refusals import told
from salver.modelserver.settings import Settings, read_models
from salver.options import ModelOptions
from salver.server import Hooks, run
from salver.transports.endpoints import Endpoint, Tcp, Unix

_log: Final = logging.getLogger("salver")
_EVERY_IPV4: Final = "0.0.0.0"  # noqa: S104 - TensorFlow Serving listens there


def serve(settings: Settings, state_dir: Path) -> None:
    """Serves until SIGTERM, then drains. Raises NotServed when a model cannot be had at the start, BadInput when a
    port cannot."""
    book = _Book(settings)
    flags = settings.flags
    hooks = Hooks(
        before_ports=None if flags.serve_available_models else _first_loads(flags.file_system_poll_wait_seconds < 0),
        opened=lambda: _say_where(settings),
        beside=_polling(settings, book),
        adopt=book.options,
        platforms=Platforms(
            frozenset(settings.platforms.common), {wish.name: wish.platform for wish in settings.models.wishes}
        ),
        endpoints=_endpoints(settings),
    )
    _log.info("Adding/updating models.")
    for wish in settings.models.wishes:
        _log.info(" (Re-)adding model: %s", wish.name)
    run(settings.options, state_dir, lambda serving: None, hooks=hooks)


class _Book:
    """What the last configuration said of each model, for those that come later."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.models = settings.models

    def options(self, name: str, path: str) -> ModelOptions:
        """The options of a model that a reload has brought."""
        wish = next((wish for wish in self.models.wishes if wish.name == name), None)
        common = self._settings.common(wish.platform if wish else None)
        return replace(common, path=path, record=self.models.records.get(name))


def _first_loads(never: bool) -> Callable[[Server], Coroutine[Any, Any, None]]:
    async def wait(server: Server) -> None:
        if never:
            await asyncio.Event().wait()
        failures = await server.manager.wait_available()
        if failures:
            raise NotServed(failures)

    return wait


def _say_where(settings: Settings) -> None:
    """TensorFlow Serving's lines, which programs wait for."""
    flags = settings.flags
    if flags.port:
        _log.info("Running gRPC ModelServer at %s:%d ...", _EVERY_IPV4, flags.port)
    if flags.grpc_socket_path:
        _log.info("Running gRPC ModelServer at UNIX socket %s ...", flags.grpc_socket_path)
    if settings.rest_port:
        _log.info("Exporting HTTP/REST API at:localhost:%d ...", settings.rest_port)
    elif flags.rest_api_port:
        _log.error(
            "server_options.http_port cannot be same as grpc_port. Please use a different port for HTTP/REST API. "
            "Skipped exporting HTTP/REST API."
        )


def _endpoints(settings: Settings) -> tuple[Endpoint, ...]:
    flags = settings.flags
    places: list[Endpoint] = []
    if flags.port:
        places.append(Tcp(_EVERY_IPV4, flags.port, tls=settings.grpc_tls))
    if flags.grpc_socket_path:
        places.append(Unix(flags.grpc_socket_path, replace=True, tls=settings.grpc_tls))
    if settings.rest_port:
        places.append(Tcp("::", settings.rest_port, tls=settings.rest_tls))
    return tuple(places)


def _polling(settings: Settings, book: _Book) -> Callable[[Server], Coroutine[Any, Any, None]]:
    """Reads the configuration file again and again, and has the server go over to what it says."""
    interval_s = settings.flags.model_config_file_poll_wait_seconds

    async def poll(server: Server) -> None:
        while interval_s > 0 and settings.flags.model_config_file:
            await asyncio.sleep(interval_s)
            await _reload(server, await asyncio.to_thread(_read, settings), book)

    return poll


def _read(settings: Settings) -> ModelConfigs | None:
    try:
        return read_models(settings)
    except Fault as fault:
        _log.error("Failed to read ModelServerConfig file: %s", fault.message)
        return None


async def _reload(server: Server, models: ModelConfigs | None, book: _Book) -> None:
    if models is None:
        return
    book.models = models
    try:
        await server.dispatch(models.configure())
    except Fault as fault:
        _log.error("PollFilesystemAndReloadConfig failed to ReloadConfig: %s", told(fault).partition(": ")[2])
