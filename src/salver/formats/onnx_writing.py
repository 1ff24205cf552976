"""ONNX models written without ONNX's own library: a graph of nodes as Protocol Buffers, by the numbers of onnx.proto.

As far as Salver makes such models itself; it checks nothing, the runtime does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from salver.formats.protobuf_wire import delimited

_IR_VERSION: Final = 10
_FLOAT, _INT, _STRING, _TENSOR, _FLOATS, _INTS, _STRINGS = 1, 2, 3, 4, 6, 7, 8
_TYPES: Final = {"float32": 1, "uint8": 2, "int64": 7, "object": 8, "bool": 9, "float64": 11}
"""TensorProto.DataType by NumPy's name."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operator. Attributes are ints, floats, texts, sequences of ints (or an array of them, none negative), of
    texts, or arrays for tensors (in a `Constant`)."""

    operator: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Tensor:
    """An attribute that is a tensor."""

    array: np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """An input or output of the graph: NumPy's name of its dtype, and its shape (a text is an open dimension)."""

    name: str
    dtype: str
    shape: Sequence[int | str]


def write_model(
    nodes: Iterable[Node],
    inputs: Iterable[Value],
    outputs: Iterable[Value],
    constants: Mapping[str, np.ndarray[Any, Any]] = {},
    *,
    opsets: Mapping[str, int],
    producer: str = "salver",
) -> bytes:
    """A model's bytes. `opsets` gives the version of each domain."""
    graph = b"".join(
        (
            *(delimited(1, _node(node)) for node in nodes),
            delimited(2, b"graph"),
            *(delimited(5, _tensor(array, name)) for name, array in constants.items()),
            *(delimited(11, _value(value)) for value in inputs),
            *(delimited(12, _value(value)) for value in outputs),
        )
    )
    imports = (delimited(8, delimited(1, domain.encode()) + _integer(2, version)) for domain, version in opsets.items())
    return b"".join((_integer(1, _IR_VERSION), delimited(2, producer.encode()), delimited(7, graph), *imports))


def _node(node: Node) -> bytes:
    return b"".join(
        (
            *(delimited(1, name.encode()) for name in node.inputs),
            *(delimited(2, name.encode()) for name in node.outputs),
            delimited(4, node.operator.encode()),
            *(delimited(5, _attribute(name, value)) for name, value in node.attributes.items()),
            delimited(7, node.domain.encode()),
        )
    )


def _attribute(name: str, value: Any) -> bytes:
    kind, body = _attribute_value(value)
    return delimited(1, name.encode()) + body + _integer(20, kind)


def _attribute_value(value: Any) -> tuple[int, bytes]:
    if isinstance(value, Tensor):
        return _TENSOR, delimited(5, _tensor(value.array, ""))
    if isinstance(value, np.ndarray):
        return _INTS, delimited(8, _packed(value))
    if isinstance(value, int):
        return _INT, _integer(3, value)
    if isinstance(value, float):
        return _FLOAT, b"\x15" + np.float32(value).tobytes()
    if isinstance(value, str):
        return _STRING, delimited(4, value.encode())
    items = list(value)
    if items and isinstance(items[0], str):
        return _STRINGS, b"".join(delimited(9, item.encode()) for item in items)
    if items and isinstance(items[0], float):
        return _FLOATS, delimited(7, np.array(items, np.float32).tobytes())
    return _INTS, b"".join(_integer(8, item) for item in items)


def _packed(values: np.ndarray[Any, Any]) -> bytes:
    """Many small integers at once, each as a varint filled up to four bytes, which every reader takes."""
    whole = np.ascontiguousarray(values, np.uint32)
    if whole.size and int(whole.max()) >= 1 << 28:
        raise ValueError("an integer is beyond 28 bits")
    shifted = whole[:, None] >> np.array([0, 7, 14, 21], np.uint32)
    parts = (shifted & np.uint32(0x7F)).astype(np.uint8)
    parts[:, :3] |= 0x80
    return parts.tobytes()


def _tensor(array: np.ndarray[Any, Any], name: str) -> bytes:
    head = b"".join(_integer(1, size) for size in array.shape) + _integer(2, _TYPES[array.dtype.name])
    if array.dtype == object:
        body = b"".join(delimited(6, str(text).encode()) for text in array.flat)
    else:
        body = delimited(9, np.ascontiguousarray(array).tobytes())
    return head + body + delimited(8, name.encode())


def _value(value: Value) -> bytes:
    dimensions = b"".join(
        delimited(1, delimited(2, size.encode()) if isinstance(size, str) else _integer(1, size))
        for size in value.shape
    )
    tensor = _integer(1, _TYPES[value.dtype]) + delimited(2, dimensions)
    return delimited(1, value.name.encode()) + delimited(2, delimited(1, tensor))


def _integer(number: int, value: int) -> bytes:
    """A field that holds an integer."""
    value &= 0xFFFFFFFFFFFFFFFF
    written = bytearray()
    for part in (number << 3, value):
        while part > 0x7F:
            written.append(part & 0x7F | 0x80)
            part >>= 7
        written.append(part)
    return bytes(written)
