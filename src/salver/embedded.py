"""The model inside the application: `salver.load(path).predict(...)`. No server, no event loop."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self, TypeAlias

import numpy as np

from salver.core.errors import BadInput
from salver.core.frames import columns_of, frame_like, is_frame, loose_columns
from salver.core.graphlike import Graphlike
from salver.core.lesson import Lesson
from salver.core.loop_thread import LoopThread
from salver.core.servable import Request, Response, Servable
from salver.core.signature import ERROR, Signature, select
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.formats.python_module import names_python
from salver.formats.table import FormatOptions, Opened
from salver.layers.offload import Offload
from salver.lifecycle.sources.layout import file_of
from salver.opening.place import OpenOptions, newest, open_at

OfValues: TypeAlias = Callable[[Any], dict[str, Any]]
"""What models have that judge each row by itself: a dict of values (one row) -> a dict of values; a list of such dicts,
or a dict of columns -> a dict of NumPy arrays. Raises BadInput for a name that is no input."""


def load(target: str | os.PathLike[str], options: FormatOptions | None = None) -> Model:
    """A model, ready to predict.

    `target` is a model file, a folder of versions (the newest is taken), one version's folder, or
    `"app.py:predict"`. Raises NotFound or BadInput with the reason when there is no model to be had.
    """
    return Model(os.fspath(target), options or FormatOptions())


class Model:
    """One model in this process.

    Safe to use from many threads and after a fork (the child opens it anew on first use); pickled as its absolute
    path, so the other side opens the same place. Close it, or use it in a `with` block, to give its memory back.
    """

    def __init__(self, target: str, options: FormatOptions) -> None:
        self._target = _absolute(target)
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

    def predict(
        self,
        inputs: Any,
        *,
        signature: str = "",
        outputs: tuple[str, ...] = (),
        id: str = "",  # noqa: A002 - what protocols call it
        trail: Trail | None = None,
    ) -> Any:
        """The model's outputs for these inputs.

        `inputs` is a dict of arrays (or nested lists) by input name; one array, for a model with one input; a
        list of rows, each a dict by input name or (one input) a list; or a pandas or polars frame, whose columns
        are the inputs (or, for a model with one input of rank 2, its columns in order).

        Returns a dict of NumPy arrays by output name; for a frame, a frame of the same kind where each output has a
        row for each of its rows. BF16 comes back as float32, BYTES as objects. `outputs` names the outputs wanted,
        all when empty. Raises BadInput that names the input, the dtype and shape wanted and got.

        A model that judges each row by itself (PMML) takes values of any kind, missing ones too, and rows with
        different names. A dict of single values is one row; its answer is a dict of Python values. A row that is
        refused is answered by missing values, and the reason in `_error`, which is there only when one is.

        A model that is an async function runs on a loop of its own, on another thread: a loop that calls this waits.

        A graph writes on `trail` which way the request took, and can be given `feedback` on the answer by its `id`.
        """
        running = self._running or self._open()
        if running.of_values is not None:
            if type(inputs) is dict and not (signature or outputs):
                return running.of_values(inputs)
            values = _values(inputs, _checked(running.signatures, signature, outputs))
            return _of_values(running.of_values(values), inputs, outputs)
        request = _request(running.signatures, inputs, signature, outputs)
        request.id, request.trail = id, trail
        return _answer(running.evaluate(request), inputs)

    async def predict_async(
        self,
        inputs: Any,
        *,
        signature: str = "",
        outputs: tuple[str, ...] = (),
        id: str = "",  # noqa: A002 - what protocols call it
        trail: Trail | None = None,
    ) -> Any:
        """`predict` without holding up the event loop: what takes long runs on a thread."""
        running = self._running or self._open()
        if running.of_values is not None:
            values = _values(inputs, _checked(running.signatures, signature, outputs))
            return _of_values(await running.of_values_async(values), inputs, outputs)
        request = _request(running.signatures, inputs, signature, outputs)
        request.id, request.trail = id, trail
        return _answer(await running.servable(request), inputs)

    def feedback(
        self,
        reward: float | None = None,
        *,
        id: str = "",  # noqa: A002 - what protocols call it
        routing: Mapping[str, int] | None = None,
        truth: Any = None,
    ) -> None:
        """Tells a graph how good an answer was: a `reward`, or the `truth` that it should have been, or both.

        Which answer is said by the `id` that its request had, or by the `routing` of its trail. Raises BadInput for a
        model that is no graph, for an answer that is not known, for what cannot be learnt from.
        """
        running = self._running or self._open()
        right = None if truth is None else {"data": Tensor.of(truth)}
        running.run(self._graph(running).learn(Lesson(reward, id, truth=right, routing=routing or {})))

    def learnt(self) -> Mapping[str, Mapping[str, Any]]:
        """What the nodes of a graph have learnt from feedback, by node name. Raises BadInput for any other model."""
        running = self._running or self._open()
        known: Mapping[str, Mapping[str, Any]] = running.run(self._graph(running).learnt())
        return known

    def close(self) -> None:
        """Gives the model's memory back. Calls after it are refused."""
        with self._lock:
            self._closed = True
            running, self._running = self._running, None
        if running is not None:
            running.close()

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

    def _graph(self, running: _Running) -> Graphlike:
        graph = running.opened.model
        if not isinstance(graph, Graphlike):
            raise BadInput(f"the model {self._target!r} is no graph: it learns nothing from feedback")
        return graph

    def _open(self) -> _Running:
        with self._lock:
            if self._closed:
                raise BadInput(f"the model {self._target!r} is closed")
            if self._running is None:
                self._running = _Running(open_at(newest(self._target), OpenOptions(self._options)))
            return self._running

    def _forget(self) -> None:
        """In a forked child: threads and pools of the parent are gone, so the model is opened anew on first use."""
        self._lock = threading.Lock()
        if self._running is not None:
            # Never ended here: that would wait for threads that only the parent has.
            _ABANDONED.append(self._running)
            self._running.abandon()
        self._running = None


def opened_of(model: Model) -> Opened:
    """What a model has opened: for tools that look inside."""
    return model._open().opened


def _absolute(target: str) -> str:
    """The same place, whatever becomes the working directory. A module's name stays as it is."""
    if names_python(target) and not file_of(target).endswith(".py"):
        return target
    return str(Path(target).absolute())


class _Running:
    """An open model both ways: called, and awaited."""

    __slots__ = ("_loop", "_plain", "evaluate", "of_values", "opened", "run", "servable", "signatures")

    def __init__(self, opened: Opened) -> None:
        model = opened.model
        self.opened = opened
        self.evaluate: Callable[[Request], Response]
        self.servable: Servable
        self.of_values: OfValues | None = getattr(model, "of_values", None)
        self._plain = None if self.of_values is None else Offload()(_Plain(self.of_values))
        self._loop: LoopThread | None = None
        if isinstance(model, Servable):
            self.servable = model
            self._loop = loop = LoopThread()
            self.run: Callable[[Coroutine[Any, Any, Any]], Any] = loop.run
            self.evaluate = lambda request: loop.run(_awaited(model, request))
        else:
            self.servable = Offload()(model)
            self.evaluate = model
        self.signatures = self.servable.signatures

    def close(self) -> None:
        loop = self._loop or LoopThread()
        loop.run(self._aclose())
        loop.close()

    def abandon(self) -> None:
        if self._loop is not None:
            self._loop.abandon()

    async def of_values_async(self, values: Any) -> Any:
        """`of_values`, where it holds up nobody."""
        assert self._plain is not None  # noqa: S101 - the caller has looked
        size = Tensor("JSON", np.broadcast_to(np.empty((), object), (_cells(values),)))
        request = Request({"values": size}, params={"values": values})
        return (await self._plain(request)).params["answer"]

    async def _aclose(self) -> None:
        if self._plain is not None:
            await self._plain.aclose()
        await self.servable.aclose()


class _Plain:
    """`of_values` as an evaluator, so that it too is run where it holds up nobody. Values come and go as params."""

    signatures: Mapping[str, Signature] = MappingProxyType({})
    may_wait = False

    def __init__(self, of_values: OfValues) -> None:
        self._of_values = of_values

    def __call__(self, request: Request) -> Response:
        return Response({}, {"answer": self._of_values(request.params["values"])})

    def close(self) -> None:
        """The model behind it closes by itself."""


async def _awaited(model: Servable, request: Request) -> Response:
    return await model(request)


def _checked(signatures: Mapping[str, Signature], signature_name: str, outputs: tuple[str, ...]) -> Signature:
    _, signature = select(signatures, signature_name)
    signature.check_outputs(outputs)
    return signature


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
_ABANDONED: Final[list[_Running]] = []
"""What a forked child has from its parent and must not end."""


def _forget_all() -> None:
    for model in list(_MODELS):
        model._forget()


os.register_at_fork(after_in_child=_forget_all)


# Models that judge each row by itself: values go in and come out as they are.


def _values(inputs: Any, signature: Signature) -> Any:
    """Inputs as `of_values` takes them: a dict of values or columns, or a list of dicts."""
    if isinstance(inputs, Mapping) or (isinstance(inputs, list) and inputs and isinstance(inputs[0], Mapping)):
        return inputs
    if is_frame(inputs):
        return loose_columns(inputs, signature.inputs)
    if signature.sole is None:
        raise _several(inputs, signature)
    return {signature.sole[0]: inputs}


def _of_values(answer: dict[str, Any], inputs: Any, outputs: tuple[str, ...]) -> Any:
    if {*outputs} - {ERROR}:
        answer = {name: value for name, value in answer.items() if name in outputs or name == ERROR}
    return frame_like(inputs, answer) if is_frame(inputs) else answer


def _cells(values: Any) -> int:
    """How many values there are, more or less."""
    first = next(iter(values.values() if isinstance(values, Mapping) else values), None)
    return len(values) * (len(first) if isinstance(first, (list, np.ndarray, Mapping)) else 1)


def _tensors(inputs: Any, signature: Signature) -> dict[str, Tensor]:
    specs = signature.inputs
    if type(inputs) is dict or isinstance(inputs, Mapping):
        return {name: _tensor(name, value, signature) for name, value in inputs.items()}
    if is_frame(inputs):
        columns = columns_of(inputs, specs, signature.defaults)
        return {name: _tensor(name, value, signature) for name, value in columns.items()}
    if isinstance(inputs, list) and inputs and isinstance(inputs[0], Mapping):
        return {name: _tensor(name, value, signature) for name, value in _columns(inputs).items()}
    if len(specs) != 1:
        raise _several(inputs, signature)
    name = next(iter(specs))
    return {name: _tensor(name, inputs, signature)}


def _several(inputs: Any, signature: Signature) -> BadInput:
    names = signature.inputs
    return BadInput(
        f"the model has {len(names)} inputs, so wanted a dict of arrays with the names "
        f"{', '.join(map(repr, names))}; got one {type(inputs).__name__}"
    )


def _tensor(name: str, value: Any, signature: Signature) -> Tensor:
    if signature.open:
        return Tensor.of(value)
    spec = signature.inputs.get(name)
    if spec is None:
        raise BadInput(f"there is no input '{name}'; the inputs are {', '.join(map(repr, signature.inputs))}")
    if spec.dtype == "JSON" and not isinstance(value, (list, tuple, np.ndarray)):
        raise BadInput(f"input '{name}' is JSON: wanted a list with a value for each row, got {type(value).__name__}")
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
    arrays: dict[str, np.ndarray[Any, Any]] = {name: tensor.values for name, tensor in response.tensors.items()}
    return frame_like(inputs, arrays) if is_frame(inputs) else arrays
