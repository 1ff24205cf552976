"""ONNX models through onnxruntime. It is imported here and in `onnx_runtime.py` only, so import this one late.

A model becomes an Evaluator with one signature, `serving_default` unless its metadata names it. It checks no
requests: `Signature.check` has seen them before they come here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as native

from salver.core.errors import BadInput, Fault, Internal, Unsupported
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.formats.onnx_graph import NOTHING, GraphFacts, read_facts
from salver.formats.onnx_options import OnnxOptions
from salver.formats.onnx_runtime import open_session, sentence
from salver.formats.onnx_types import OnnxType, read_type
from salver.formats.onnx_values import column, jsonable, pack, packed_size, structure, texts, unpack

Array = np.ndarray[Any, Any]

_NO_VERSION: Final = 2**63 - 1
"""What onnxruntime says of a model without one."""


SIGNATURE_KEY: Final = "salver.signature"
"""The key of a model's own metadata under which it may name its signature, for clients that ask for it by name."""


class OnnxEvaluator:
    """One session. Thread-safe: onnxruntime's `run` is."""

    __slots__ = ("_feeders", "_names", "_outputs", "_plain", "_run", "_session", "metadata", "signatures")
    may_wait = False

    def __init__(self, path: str, options: OnnxOptions) -> None:
        session = open_session(path, options)
        facts = _facts(path, session)
        inputs, defaults = _inputs(session, facts)
        outputs = [_Output(argument, facts) for argument in session.get_outputs()]
        _refuse_mixture(inputs, outputs)
        signature = Signature(
            inputs=MappingProxyType({name: spec for name, (_, spec) in inputs.items()}),
            outputs=MappingProxyType({name: spec for output in outputs for name, spec in output.specs.items()}),
            defaults=MappingProxyType(defaults),
            batched=_is_batched(session, outputs),
        )
        self.metadata: Mapping[str, str] = MappingProxyType(_metadata(session, facts))
        name = self.metadata.get(SIGNATURE_KEY) or DEFAULT
        self.signatures: Mapping[str, Signature] = MappingProxyType({name: signature})
        self._session = session
        # Without the wrapper of `session.run`, which checks the names again and costs 0.6 us.
        self._run = session._sess.run
        self._feeders = tuple((name, kind) for name, (kind, _) in inputs.items() if not kind.plain)
        self._outputs = tuple(outputs)
        self._names = [output.name for output in outputs]
        self._plain = (
            None
            if self._feeders or not all(output.kind.plain and not output.kind.optional for output in outputs)
            else tuple((output.name, output.kind.element.dtype) for output in outputs)
        )

    def __call__(self, request: Request) -> Response:
        feed: dict[str, Any] = {}
        for name, tensor in request.tensors.items():
            feed[name] = tensor.array
        plain = self._plain
        try:
            if plain is None or request.outputs:
                return Response(self._evaluate(feed, request))
            values = self._run(self._names, feed, _stoppable(request))
        except Fault:
            raise
        except Exception as error:
            raise _fault(error) from error
        if len(values) == 1:
            name, dtype = plain[0]
            return Response({name: Tensor(dtype, values[0])})
        return Response({name: Tensor(dtype, value) for (name, dtype), value in zip(plain, values, strict=True)})

    def close(self) -> None:
        """Drops the session; its memory is free once no call is running."""
        del self._session, self._run

    def _evaluate(self, feed: dict[str, Any], request: Request) -> dict[str, Tensor]:
        """The way of all but numbers in, numbers out, and of requests for some outputs."""
        for name, kind in self._feeders:
            if name in feed:
                feed[name] = _feed(feed[name], kind, f"input '{name}'")
        outputs, wanted = self._outputs, request.outputs
        if wanted:
            outputs = tuple(output for output in outputs if not output.specs.keys().isdisjoint(wanted))
        values = self._run_some(outputs, feed, _stoppable(request))
        tensors = [pair for output, value in zip(outputs, values, strict=True) for pair in output.read(value)]
        return {name: tensor for name, tensor in tensors if not wanted or name in wanted}

    def _run_some(self, outputs: tuple[_Output, ...], feed: dict[str, Any], options: Any) -> list[Any]:
        if any(output.kind.element.bits for output in outputs):
            return _run_raw(self._session, outputs, feed, options)
        return list(self._run([output.name for output in outputs], feed, options))


class _Output:
    """One output of the graph: what becomes of its value."""

    __slots__ = ("_keys", "kind", "name", "specs", "symbolic")

    def __init__(self, argument: Any, facts: GraphFacts) -> None:
        self.name: str = argument.name
        self.kind = read_type(argument.type, f"output '{self.name}'")
        shape = _shape(argument, facts)
        self.symbolic = shape is not None and shape[:1] == (-1,)
        rows = self.kind.sequence and bool(self.kind.key)
        self._keys = {f"{self.name}.{key}": key for key in facts.keys.get(self.name, ())} if rows else {}
        if self._keys:
            self.symbolic = True
            self.specs = {name: TensorSpec(self.kind.element.dtype, (-1,)) for name in self._keys}
        else:
            self.specs = {self.name: self.kind.spec(shape)}

    def read(self, value: Any) -> Iterator[tuple[str, Tensor]]:
        """The named tensors of a value; none when an optional output is absent."""
        if value is None:
            return
        if self._keys:
            dtype = self.kind.element.dtype
            for name, key in self._keys.items():
                yield name, Tensor(dtype, column(value, key, dtype))
        elif self.kind.structured:
            yield self.name, Tensor("JSON", jsonable(value))
        else:
            array = _raw(value, self.kind) if isinstance(value, ort.OrtValue) else value
            yield self.name, Tensor(self.kind.element.dtype, array)


def _facts(path: str, session: Any) -> GraphFacts:
    arguments = [*session.get_inputs(), *session.get_outputs()]
    try:
        return read_facts(path, maps=any("map(" in argument.type for argument in arguments))
    except ValueError:
        return NOTHING


def _inputs(session: Any, facts: GraphFacts) -> tuple[dict[str, tuple[OnnxType, TensorSpec]], dict[str, Tensor | None]]:
    """Every input with its type and spec, and those that may be left out."""
    inputs: dict[str, tuple[OnnxType, TensorSpec]] = {}
    defaults: dict[str, Tensor | None] = {}
    held = session.get_overridable_initializers()
    for argument in (*session.get_inputs(), *held):
        kind = read_type(argument.type, f"input '{argument.name}'")
        if kind.sequence and kind.key:
            raise Unsupported(
                f"input '{argument.name}' has type {argument.type}, which onnxruntime takes from no Python"
            )
        inputs[argument.name] = kind, kind.spec(_shape(argument, facts))
        if kind.optional:
            defaults[argument.name] = None
    defaults.update((argument.name, None) for argument in held)
    return inputs, defaults


def _refuse_mixture(inputs: dict[str, tuple[OnnxType, TensorSpec]], outputs: list[_Output]) -> None:
    """onnxruntime gives types that NumPy lacks only in values of its own, and makes no such values of these."""
    raw = [output.name for output in outputs if output.kind.element.bits]
    others = [name for name, (kind, _) in inputs.items() if kind.structured or kind.element.dtype == "BYTES"]
    others += [output.name for output in outputs if output.kind.structured]
    if raw and others:
        raise Unsupported(
            f"output '{raw[0]}' has a type that NumPy lacks; onnxruntime gives no such output in one call with "
            f"sequences, maps or input strings, here '{others[0]}'"
        )


def _shape(argument: Any, facts: GraphFacts) -> tuple[int, ...] | None:
    """onnxruntime says `[]` for a scalar and for an unknown rank alike; the file tells them apart."""
    if not argument.shape and argument.name not in facts.shaped:
        return None
    return tuple(size if isinstance(size, int) else -1 for size in argument.shape)


def _is_batched(session: Any, outputs: list[_Output]) -> bool:
    """Whether the first dimension is open everywhere. Inputs must agree on its name, where they have one: two names
    are two sizes. Names that a converter made up for each tensor (`unk__7`) say nothing."""
    arguments = [*session.get_inputs(), *session.get_overridable_initializers()]
    firsts = [argument.shape[0] if argument.shape else 0 for argument in arguments]
    names = {first for first in firsts if isinstance(first, str) and not first.startswith("unk__")}
    symbolic = bool(firsts) and not any(isinstance(first, int) for first in firsts) and len(names) <= 1
    return symbolic and all(output.symbolic for output in outputs)


def _metadata(session: Any, facts: GraphFacts) -> dict[str, str]:
    about = session.get_modelmeta()
    described = {
        "producer": about.producer_name,
        "version": "" if about.version == _NO_VERSION else str(about.version),
        "domain": about.domain,
        "graph": about.graph_name,
        "description": about.description,
        "opsets": ", ".join(f"{domain or 'ai.onnx'} {version}" for domain, version in facts.opsets.items()),
        "providers": ", ".join(session.get_providers()),
    }
    return {**about.custom_metadata_map, **{key: value for key, value in described.items() if value}}


def _feed(array: Array, kind: OnnxType, where: str) -> Any:
    """What onnxruntime takes for an array that it would not take, or would take wrongly."""
    if kind.structured:
        return structure(array, kind, where)
    if kind.element.bits:
        return ort.OrtValue.ortvalue_from_numpy_with_onnx_type(pack(array, kind.element, where), kind.element.number)
    return texts(array, where)


def _stoppable(request: Request) -> Any:
    """Options that end a run, with an error, when nobody waits for it any more; None for one that runs to its end."""
    if request.interrupt is None:
        return None
    options = ort.RunOptions()
    request.interrupt.heed(lambda: setattr(options, "terminate", True))
    return options


def _run_raw(session: Any, outputs: tuple[_Output, ...], feed: dict[str, Any], options: Any) -> list[Any]:
    """Runs with values of onnxruntime's own, the only ones that hold types NumPy lacks."""
    owned = {
        name: value if isinstance(value, ort.OrtValue) else ort.OrtValue.ortvalue_from_numpy(value)
        for name, value in feed.items()
    }
    values = session.run_with_ort_values([output.name for output in outputs], owned, options)
    return [
        value if output.kind.element.bits else value.numpy() if value.has_value() else None
        for output, value in zip(outputs, values, strict=True)
    ]


def _raw(value: Any, kind: OnnxType) -> Array:
    shape = tuple(value.shape())
    return unpack(ctypes.string_at(value.data_ptr(), packed_size(shape, kind.element)), shape, kind.element)


def _fault(error: Exception) -> Fault:
    """The fault for what a run raised: the input's, or the model's."""
    if isinstance(error, native.InvalidArgument):
        return BadInput(f"the model refuses the input: {sentence(error)}")
    return Internal(f"the model failed: {type(error).__name__}: {sentence(error)}")
