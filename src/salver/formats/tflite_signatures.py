"""Which signatures a TensorFlow Lite model has, and the tensors behind their names. Knows no LiteRT.

They are where the file keeps them: in its metadata, as TensorFlow Serving reads them; in its own list, as converters
write them today; or nowhere: then there is one, with the names of the tensors.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput, Unsupported
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import NUMPY, TensorSpec
from salver.formats.protobuf_wire import fields

_log: Final = logging.getLogger(__name__)
_DTYPES: Final[dict[Any, str]] = {
    **{dtype.type: name for name, dtype in NUMPY.items() if name not in ("BF16", "BYTES", "JSON")},
    np.bytes_: "BYTES",
    np.object_: "BYTES",
}
_INPUTS, _OUTPUTS, _METHOD = 1, 2, 3
"""Fields of `SignatureDef`; a `TensorInfo` has the tensor's name in its first."""


@dataclass(frozen=True, slots=True)
class Port:
    """A tensor of the model, by its number."""

    index: int
    spec: TensorSpec
    declared: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One signature."""

    signature: Signature
    subgraph: int
    inputs: Mapping[str, Port]
    outputs: Mapping[str, Port]


@dataclass(frozen=True, slots=True)
class Side:
    """The names of one signature in the file, and the tensor's details behind each."""

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    subgraph: int = 0
    method: str = ""


def entries(sides: Mapping[str, Side], path: str) -> dict[str, Entry]:
    """The signatures that can be served. Raises Unsupported when there is none."""
    found: dict[str, Entry] = {}
    refusals: list[str] = []
    for name, side in sorted(sides.items()):
        try:
            found[name] = _entry(side)
        except Unsupported as refusal:
            refusals.append(f"signature '{name}': {refusal.message}")
    if not found:
        raise Unsupported(f"{path} has no signature that can be served: {'; '.join(refusals) or 'it has none'}")
    for left_out in refusals:
        _log.warning("%s: left out %s", path, left_out)
    return found


def told(definitions: Mapping[str, bytes], inputs: list[Any], outputs: list[Any]) -> dict[str, Side]:
    """The signatures that the metadata tell, for a model with these tensors. Raises BadInput where they do not fit."""
    return {name: _told(name, definition, inputs, outputs) for name, definition in definitions.items()}


def nameless(inputs: list[Any], outputs: list[Any]) -> dict[str, Side]:
    """The one signature of a model that tells none: its tensors by their names."""
    named = [{_bare(details["name"]): details for details in side} for side in (inputs, outputs)]
    return {DEFAULT: Side(named[0], named[1])}


def _told(name: str, definition: bytes, inputs: list[Any], outputs: list[Any]) -> Side:
    sides: dict[int, dict[str, Any]] = {_INPUTS: {}, _OUTPUTS: {}}
    known = {_INPUTS: inputs, _OUTPUTS: outputs}
    method = ""
    try:
        for number, value in fields(definition):
            if number in sides and isinstance(value, bytes):
                key, tensor = _map_entry(value)
                sides[number][key] = _behind(tensor, known[number])
            elif number == _METHOD and isinstance(value, bytes):
                method = value.decode()
    except (ValueError, LookupError) as error:
        raise BadInput(f"signature '{name}' in the file's metadata is damaged: {error}") from None
    return Side(sides[_INPUTS], sides[_OUTPUTS], method=method)


def _map_entry(entry: bytes) -> tuple[str, str]:
    """Key and tensor name of an entry `map<string, TensorInfo>`."""
    parts = {number: value for number, value in fields(entry) if isinstance(value, bytes)}
    info = {number: value for number, value in fields(parts.get(2, b"")) if isinstance(value, bytes)}
    return parts.get(1, b"").decode(), info.get(1, b"").decode()


def _behind(tensor: str, known: list[Any]) -> Any:
    """The details of a tensor; the `:0` of TensorFlow's names is often lost in conversion."""
    for name in (tensor, _bare(tensor)):
        for details in known:
            if details["name"] == name:
                return details
    raise LookupError(f"there is no tensor '{tensor}'")


def _bare(name: str) -> str:
    return name.removesuffix(":0")


def _entry(side: Side) -> Entry:
    inputs = {name: _port(details, f"input '{name}'") for name, details in side.inputs.items()}
    outputs = {name: _port(details, f"output '{name}'") for name, details in side.outputs.items()}
    signature = Signature(
        MappingProxyType({name: port.spec for name, port in inputs.items()}),
        MappingProxyType({name: port.spec for name, port in outputs.items()}),
        batched=bool(inputs) and all(port.declared[:1] == (-1,) for port in (*inputs.values(), *outputs.values())),
        method=side.method,
    )
    return Entry(signature, side.subgraph, MappingProxyType(inputs), MappingProxyType(outputs))


def _port(details: Any, where: str) -> Port:
    dtype = _DTYPES.get(details["dtype"])
    if dtype is None:
        raise Unsupported(f"{where} has type {details['dtype'].__name__}, for which the protocols have no word")
    signature = details["shape_signature"]
    declared = tuple(int(size) for size in (signature if len(signature) else details["shape"]))
    return Port(int(details["index"]), TensorSpec(dtype, declared, checked=False), declared)
