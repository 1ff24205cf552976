"""Writes values of a type in Avro's binary encoding (Avro 1.7, "Binary Encoding")."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BYTES,
    DOUBLE,
    FLOAT,
    FLOATING,
    INT,
    LONG,
    NULL,
    STRING,
    Array,
    Enum,
    Fixed,
    Map,
    Record,
    Type,
    Union,
)

Write = Callable[[bytearray, Any], None]
"""Puts the bytes of a value behind those that are there."""
LETTERS: Final[dict[Type, str]] = {FLOAT: "f", DOUBLE: "d"}
"""How the module struct names the floating numbers."""


def binary_encoder(of: Type) -> Callable[[Any], bytes]:
    """What gives the bytes of a value of a type. Half a surrogate pair, which UTF-8 has not, becomes a question
    mark."""
    write = _writer(of, {})

    def encode(value: Any) -> bytes:
        out = bytearray()
        write(out, value)
        return bytes(out)

    return encode


def _writer(of: Type, known: dict[str, Write]) -> Write:
    if of in _PLAIN:
        return _PLAIN[of]
    if isinstance(of, Fixed):
        return bytearray.extend
    if isinstance(of, Enum):
        return _of_enum(of)
    if isinstance(of, Array):
        return _of_floating(of.items) if of.items in FLOATING else _of_array(_writer(of.items, known))
    if isinstance(of, Map):
        return _of_map(_writer(of.values, known))
    if isinstance(of, Union):
        return _of_union(of, known)
    if isinstance(of, Record):
        return known.get(of.tag) or _of_record(of, known)
    raise TypeError(f"{of!r} is no type of values")


def _long(out: bytearray, value: int) -> None:
    """A whole number: the sign goes last, seven bits a byte, the lowest first."""
    left = value << 1 if value >= 0 else (~value << 1) | 1
    while left > 127:
        out.append(left & 127 | 128)
        left >>= 7
    out.append(left)


def _boolean(out: bytearray, value: bool) -> None:
    out.append(value)


def _nothing(_out: bytearray, _value: None) -> None:
    pass


def _bytes(out: bytearray, value: bytes) -> None:
    _long(out, len(value))
    out += value


def _string(out: bytearray, value: str) -> None:
    _bytes(out, value.encode("utf-8", "replace"))


def _number(of: Type) -> Write:
    pack = struct.Struct("<" + LETTERS[of]).pack

    def write(out: bytearray, value: float) -> None:
        out += pack(value)

    return write


_PLAIN: Final[dict[Type, Write]] = {
    NULL: _nothing,
    BOOLEAN: _boolean,
    INT: _long,
    LONG: _long,
    FLOAT: _number(FLOAT),
    DOUBLE: _number(DOUBLE),
    BYTES: _bytes,
    STRING: _string,
}


def _of_enum(of: Enum) -> Write:
    ranks = of.ranks
    return lambda out, value: _long(out, ranks[value])


def _of_array(item: Write) -> Write:
    def write(out: bytearray, values: list[Any]) -> None:
        if values:
            _long(out, len(values))
            for value in values:
                item(out, value)
        out.append(0)

    return write


def _of_floating(of: Type) -> Write:
    letter = LETTERS[of]

    def write(out: bytearray, values: list[float]) -> None:
        if values:
            _long(out, len(values))
            out += struct.pack(f"<{len(values)}{letter}", *values)
        out.append(0)

    return write


def _of_map(value_of: Write) -> Write:
    def write(out: bytearray, values: dict[str, Any]) -> None:
        if values:
            _long(out, len(values))
            for key, value in values.items():
                _string(out, key)
                value_of(out, value)
        out.append(0)

    return write


def _of_union(of: Union, known: dict[str, Write]) -> Write:
    branches = {branch.tag: (place, _writer(branch, known)) for place, branch in enumerate(of.types)}

    def write(out: bytearray, value: Any) -> None:
        tag, inner = ("null", None) if value is None else value
        place, branch = branches[tag]
        _long(out, place)
        branch(out, inner)

    return write


def _of_record(of: Record, known: dict[str, Write]) -> Write:
    steps: list[tuple[str, Write]] = []

    def write(out: bytearray, value: dict[str, Any]) -> None:
        for name, step in steps:
            step(out, value[name])

    known[of.tag] = write
    steps.extend((name, _writer(kind, known)) for name, kind in of.types.items())
    return write
