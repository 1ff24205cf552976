"""One serving process: start, serve, drain, stop. Every task has a parent here."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

from salver.build import Server, build
from salver.core.calls import ModelsDescription, Readiness
from salver.lifecycle.wishes_file import WishesFile
from salver.observe.catalogue import CONNECTIONS, CONNECTIONS_TOTAL
from salver.observe.metrics import Metrics
from salver.options import ServerOptions
from salver.transports.endpoints import Endpoint, Tcp, Unix
from salver.transports.listener import Listener, listen

_log: Final = logging.getLogger("salver")
_FOLLOW_INTERVAL_S: Final = 0.2
_FIRST_LOOK_S: Final = 600.0
_INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that has settled: told once, when every model is available or has failed."""

    addresses: tuple[Tcp | Unix, ...]
    models: ModelsDescription
    readiness: Readiness
    workers: int


Announce = Callable[[Serving], None]


def run(
    options: ServerOptions,
    state_dir: Path,
    announce: Announce,
    *,
    metrics_dir: Path | None = None,
    sockets: tuple[socket.socket, ...] = (),
    parent: int | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT, then drains; a second signal ends the process at once.

    `sockets` are bound ones to listen on in place of the options' own, `parent` a file descriptor whose end of
    file means that the process in charge is gone. Raises BadInput when a port cannot be had.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(options, state_dir, announce, Metrics(metrics_dir), sockets, parent))


async def _serve(
    options: ServerOptions,
    state_dir: Path,
    announce: Announce,
    metrics: Metrics,
    sockets: tuple[socket.socket, ...],
    parent: int | None,
) -> None:
    stop = asyncio.Event()
    _heed_signals(stop, parent)
    server = build(options, WishesFile(state_dir / "wishes.json"), metrics)
    server.manager.wish(server.wishes.read())
    listener = await listen(server.exchange, *(sockets or endpoints(options)), limits=options.limits)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.manager.run())
        beside = [
            tasks.create_task(_follow(server)),
            tasks.create_task(_count(listener, metrics)),
            tasks.create_task(_announce(server, listener, options, announce)),
        ]
        await stop.wait()
        server.dispatch.stop()
        cut = await listener.drain(options.drain_timeout_s)
        if cut:
            _log.warning("%d connections were cut: not done within %g s", cut, options.drain_timeout_s)
        for task in beside:
            task.cancel()
        await server.manager.aclose()
    metrics.close()


def endpoints(options: ServerOptions) -> tuple[Endpoint, ...]:
    """Where the options say to listen."""
    tcp = () if options.port < 0 else (Tcp(options.host, options.port),)
    return tcp if options.unix_socket is None else (*tcp, Unix(options.unix_socket))


def _heed_signals(stop: asyncio.Event, parent: int | None) -> None:
    loop = asyncio.get_running_loop()

    def heed() -> None:
        if stop.is_set():
            os._exit(_INTERRUPTED)
        _log.info("draining; a second signal ends at once")
        stop.set()

    loop.add_signal_handler(signal.SIGTERM, heed)
    if parent is None:
        loop.add_signal_handler(signal.SIGINT, heed)
    else:
        # Ctrl-C reaches the whole process group: whoever is in charge decides what it means.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        loop.add_reader(parent, _parent_gone, loop, parent, stop)


def _parent_gone(loop: asyncio.AbstractEventLoop, parent: int, stop: asyncio.Event) -> None:
    loop.remove_reader(parent)
    stop.set()


async def _follow(server: Server) -> None:
    """Does what the wishes document says, after each change of it."""
    stamp = server.wishes.stamp()
    while True:
        await asyncio.sleep(_FOLLOW_INTERVAL_S)
        if stamp != (stamp := server.wishes.stamp()):
            server.manager.wish(server.wishes.read())


async def _count(listener: Listener, metrics: Metrics) -> None:
    open_now, accepted = metrics.gauge(CONNECTIONS), metrics.counter(CONNECTIONS_TOTAL)
    before = 0
    while True:
        statistics = listener.statistics()
        open_now.set(statistics.open)
        accepted.add(statistics.accepted - before)
        before = statistics.accepted
        await asyncio.sleep(1.0)


async def _announce(server: Server, listener: Listener, options: ServerOptions, announce: Announce) -> None:
    readiness = await server.manager.wait_ready(_FIRST_LOOK_S)
    announce(Serving(listener.addresses, server.manager.describe(), readiness, options.workers))
