"""From options to objects: the only file that knows every room."""

from __future__ import annotations

import asyncio
import gc
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from salver.core.calls import State
from salver.core.servable import Evaluator, Servable
from salver.dispatch import Dispatch
from salver.formats.table import FormatOptions, Opened, open_model, recognises
from salver.layers.offload import Offload
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
        _Loaders(options).make,
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
        if change.state is State.END:
            _tidy()

    return on_change


def _tidy() -> None:
    """Frees what a version left behind, and takes what lives out of the garbage collector's way: requests make few
    cycles, and shall not pay for looking through every model. What is frozen is thawed first, or a version (a Python
    module is all cycles) would never go."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class _Loaders:
    """Makes the loaders of one server; they share its threads."""

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self._shared_threads = None if options.onnx_threads < 0 else options.onnx_threads
        self._threads = ThreadPoolExecutor(options.lifecycle.load_parallelism, thread_name_prefix="salver-load")

    def make(self, model: str, version: int, path: str) -> _Loader:
        options = self._options.models.get(model) or ModelOptions(path)
        onnx = replace(options.onnx, shared_threads=self._shared_threads)
        return _Loader(path, FormatOptions(onnx, options.python), options.offload, self._threads)


class _Loader:
    """One try: opened on a thread, warmed up, then out of the garbage collector's way."""

    def __init__(self, path: str, options: FormatOptions, offload: Offload, threads: ThreadPoolExecutor) -> None:
        self._path = path
        self._options = options
        self._offload = offload
        self._threads = threads

    async def load(self) -> Loaded:
        opened = await self._open()
        servable = opened.model if isinstance(opened.model, Servable) else self._offload(opened.model)
        try:
            await warm(servable, Path(file_of(opened.path)).parent)
        except BaseException:
            await servable.aclose()
            raise
        _tidy()
        return Loaded(servable, opened.format)

    async def _open(self) -> Opened:
        """On a thread. Opening cannot be broken off: who is cancelled waits for it, and closes what came of it."""
        opening = asyncio.get_running_loop().run_in_executor(self._threads, open_model, self._path, self._options)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            with suppress(Exception):
                await _close((await opening).model)
            raise


async def _close(model: Evaluator | Servable) -> None:
    if isinstance(model, Servable):
        await model.aclose()
    else:
        model.close()
