"""From options to objects: the only file that knows every room."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from salver.core.calls import State
from salver.core.servable import Evaluator, Servable
from salver.dispatch import Dispatch
from salver.formats.table import FormatOptions, Opened, open_model, recognises, share_threads
from salver.lifecycle.hosted import Change, ModelSpec, OnChange
from salver.lifecycle.loader import Loaded
from salver.lifecycle.manager import Manager
from salver.lifecycle.policies import keep_serving, save_memory
from salver.lifecycle.sources.folder import ModelPath, ModelsFolder
from salver.lifecycle.sources.layout import file_of
from salver.lifecycle.sources.settle import SettleCheck
from salver.lifecycle.versions import All, Latest, Specific, VersionPolicy
from salver.lifecycle.watch import Discovery
from salver.lifecycle.wishes_file import WishesFile
from salver.observe.catalogue import AVAILABLE, LOAD_SECONDS
from salver.observe.metrics import Metrics
from salver.options import LatestVersions, ModelOptions, ServerOptions
from salver.transports.exchange import Exchange
from salver.warmup import warm

_log: Final = logging.getLogger("salver")
_TRANSITIONS: Final = {"keep_serving": keep_serving, "save_memory": save_memory}


@dataclass(frozen=True, slots=True)
class Server:
    """The objects of one serving process, joined but not started."""

    manager: Manager
    wishes: WishesFile
    dispatch: Dispatch
    exchange: Exchange


def build(options: ServerOptions, wishes: WishesFile, metrics: Metrics) -> Server:
    """The server that these options describe. Nothing runs yet."""
    manager = Manager(
        {name: _spec(model) for name, model in options.models.items()},
        _Loading(options).loader,
        discovery=None if options.folder is None else _discovery(options.folder),
        options=options.lifecycle,
        on_change=_observer(metrics),
        keep=wishes.keep,
    )
    dispatch = Dispatch(manager, metrics)
    exchange = Exchange(dispatch, cors=options.cors, max_body_bytes=options.limits.max_body_bytes)
    return Server(manager, wishes, dispatch, exchange)


def _spec(model: ModelOptions) -> ModelSpec:
    source = ModelPath(
        model.path, recognises, _version_policy(model), SettleCheck(complete_marker=model.complete_marker)
    )
    return ModelSpec(source, model.labels, _TRANSITIONS[model.transition])


def _discovery(folder: str) -> Discovery:
    return Discovery(ModelsFolder(folder, recognises), lambda name, path: _spec(ModelOptions(path)))


def _version_policy(model: ModelOptions) -> VersionPolicy:
    wanted = model.versions
    if isinstance(wanted, LatestVersions):
        return Latest(wanted.latest)
    return All() if isinstance(wanted, str) else Specific(frozenset(wanted))


def _observer(metrics: Metrics) -> OnChange:
    def on_change(change: Change) -> None:
        labels = (change.model, str(change.instance.version))
        metrics.gauge(AVAILABLE, *labels).set(float(change.state is State.AVAILABLE))
        if change.state is State.AVAILABLE and change.load_s is not None:
            metrics.gauge(LOAD_SECONDS, *labels).set(change.load_s)
            _log.info("model %s version %s is available after %.0f ms", *labels, change.load_s * 1000)
        elif change.error:
            _log.warning("model %s version %s failed: %s", *labels, change.error)
        else:
            _log.debug("model %s version %s: %s", *labels, change.state.value)

    return on_change


class _Loading:
    """Makes loaders; they share the threads that load."""

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self._threads = ThreadPoolExecutor(options.lifecycle.load_parallelism, thread_name_prefix="salver-load")

    def loader(self, model: str, version: int, path: str) -> _Loader:
        return _Loader(self._options.models.get(model) or ModelOptions(path), path, self._open)

    async def _open(self, path: str, options: FormatOptions) -> Opened:
        """On a thread. Opening cannot be broken off: who is cancelled waits for it, and closes what came of it."""
        loop = asyncio.get_running_loop()
        opening = loop.run_in_executor(self._threads, self._open_now, path, options)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            with suppress(Exception):
                await _close((await opening).model)
            raise

    def _open_now(self, path: str, options: FormatOptions) -> Opened:
        share_threads(self._options.onnx_threads)
        return open_model(path, options)


async def _close(model: Evaluator | Servable) -> None:
    if isinstance(model, Servable):
        await model.aclose()
    else:
        model.close()


_Open: TypeAlias = Callable[[str, FormatOptions], Awaitable[Opened]]


class _Loader:
    """One try: opened on a thread, warmed up, then out of the garbage collector's way."""

    def __init__(self, options: ModelOptions, path: str, open_on_thread: _Open) -> None:
        self._options = options
        self._path = path
        self._open = open_on_thread

    async def load(self) -> Loaded:
        onnx = replace(self._options.onnx, shared_threads=True)
        opened = await self._open(self._path, FormatOptions(onnx, self._options.python))
        model = opened.model
        servable = model if isinstance(model, Servable) else self._options.offload(model)
        try:
            await warm(servable, Path(file_of(opened.path)).parent)
        except BaseException:
            await servable.aclose()
            raise
        gc.collect()
        gc.freeze()
        return Loaded(servable, opened.format)
