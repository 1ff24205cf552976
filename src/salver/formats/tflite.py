"""TensorFlow Lite models through LiteRT: the only file that imports it, so import this one late. No TensorFlow.

An interpreter serves one call at a time, and inputs of one shape; another shape costs it about 15 us. So a model
has several, and each call takes one that is ready for its shapes, if there is one.
"""

from __future__ import annotations

import math
import mmap
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from salver.core.errors import BadInput, Unsupported
from salver.core.servable import Request, Response
from salver.core.signature import Signature, select
from salver.core.tensor import Tensor
from salver.formats.protobuf_wire import string_map
from salver.formats.tflite_metadata import signature_defs
from salver.formats.tflite_options import TfliteOptions
from salver.formats.tflite_signatures import Entry, Port, Side, entries, nameless, told

SIGNATURE_DEFS: Final = "tensorflow.serving.SignatureDefMap"
"""The message that says the signatures of the file's metadata in its own words, and its key in `native`."""

Shapes: TypeAlias = tuple[tuple[int, ...], ...]
_Key: TypeAlias = tuple[int, Shapes]

_MAX_SIZE: Final = 2**31 - 1
_FRESH: Final[_Key] = (-1, ())
"""The key of an interpreter that is ready for no shapes in particular."""
_UNRESOLVED: Final = re.compile(r"unresolved custom op: (\w+)|(Select TensorFlow op\(s\))")
_SOURCE: Final = re.compile(r"\S+\.(?:cc|h):\d+ ")


class TfliteEvaluator:
    """A model and its interpreters. Thread-safe: each call has an interpreter to itself.

    Axis 0 of any input may have any size, whatever the file says: requests with several rows work where the model's
    operations allow it. The other axes are as the file says.
    """

    may_wait = False

    def __init__(self, path: str, options: TfliteOptions) -> None:
        first = _Machine(path, options)
        definitions = _definitions(path)
        self._entries = entries(first.sides(definitions), path)
        self.signatures: Mapping[str, Signature] = MappingProxyType(
            {name: entry.signature for name, entry in self._entries.items()}
        )
        self.native: Mapping[str, bytes] = MappingProxyType(
            {SIGNATURE_DEFS: string_map(1, definitions)} if definitions else {}
        )
        self._machines = _Machines(first, path, options)

    def __call__(self, request: Request) -> Response:
        entry = self._entries.get(request.signature) or self._entries[select(self.signatures, request.signature)[0]]
        tensors = request.tensors
        arrays = [_shaped(tensors[name].array, port.declared) for name, port in entry.inputs.items()]
        shapes = tuple([array.shape for array in arrays])
        machine = self._machines.take((entry.subgraph, shapes))
        try:
            response = Response(machine.run(entry, arrays, shapes, request.outputs))
        except BaseException:
            self._machines.lose()
            raise
        self._machines.give((entry.subgraph, shapes), machine)
        return response

    def close(self) -> None:
        """Drops the interpreters; their memory is free once no call is running."""
        self._machines.close()


class _Machines:
    """Interpreters of one model, by what they are ready for. There are more than the limit only while more calls than
    that are running."""

    def __init__(self, first: _Machine, path: str, options: TfliteOptions) -> None:
        self._path = path
        self._options = options
        self._lock = threading.Lock()
        self._free: dict[_Key, list[_Machine]] = {_FRESH: [first]}
        self._count = 1

    def take(self, key: _Key) -> _Machine:
        """One that is ready; else a fresh one; else a new one, as long as there are few; else any."""
        with self._lock:
            for candidate in (key, _FRESH):
                if candidate in self._free:
                    return self._pop(candidate)
            if self._count >= self._options.interpreters and self._free:
                return self._pop(next(iter(self._free)))
            self._count += 1
        try:
            return _Machine(self._path, self._options)
        except BaseException:
            self.lose()
            raise

    def give(self, key: _Key, machine: _Machine) -> None:
        """Back after a call, ready for `key`."""
        with self._lock:
            if self._count > self._options.interpreters:
                self._count -= 1
            else:
                self._free.setdefault(key, []).append(machine)

    def lose(self) -> None:
        """One that failed does not come back: nobody knows what state it is in."""
        with self._lock:
            self._count -= 1

    def close(self) -> None:
        with self._lock:
            self._free.clear()

    def _pop(self, key: _Key) -> _Machine:
        ready = self._free[key]
        machine = ready.pop()
        if not ready:
            del self._free[key]
        return machine


class _Machine:
    """One interpreter. Not thread-safe."""

    __slots__ = ("_interpreter", "_native", "_ready")

    def __init__(self, path: str, options: TfliteOptions) -> None:
        try:
            self._interpreter = Interpreter(model_path=path, num_threads=options.threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError, OSError) as error:
            raise _load_fault(error, path) from error
        # Without the methods around it, which check at each call that nobody holds on to its memory; nobody does.
        self._native = self._interpreter._interpreter
        self._ready: dict[int, Shapes] = {}

    def sides(self, definitions: Mapping[str, bytes]) -> Mapping[str, Side]:
        """The signatures, from where the file keeps them."""
        interpreter = self._interpreter
        if definitions:
            return told(definitions, interpreter.get_input_details(), interpreter.get_output_details())
        listed = interpreter.get_signature_list()
        if listed:
            return {name: self._listed(name) for name in listed}
        return nameless(interpreter.get_input_details(), interpreter.get_output_details())

    def run(self, entry: Entry, arrays: list[Any], shapes: Shapes, wanted: tuple[str, ...]) -> dict[str, Tensor]:
        native, subgraph = self._native, entry.subgraph
        if self._ready.get(subgraph) != shapes:
            self._make_ready(entry, shapes)
        try:
            for port, array in zip(entry.inputs.values(), arrays, strict=True):
                native.SetTensor(port.index, array, subgraph)
            native.Invoke(subgraph)
            return {
                name: Tensor(port.spec.dtype, native.GetTensor(port.index, subgraph))
                for name, port in entry.outputs.items()
                if not wanted or name in wanted
            }
        except (ValueError, RuntimeError) as error:
            raise BadInput(f"the model fails on this input: {_sentence(error)}") from error

    def _make_ready(self, entry: Entry, shapes: Shapes) -> None:
        for (name, port), shape in zip(entry.inputs.items(), shapes, strict=True):
            _check(name, port, shape)
        self._ready.pop(entry.subgraph, None)
        try:
            for port, shape in zip(entry.inputs.values(), shapes, strict=True):
                self._native.ResizeInputTensor(port.index, np.array(shape, np.int32), False, entry.subgraph)
            self._native.AllocateTensors(entry.subgraph)
        except (ValueError, RuntimeError) as error:
            told = ", ".join(f"'{name}' {list(shape)}" for name, shape in zip(entry.inputs, shapes, strict=True))
            raise BadInput(f"the model takes no inputs of these shapes, {told}: {_sentence(error)}") from error
        self._ready[entry.subgraph] = shapes

    def _listed(self, name: str) -> Side:
        runner = self._interpreter.get_signature_runner(name)
        subgraph = self._native.GetSubgraphIndexFromSignature(name)
        return Side(runner.get_input_details(), runner.get_output_details(), subgraph)


def _shaped(array: Any, declared: tuple[int, ...]) -> Any:
    """The array, in the declared shape when it has as many elements: TensorFlow Serving looks at sizes only."""
    if array.shape == declared or min(declared, default=1) < 1 or array.ndim == len(declared):
        return array
    return array.reshape(declared) if array.size == math.prod(declared) else array


def _check(name: str, port: Port, shape: tuple[int, ...]) -> None:
    """The number of rows may differ from what the file declares; an interpreter may not survive other differences."""
    declared = port.declared
    fits = len(shape) == len(declared) and all(
        want in (-1, have) for want, have in zip(declared[1:], shape[1:], strict=True)
    )
    if not fits or max(shape, default=0) > _MAX_SIZE:
        raise BadInput(f"input '{name}' has shape {list(shape)}, wanted {list(declared)}, with any number of rows")


def _definitions(path: str) -> dict[str, bytes]:
    try:
        with (
            Path(path).open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as view,
        ):
            return signature_defs(view)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: the signatures in its metadata cannot be read: {error}") from None


def _load_fault(error: Exception, path: str) -> BadInput | Unsupported:
    missing = _UNRESOLVED.search(str(error))
    if missing:
        return Unsupported(
            f"{path} uses the operation {missing[1] or missing[2]}, which LiteRT has not; serve the SavedModel that it "
            "was converted from, or convert it with built-in operations only"
        )
    return BadInput(f"{path} is not a TensorFlow Lite model that can be loaded: {_sentence(error)}")


def _sentence(error: Exception) -> str:
    """LiteRT's words, without its source files, on one line."""
    return " ".join(_SOURCE.sub("", str(error)).split())[:500] or type(error).__name__
