"""TensorFlow Lite models through LiteRT: the only file that imports it, so import this one late. No TensorFlow.

An interpreter serves one call at a time, and inputs of one shape; another shape costs it about 15 us. So a model
has several, and each call takes one that is ready for its shapes, if there is one.
"""

from __future__ import annotations

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

_UNRESOLVED: Final = re.compile(r"unresolved custom op: (\w+)|(Select TensorFlow op)")
_SOURCE: Final = re.compile(r"\S+\.cc:\d+ ")


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
        arrays = [tensors[name].array for name in entry.inputs]
        shapes = tuple([array.shape for array in arrays])
        machine = self._machines.take((entry.subgraph, shapes))
        values = machine.run(entry, arrays, shapes, request.outputs)
        # One that has failed is not given back: nobody knows what state it is in.
        self._machines.give((entry.subgraph, shapes), machine)
        return Response(values)

    def close(self) -> None:
        """Drops the interpreters; their memory is free once no call is running."""
        self._machines.close()


class _Machines:
    """Interpreters of one model, by the shapes they are ready for."""

    def __init__(self, first: _Machine, path: str, options: TfliteOptions) -> None:
        self._path = path
        self._options = options
        self._lock = threading.Lock()
        self._free: dict[_Key, list[_Machine]] = {(-1, ()): [first]}
        self._count = 1

    def take(self, key: _Key) -> _Machine:
        with self._lock:
            ready = self._free.get(key)
            if ready is None and self._count >= self._options.interpreters and self._free:
                key = next(iter(self._free))
                ready = self._free[key]
            if ready:
                machine = ready.pop()
                if not ready:
                    del self._free[key]
                return machine
            self._count += 1
        return _Machine(self._path, self._options)

    def give(self, key: _Key, machine: _Machine) -> None:
        with self._lock:
            if self._count > self._options.interpreters:
                self._count -= 1
            else:
                self._free.setdefault(key, []).append(machine)

    def lose(self) -> None:
        with self._lock:
            self._count -= 1

    def close(self) -> None:
        with self._lock:
            self._free.clear()


class _Machine:
    """One interpreter, and what it is ready for. Not thread-safe."""

    def __init__(self, path: str, options: TfliteOptions) -> None:
        try:
            interpreter = Interpreter(model_path=path, num_threads=options.threads)
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError, OSError) as error:
            raise _load_fault(error, path) from error
        self._interpreter = interpreter
        # Without the methods around it, which check at each call that nobody holds on to its memory; nobody does.
        self._native = interpreter._interpreter
        self._ready: dict[int, Shapes] = {}
