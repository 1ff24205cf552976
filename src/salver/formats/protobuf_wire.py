"""Protobuf's wire format, as far as model files need it read without their runtime. Knows no message.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIZES: Final = {_FIXED64: 8, _FIXED32: 4}
_MAX_SHIFT: Final = 63


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field, in order: varints as integers, all else as its bytes. Raises ValueError."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        size, position = _varint(message, position) if kind == _BYTES else (_SIZES.get(kind, -1), position)
        if size < 0 or position + size > len(message):
            raise ValueError(f"field {number} is cut off, or of the unknown wire type {kind}")
        yield number, message[position : position + size]
        position += size


def signed(value: int) -> int:
    """The int64 that a varint stands for."""
    return value - (1 << 64) if value >> 63 else value


def delimited(number: int, value: bytes) -> bytes:
    """A field that holds a message, a string or bytes."""
    return _write_varint(number << 3 | _BYTES) + _write_varint(len(value)) + value


def string_map(number: int, entries: Mapping[str, bytes]) -> bytes:
    """A field `map<string, message>`, keys in order."""
    return b"".join(
        delimited(number, delimited(1, key.encode()) + delimited(2, value)) for key, value in sorted(entries.items())
    )


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(message) and shift <= _MAX_SHIFT:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position
        shift += 7
    raise ValueError("a varint is cut off, or longer than 64 bits")


def _write_varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
