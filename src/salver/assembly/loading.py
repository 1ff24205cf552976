"""How a version is loaded: opened on a thread, warmed up, wrapped in the layers that its options ask for."""

from __future__ import annotations

import asyncio
import importlib
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from salver.assembly.batching_files import batch_in
from salver.assembly.tidy import Tidy, giving_way
from salver.core.errors import Fault
from salver.core.servable import Evaluator, Request, Response, Servable
from salver.formats.table import FormatOptions, Opened
from salver.graph.graph import Graph
from salver.layers.batch import Batched, Processed
from salver.layers.batch_slots import Slots
from salver.layers.sample import Sampled, Show
from salver.layers.timely import Timely
from salver.lifecycle.loader import Loaded
from salver.lifecycle.sources.layout import file_of, layout, models
from salver.observe.monitor import Monitor
from salver.opening.place import OpenOptions, module_for, open_at, recognises
from salver.options import ModelOptions, ServerOptions
from salver.protocols.tfserving.logs import encode_log
from salver.records.files import RotatingFiles
from salver.records.options import RecordOptions
from salver.records.recorder import Recorder
from salver.replay import replay
from salver.warmup import warm

Adopt: TypeAlias = Callable[[str, str], ModelOptions]
"""(name, path) -> the options of a model that has none of its own: found in the folder, or named by a reload."""
_LAST_RECORDS_S: Final = 5.0
_WRITTEN, _NO_ROOM = "OK", "RESOURCE_EXHAUSTED"
Layers: TypeAlias = Callable[[Servable, Path], Servable]
"""(servable, the version's folder) -> the same inside its layers."""


class Loaders:
    """Makes the loaders of one server; they share its threads, its slots for batches, and its recorders."""

    def __init__(
        self,
        options: ServerOptions,
        adopt: Adopt,
        tidy: Tidy,
        monitor: Monitor | None,
        state_dir: Path | None = None,
    ) -> None:
        self._options = options
        self._monitor = monitor
        self._state_dir = state_dir
        self._slots = Slots(options.batch_slots or os.cpu_count() or 1)
        self._recorders: dict[str, Recorder] = {}
        self._adopt = adopt
        self._tidy = tidy
        self._shared_threads = None if options.onnx_threads < 0 else options.onnx_threads
        self._threads = ThreadPoolExecutor(options.lifecycle.load_parallelism, thread_name_prefix="salver-load")

    def make(self, model: str, version: int, path: str) -> _Loader:
        options = self._options.models.get(model) or self._adopt(model, path)
        layers = self._layers(model, version, options)
        opening = OpenOptions(self._formats(options), options.graph, self._state_dir)
        return _Loader(model, path, options, opening, self._threads, self._tidy, layers, self._monitor)

    def import_runtimes(self) -> None:
        """Imports what the models that are there now are computed by, and blocks meanwhile: done before the ports open,
        since nobody waits for an answer then. What cannot be imported, or read, is refused when it is loaded."""
        for path, formats in self._newest():
            with suppress(Exception):
                _import(path, formats, self._tidy)

    def _newest(self) -> Iterator[tuple[str, FormatOptions]]:
        """The newest version of each model."""
        configured = dict(self._options.models)
        if self._options.folder is not None:
            with suppress(OSError, Fault):
                found = models(self._options.folder, recognises)
                configured |= {name: self._adopt(name, path) for name, path in found.items() if name not in configured}
        for options in configured.values():
            with suppress(OSError, Fault):
                versions = layout(options.path, recognises).paths
                if versions:
                    yield versions[max(versions)], self._formats(options)

    def _formats(self, options: ModelOptions) -> FormatOptions:
        onnx = replace(options.onnx, shared_threads=self._shared_threads)
        return FormatOptions(
            onnx=onnx,
            python=options.python,
            pmml=options.pmml,
            pfa=options.pfa,
            tensorflow=options.tensorflow,
            graphdef=options.graphdef,
            tflite=options.tflite,
            assumed=options.assumed_format,
        )

    def close(self) -> None:
        """Writes what is still to be recorded; takes some seconds at most."""
        for recorder in self._recorders.values():
            recorder.close(_LAST_RECORDS_S)

    def _layers(self, model: str, version: int, options: ModelOptions) -> Layers:
        """What a loaded version is wrapped in: the layer named last sees a request first."""

        def wrap(servable: Servable, folder: Path) -> Servable:
            batch = batch_in(folder) if options.batch_by_version else options.batch
            if batch is not None:
                servable = Batched(servable, batch, self._slots, self._count_batch)
            record = options.record
            if record is not None:
                servable = Sampled(servable, record.sampling_rate, self._show(model, version, servable, record))
            return servable

        return wrap

    def _count_batch(self, batch: Processed) -> None:
        if self._monitor is not None:
            self._monitor.batched(self._options.batch_pool, batch.rows, batch.size, batch.waits_s)

    def _show(self, model: str, version: int, servable: Servable, options: RecordOptions) -> Show:
        recorder = self._recorders.get(options.prefix)
        if recorder is None:
            files = RotatingFiles(options.prefix, options.rotation)
            recorder = self._recorders[options.prefix] = Recorder(files, options.max_queued)
        signatures, rate, put, monitor = servable.signatures, options.sampling_rate, recorder.put, self._monitor

        def show(request: Request, response: Response) -> None:
            room = put(partial(encode_log, model, version, rate, signatures[request.signature], request, response))
            if monitor is not None:
                monitor.recorded(model, status=_WRITTEN if room else _NO_ROOM)

        return show


class _Loader:
    """One try: opened on a thread, warmed up, then wrapped in its layers."""

    def __init__(
        self,
        model: str,
        path: str,
        options: ModelOptions,
        opening: OpenOptions,
        threads: ThreadPoolExecutor,
        tidy: Tidy,
        layers: Layers,
        monitor: Monitor | None,
    ) -> None:
        self._model = model
        self._path = path
        self._options = options
        self._opening = opening
        self._threads = threads
        self._tidy = tidy
        self._layers = layers
        self._monitor = monitor

    async def load(self) -> Loaded:
        with giving_way():
            return await self._load()

    async def _load(self) -> Loaded:
        opened = await self._open()
        servable = self._answering(opened.model)
        try:
            folder = _folder(opened.path)
            await self._replay(servable, folder)
            await warm(servable, folder)
            servable = self._layers(servable, folder)
        except BaseException:
            await servable.aclose()
            raise
        graph = opened.model if isinstance(opened.model, Graph) else None
        return Loaded(servable, opened.format, opened.native, graph)

    def _answering(self, model: Evaluator | Servable) -> Servable:
        if isinstance(model, Graph):
            return model  # keeps deadlines by itself
        return Timely(model) if isinstance(model, Servable) else self._options.offload(model)

    async def _replay(self, servable: Servable, folder: Path) -> None:
        began_s = time.perf_counter()
        count = await replay(servable, folder, self._options.replay)
        if count and self._monitor is not None:
            self._monitor.warmed(str(folder), count, time.perf_counter() - began_s)

    async def _open(self) -> Opened:
        """On a thread. Opening cannot be broken off: who is cancelled waits for it, and closes what came of it."""
        opening = asyncio.get_running_loop().run_in_executor(self._threads, self._open_now)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            with suppress(Exception):
                await _close((await opening).model)
            raise

    def _open_now(self) -> Opened:
        # One that cannot be imported is refused with the reason when the model is opened.
        with suppress(ImportError):
            _import(self._path, self._opening.formats, self._tidy)
        return open_at(self._path, self._opening, self._model)


def _import(path: str, formats: FormatOptions, tidy: Tidy) -> None:
    """What computes the model at a path, unless it is there already. Raises as `open_at` does, or ImportError."""
    module = module_for(path, formats)
    if module:
        with tidy.importing():
            importlib.import_module(module)


async def _close(model: Evaluator | Servable) -> None:
    if isinstance(model, Servable):
        await model.aclose()
    else:
        await asyncio.to_thread(model.close)


def _folder(path: str) -> Path:
    """The version's folder: what was opened may be the folder itself, or a file in it."""
    watched = Path(file_of(path))
    return watched if watched.is_dir() else watched.parent
