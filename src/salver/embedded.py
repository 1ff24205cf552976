"""The model inside the application: `salver.load(path).predict(...)`. No server, no event loop."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from salver.core.errors import BadInput, NotFound
from salver.core.frames import columns_of, frame_like, is_frame
from salver.core.servable import Request, Response, Servable
from salver.core.signature import Signature, select
from salver.core.tensor import Tensor, widen
from salver.formats.table import FormatOptions, Opened, open_model, recognises
from salver.layers.offload import Offload
from salver.lifecycle.sources.layout import layout


def load(target: str | os.PathLike[str], options: FormatOptions | None = None) -> Model:
    """A model, ready to predict.

    `target` is a model file, a folder of versions (the newest is taken), one version's folder, or
    `"app.py:predict"`. Raises NotFound or BadInput with the reason when there is no model to be had.
    """
    return Model(os.fspath(target), options or FormatOptions())


class Model:
    """One model in this process.

    Safe to use from many threads and after a fork (the child opens it anew on first use); pickled as its path,
    so the other side opens the same file. Close it, or use it in a `with` block, to give its memory back.
    """

    def __init__(self, target: str, options: FormatOptions) -> None:
        self._target = target
        self._options = options
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._closed = False
        self._open()
        _MODELS.add(self)

    @property
    def signatures(self) -> Mapping[str, Signature]:
        """What the model takes and gives, by signature name."""
        return self._open().signatures

    @property
    def format(self) -> str:
        """The format's name: onnx, python, ..."""
        return self._open().opened.format

    @property
    def path(self) -> str:
        """What was opened: the file, where a folder was named."""
        return self._open().opened.path

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the file says about itself: producer, version, whatever its format keeps."""
        metadata: Mapping[str, str] = getattr(self._open().opened.model, "metadata", {})
        return metadata

    def predict(self, inputs: Any, *, signature: str = "", outputs: tuple[str, ...] = ()) -> Any:
        """The model's outputs for these inputs.

        `inputs` is a dict of arrays (or nested lists) by input name; one array, for a model with one input; a
        list of rows, each a dict by input name or (one input) a list; or a pandas or polars frame, whose columns
        are the inputs (or, for a model with one input of rank 2, its columns in order).

        Returns a dict of NumPy arrays by output name; for a frame, a frame of the same kind. BF16 comes back as
        float32, BYTES as objects. Raises BadInput that names the input, the dtype and shape wanted and got.
        """
        running = self._running or self._open()
        return _answer(running.evaluate(_request(running.signatures, inputs, signature, outputs)), inputs)

    async def predict_async(self, inputs: Any, *, signature: str = "", outputs: tuple[str, ...] = ()) -> Any:
        """`predict` without holding up the event loop: what takes long runs on a thread."""
        running = self._running or self._open()
        return _answer(await running.servable(_request(running.signatures, inputs, signature, outputs)), inputs)

    def close(self) -> None:
        """Gives the model's memory back. Calls after it are refused."""
        with self._lock:
            self._closed = True
            running, self._running = self._running, None
        if running is not None:
            _run(running.servable.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return Model, (self._target, self._options)

    def __repr__(self) -> str:
        return f"<salver.Model {self._target!r}{' (closed)' if self._closed else ''}>"

    def _open(self) -> _Running:
        with self._lock:
            if self._closed:
                raise BadInput(f"the model {self._target!r} is closed")
            if self._running is None:
                self._running = _start(open_model(_newest(self._target), self._options))
            return self._running

    def _forget(self) -> None:
        """In a forked child: threads and pools of the parent are gone, so the model is opened anew on first use."""
        self._lock = threading.Lock()
        self._running = None


def _newest(target: str) -> str:
    """The path of the newest version in a folder of versions; any other target itself."""
    if not Path(target).is_dir():
        return target
    try:
        versions = layout(target, recognises).paths
    except OSError as error:
        raise NotFound(f"'{target}' cannot be read: {error.strerror}") from None
    return versions[max(versions)] if versions else target


class _Running:
    """An open model both ways: called, and awaited."""

    __slots__ = ("evaluate", "opened", "servable", "signatures")

    def __init__(self, opened: Opened, evaluate: Callable[[Request], Response], servable: Servable) -> None:
        self.opened = opened
        self.evaluate = evaluate
        self.servable = servable
        self.signatures = servable.signatures


def _start(opened: Opened) -> _Running:
    model = opened.model
    if isinstance(model, Servable):
        return _Running(opened, lambda request: _run(model(request)), model)
    return _Running(opened, model, Offload()(model))


def _request(
    signatures: Mapping[str, Signature], inputs: Any, signature_name: str, outputs: tuple[str, ...]
) -> Request:
    name, signature = select(signatures, signature_name)
    tensors = _tensors(inputs, signature)
    signature.check(tensors)
    if outputs:
        signature.check_outputs(outputs)
    return Request(tensors, name, outputs=outputs)


_MODELS: Final[weakref.WeakSet[Model]] = weakref.WeakSet()


def _forget_all() -> None:
    for model in list(_MODELS):
        model._forget()


os.register_at_fork(after_in_child=_forget_all)


def _tensors(inputs: Any, signature: Signature) -> dict[str, Tensor]:
    specs = signature.inputs
    if isinstance(inputs, Mapping):
        return {name: _tensor(name, value, signature) for name, value in inputs.items()}
    if is_frame(inputs):
        return {name: _tensor(name, value, signature) for name, value in columns_of(inputs, specs).items()}
    if isinstance(inputs, list) and inputs and isinstance(inputs[0], Mapping):
        return {name: _tensor(name, value, signature) for name, value in _columns(inputs).items()}
    if len(specs) != 1:
        raise BadInput(
            f"the model has {len(specs)} inputs, so wanted a dict of arrays with the names "
            f"{', '.join(map(repr, specs))}; got one {type(inputs).__name__}"
        )
    name = next(iter(specs))
    return {name: _tensor(name, inputs, signature)}


def _tensor(name: str, value: Any, signature: Signature) -> Tensor:
    spec = signature.inputs.get(name)
    if spec is None:
        raise BadInput(f"there is no input '{name}'; the inputs are {', '.join(map(repr, signature.inputs))}")
    try:
        return Tensor.of(value, spec.dtype)
    except BadInput as fault:
        raise BadInput(f"input '{name}': {fault.message}") from None


def _columns(rows: list[Any]) -> dict[str, list[Any]]:
    names = rows[0].keys()
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping) or row.keys() != names:
            got = sorted(row) if isinstance(row, Mapping) else type(row).__name__
            raise BadInput(f"row {index} has {got}, wanted the names of row 0: {sorted(names)}")
    return {name: [row[name] for row in rows] for name in names}


def _answer(response: Response, inputs: Any) -> Any:
    arrays: dict[str, np.ndarray[Any, Any]] = {
        name: widen(tensor.array) if tensor.dtype == "BF16" else tensor.array
        for name, tensor in response.tensors.items()
    }
    return frame_like(inputs, arrays) if is_frame(inputs) else arrays


def _run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The coroutine's result, from code that has no loop, or (on a thread of its own) from code that has."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()
