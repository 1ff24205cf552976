"""One serving process: start, serve, drain, stop. Every task has a parent here."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

import uvloop

from salver.assembly.loading import Adopt
from salver.assembly.specs import ANY_PLATFORM, Platforms
from salver.build import Server, bare, build
from salver.core.calls import ModelsDescription, Readiness
from salver.core.errors import Fault
from salver.lifecycle.wishes_file import WishesFile
from salver.observe.catalogue import CONNECTIONS, CONNECTIONS_TOTAL
from salver.observe.metrics import Metrics
from salver.options import ServerOptions
from salver.transports.endpoints import Bound, Endpoint, Tcp, Unix
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


async def _nothing(server: Server) -> None:
    """What a hook does that nobody has set."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a kind of server does at moments of its own."""

    before_ports: Callable[[Server], Awaitable[None]] | None = None
    """Awaited, with the models loading, before the ports are opened; without it they are open at once. A Fault it
    raises ends the server."""
    opened: Callable[[], None] = lambda: None
    """Called when the ports are open."""
    beside: Callable[[Server], Coroutine[Any, Any, None]] = _nothing
    """Runs from the opening of the ports till the server stops, which cancels it."""
    adopt: Adopt = bare
    platforms: Platforms = ANY_PLATFORM
    """Both as `build` takes them."""
    endpoints: tuple[Endpoint, ...] | None = None
    """Where to listen, in place of what the options say."""


def run(
    options: ServerOptions,
    state_dir: Path,
    announce: Announce,
    *,
    metrics_dir: Path | None = None,
    sockets: tuple[Bound, ...] = (),
    parent: int | None = None,
    successor: bool = False,
    hooks: Hooks = Hooks(),
) -> None:
    """Serves until SIGTERM or SIGINT, then drains; a second signal ends the process at once.

    `sockets` are bound ones to listen on in place of the options' own, `parent` a file descriptor whose end of
    file means that the process in charge is gone. A successor takes over sockets that have clients already: it
    accepts them when its models are there. Raises BadInput when a port cannot be had, and what a hook raises.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(options, state_dir, announce, Metrics(metrics_dir), sockets, parent, successor, hooks))


def end_soon(status: int = 0) -> None:
    """Ends this process within a second with this status, for one that has drained or failed to start: Python itself
    would wait for every thread, and so for ever for a model that never answers."""
    timer = threading.Timer(_LAST_BREATH_S, os._exit, (status,))
    timer.daemon = True
    timer.start()


async def _serve(
    options: ServerOptions,
    state_dir: Path,
    announce: Announce,
    metrics: Metrics,
    sockets: tuple[Bound, ...],
    parent: int | None,
    successor: bool,
    hooks: Hooks,
) -> None:
    stop = asyncio.Event()
    _heed_signals(stop, parent)
    server = build(options, WishesFile(state_dir / "wishes.json"), metrics, hooks.adopt, hooks.platforms)
    server.manager.wish(server.wishes.read())
    server.loaders.import_runtimes()
    where = () if successor else sockets or hooks.endpoints or endpoints(options)
    listener = None if hooks.before_ports else await _listen(server, where, options)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.manager.run())
            beside = [tasks.create_task(follow(server))]
            if hooks.before_ports and await _may_open(hooks.before_ports(server), stop):
                listener = await _listen(server, where, options)
            if listener is not None:
                hooks.opened()
                beside += [
                    tasks.create_task(_count(server, listener, metrics)),
                    tasks.create_task(_announce(server, listener, options, announce, sockets if successor else ())),
                    tasks.create_task(hooks.beside(server)),
                ]
            await stop.wait()
            await _stop(server, listener, beside, options)
    except BaseExceptionGroup as group:
        raise _fault_in(group) from None
    server.dispatch.publish()
    metrics.close()


async def _may_open(waiting: Awaitable[None], stop: asyncio.Event) -> bool:
    """Whether the ports may be opened: once the hook returns, unless the server is told to stop before."""
    hook, stopped = asyncio.ensure_future(waiting), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((hook, stopped), return_when=asyncio.FIRST_COMPLETED)
        if hook.done():
            hook.result()
        return hook.done()
    finally:
        hook.cancel()
        stopped.cancel()


async def _stop(
    server: Server, listener: Listener | None, beside: list[asyncio.Task[None]], options: ServerOptions
) -> None:
    server.dispatch.stop()
    cut = 0 if listener is None else await listener.drain(options.drain_timeout_s)
    if cut:
        _log.warning("%d connections were cut: not done within %g s", cut, options.drain_timeout_s)
    for task in beside:
        task.cancel()
    await server.manager.aclose()
    await asyncio.to_thread(server.loaders.close)


def _fault_in(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one Fault that ended the tasks, or all there is when it was not that."""
    faults, others = group.split(Fault)
    found: BaseException = group if faults is None or others is not None else faults
    while isinstance(found, BaseExceptionGroup) and found is not group:
        found = found.exceptions[0]
    return found


async def _listen(server: Server, where: tuple[Endpoint, ...], options: ServerOptions) -> Listener:
    return await listen(server.exchange, *where, limits=options.limits, http2_limits=options.http2, grpc=server.grpc)


def endpoints(options: ServerOptions) -> tuple[Endpoint, ...]:
    """Where the options say to listen."""
    places: list[Endpoint] = []
    if options.port >= 0:
        places.append(Tcp(options.host, options.port, tls=options.tls))
    if options.unix_socket is not None:
        places.append(Unix(options.unix_socket))
    for place in options.listen:
        if place.unix_socket is not None:
            places.append(Unix(place.unix_socket, tls=place.tls))
        elif place.port is not None:
            places.append(Tcp(place.host, place.port, tls=place.tls))
    return tuple(places)


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


async def _announce(
    server: Server, listener: Listener, options: ServerOptions, announce: Announce, inherited: tuple[Bound, ...]
) -> None:
    """Tells once every model is available or has failed. Only then are inherited sockets accepted on: their clients
    wait in the sockets' queues till then."""
    readiness = await server.manager.wait_ready(_SUCCESSION_S if inherited else _FIRST_LOOK_S)
    for bound in inherited:
        await listener.accept(bound)
    announce(Serving(listener.addresses, server.manager.describe(), readiness, options.workers))
