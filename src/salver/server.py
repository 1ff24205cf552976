"""One serving process: start, serve, drain, stop. Every task has a parent here."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
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
_COUNT_INTERVAL_S: Final = 1.0
_FIRST_LOOK_S: Final = 600.0
_SUCCESSION_S: Final = 30.0
_LAST_BREATH_S: Final = 1.0
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
    successor: bool = False,
) -> None:
    """Serves until SIGTERM or SIGINT, then drains; a second signal ends the process at once.

    `sockets` are bound ones to listen on in place of the options' own, `parent` a file descriptor whose end of
    file means that the process in charge is gone. A successor takes over sockets that have clients already: it
    accepts them when its models are there. Raises BadInput when a port cannot be had.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(options, state_dir, announce, Metrics(metrics_dir), sockets, parent, successor))


def end_soon() -> None:
    """Ends this process within a second, with status 0, for one that has drained: Python itself would wait for
    every thread, and so for ever for a model that never answers."""
    timer = threading.Timer(_LAST_BREATH_S, os._exit, (0,))
    timer.daemon = True
    timer.start()


async def _serve(
    options: ServerOptions,
    state_dir: Path,
    announce: Announce,
    metrics: Metrics,
    sockets: tuple[socket.socket, ...],
    parent: int | None,
    successor: bool,
) -> None:
    stop = asyncio.Event()
    _heed_signals(stop, parent)
    server = build(options, WishesFile(state_dir / "wishes.json"), metrics)
    server.manager.wish(server.wishes.read())
    where = () if successor else sockets or endpoints(options)
    listener = await listen(server.exchange, *where, limits=options.limits)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.manager.run())
        beside = [
            tasks.create_task(follow(server)),
            tasks.create_task(_count(server, listener, metrics)),
            tasks.create_task(_announce(server, listener, options, announce)),
        ]
        if successor:
            beside.append(tasks.create_task(_succeed(server, listener, sockets)))
        await stop.wait()
        server.dispatch.stop()
        cut = await listener.drain(options.drain_timeout_s)
        if cut:
            _log.warning("%d connections were cut: not done within %g s", cut, options.drain_timeout_s)
        for task in beside:
            task.cancel()
        await server.manager.aclose()
    server.dispatch.publish()
    metrics.close()


def endpoints(options: ServerOptions) -> tuple[Endpoint, ...]:
    """Where the options say to listen."""
    tcp = () if options.port < 0 else (Tcp(options.host, options.port),)
    return tcp if options.unix_socket is None else (*tcp, Unix(options.unix_socket))


def _heed_signals(stop: asyncio.Event, parent: int | None) -> None:
    """The handlers are Python's own, not the loop's: the second signal must end a process whose loop is held up."""
    loop = asyncio.get_running_loop()
    heard: list[int] = []

    def heed(number: int, frame: FrameType | None) -> None:
        if heard:
            os._exit(_INTERRUPTED)
        heard.append(number)
        loop.call_soon_threadsafe(drain)

    def drain() -> None:
        _log.info("draining; a second signal ends at once")
        stop.set()

    signal.signal(signal.SIGTERM, heed)
    if parent is None:
        signal.signal(signal.SIGINT, heed)
    else:
        # Ctrl-C reaches the whole process group: whoever is in charge decides what it means.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        loop.add_reader(parent, _parent_gone, loop, parent, stop)


def _parent_gone(loop: asyncio.AbstractEventLoop, parent: int, stop: asyncio.Event) -> None:
    loop.remove_reader(parent)
    stop.set()


async def _succeed(server: Server, listener: Listener, sockets: tuple[socket.socket, ...]) -> None:
    """Accepts once every model is available or has failed; the clients wait in the sockets' queues till then."""
    await server.manager.wait_ready(_SUCCESSION_S)
    for one in sockets:
        await listener.accept(one)


async def follow(server: Server) -> None:
    """Does what the wishes document says, after each change of it."""
    stamp = None
    while True:
        if stamp != (stamp := server.wishes.stamp()):
            server.manager.wish(server.wishes.read())
        await asyncio.sleep(_FOLLOW_INTERVAL_S)


async def _count(server: Server, listener: Listener, metrics: Metrics) -> None:
    open_now, accepted = metrics.gauge(CONNECTIONS), metrics.counter(CONNECTIONS_TOTAL)
    before = 0
    while True:
        statistics = listener.statistics()
        open_now.set(statistics.open)
        accepted.add(statistics.accepted - before)
        before = statistics.accepted
        server.dispatch.publish()
        await asyncio.sleep(_COUNT_INTERVAL_S)


async def _announce(server: Server, listener: Listener, options: ServerOptions, announce: Announce) -> None:
    readiness = await server.manager.wait_ready(_FIRST_LOOK_S)
    announce(Serving(listener.addresses, server.manager.describe(), readiness, options.workers))
