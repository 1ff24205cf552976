"""Several processes on the same ports: starts them, keeps them running, stops them. Serves nothing itself.

Each worker has a socket of its own on each shared port, made and kept here: when a worker dies, the connections
that wait in its queue are taken up by the one that follows.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType
from typing import Final

from salver.core.errors import Fault, Internal
from salver.options import ServerOptions
from salver.server import Serving, end_soon, endpoints, run
from salver.transports.endpoints import Bound, Tcp, bind
from salver.transports.tls import context_of

_log: Final = logging.getLogger("salver")
_SPAWN: Final = multiprocessing.get_context("spawn")
_PATIENCE: Final = 3
"""How often in a row a worker may die before it was ever ready."""
_RESTART_INTERVAL_S: Final = 1.0


@dataclass(slots=True)
class _Worker:
    number: int
    sockets: tuple[Bound, ...]
    process: SpawnProcess
    pipe: Connection
    ready: bool = False
    deaths: int = 0


def run_workers(
    options: ServerOptions,
    state_dir: Path,
    metrics_dir: Path,
    log_level: int,
    render: Callable[[Serving], str],
    announce: Callable[[str], None],
) -> None:
    """Serves with `options.workers` processes until SIGTERM or SIGINT; a second signal kills them.

    `render` (a function that can be pickled) makes the banner, `announce` gets it once all are ready.
    Raises BadInput when the port cannot be had, Internal when the workers cannot be kept alive, KeyboardInterrupt
    when they had to be killed.
    """
    stopping = _Stopping()
    # The handlers only note the signal; the loop below wakes up by itself.
    signal.signal(signal.SIGTERM, stopping.note)
    signal.signal(signal.SIGINT, stopping.note)

    def begin(number: int, sockets: tuple[Bound, ...], deaths: int = 0, successor: bool = False) -> _Worker:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(
            target=_work,
            args=(options, state_dir, metrics_dir, render, log_level, sockets, theirs, successor),
            name=f"salver-worker-{number}",
        )
        process.start()
        theirs.close()
        return _Worker(number, sockets, process, ours, deaths=deaths)

    workers = [begin(number, sockets) for number, sockets in enumerate(_sockets(options))]
    announced = False
    try:
        while not stopping.signals:
            wait([*(w.process.sentinel for w in workers), *(w.pipe for w in workers if not w.ready)], timeout=0.5)
            texts = [_heard(worker) for worker in workers]
            if not announced and all(worker.ready for worker in workers):
                announce(next(filter(None, texts), ""))
                announced = True
            for index, worker in enumerate(workers):
                if not worker.process.is_alive() and not stopping.signals:
                    workers[index] = _replace(worker, begin)
    finally:
        _stop(workers, stopping)


class _Stopping:
    """How often we were told to stop."""

    def __init__(self) -> None:
        self.signals = 0

    def note(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1


def _sockets(options: ServerOptions) -> list[tuple[Bound, ...]]:
    """One set for each worker: TCP sockets of its own on the same ports, and the Unix sockets they share."""
    sets: list[list[Bound]] = [[] for _ in range(options.workers)]
    for endpoint in endpoints(options):
        if not isinstance(endpoint, Bound) and endpoint.tls is not None:
            context_of(endpoint.tls)  # refused here, once, rather than by each worker
        if isinstance(endpoint, Tcp):
            _share(endpoint, sets)
        else:
            shared = bind(endpoint)
            for one in sets:
                one += shared
    return [tuple(one) for one in sets]


def _share(endpoint: Tcp, sets: list[list[Bound]]) -> None:
    """Adds a socket on the same port to each set."""
    if endpoint.port > 0:
        # Two servers that both share a port would share each other's requests: it must be free first.
        for probe in bind(endpoint):
            probe.close()
    port = endpoint.port
    for one in sets:
        own = bind(replace(endpoint, port=port, reuse_port=True))
        port = own[0].sock.getsockname()[1]
        one += own


def _heard(worker: _Worker) -> str:
    """The banner that a worker sends when it is ready."""
    try:
        if not worker.ready and worker.pipe.poll():
            text: str = worker.pipe.recv()
            worker.ready = True
            worker.deaths = 0
            return text
    except (EOFError, OSError):
        pass
    return ""


def _replace(worker: _Worker, begin: Callable[..., _Worker]) -> _Worker:
    code = worker.process.exitcode
    if worker.deaths + 1 >= _PATIENCE and not worker.ready:
        raise Internal(f"worker {worker.number} died {_PATIENCE} times before it was ready (exit status {code})")
    _log.warning("worker %d died (exit status %s); another takes its place", worker.number, code)
    worker.pipe.close()
    time.sleep(_RESTART_INTERVAL_S if worker.deaths else 0.0)
    return begin(worker.number, worker.sockets, worker.deaths + 1, successor=worker.ready)


def _stop(workers: list[_Worker], stopping: _Stopping) -> None:
    """Tells each worker to drain and waits for it; one more signal kills what is left, and is a KeyboardInterrupt."""
    told = stopping.signals
    for worker in workers:
        worker.process.terminate()
        # Ours too, or the kernel would go on taking connections that nobody will ever answer.
        for bound in worker.sockets:
            bound.close()
    killed = False
    while alive := [worker.process for worker in workers if worker.process.is_alive()]:
        if stopping.signals > told:
            killed = True
            for process in alive:
                process.kill()
        wait([process.sentinel for process in alive], timeout=0.2)
    if killed:
        raise KeyboardInterrupt


def _work(
    options: ServerOptions,
    state_dir: Path,
    metrics_dir: Path,
    render: Callable[[Serving], str],
    log_level: int,
    sockets: tuple[Bound, ...],
    pipe: Connection,
    successor: bool,
) -> None:
    logging.basicConfig(level=log_level, format=f"%(asctime)s %(levelname)s [{os.getpid()}] %(message)s")

    def announce(serving: Serving) -> None:
        with suppress(OSError):  # whoever wanted to know is gone, and the pipe will tell us so
            pipe.send(render(serving))

    try:
        run(
            options,
            state_dir,
            announce,
            metrics_dir=metrics_dir,
            sockets=sockets,
            parent=pipe.fileno(),
            successor=successor,
        )
        end_soon()
    except Fault as fault:
        _log.error("%s", fault.message)
        sys.exit(1)
