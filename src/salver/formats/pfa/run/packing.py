"""Binary formats of pack and unpack (PFA 0.8.1, "Pack" and "Unpack"): bytes from values and back."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from salver.formats.pfa.avro.types import BOOLEAN, BYTES, DOUBLE, FLOAT, INT, LONG, NULL, Type
from salver.formats.pfa.errors import MESSAGES, PFARuntimeError

RAW_SIZE: Final = 3000
PREFIX_SIZE: Final = 3001
MESSAGES[RAW_SIZE] = "raw bytes does not have specified size"
MESSAGES[PREFIX_SIZE] = "length prefixed bytes is larger than 255 bytes"


@dataclass(frozen=True, slots=True)
class Packing:
    """How one value is written. `write` gives its bytes; `read` takes (bytes, offset) and gives (value, offset), or
    None where it cannot."""

    type: Type
    write: Callable[[Any], bytes]
    read: Callable[[bytes, int], tuple[Any, int] | None] | None


_NUMBERS: Final[tuple[tuple[str, str, Type], ...]] = (
    (r"boolean", "?", BOOLEAN),
    (r"byte|int8", "b", INT),
    (r"unsigned\s*(byte|int8)", "B", INT),
    (r"short|int16", "h", INT),
    (r"unsigned\s*(short|int16)", "H", INT),
    (r"int|int32", "i", INT),
    (r"unsigned\s*(int|int32)", "I", LONG),
    (r"long|long\s+long|int64", "q", LONG),
    (r"unsigned\s*(long|long\s+long|int64)", "Q", DOUBLE),
    (r"float|float32", "f", FLOAT),
    (r"double|float64", "d", DOUBLE),
)
_ORDER: Final = r"(?P<order><|>|!|little|big|network)?\s*"


def packing(form: str) -> Packing | None:
    """The way of a format; None where there is none of that name."""
    text = form.strip()
    if text == "pad":
        return Packing(NULL, lambda _value: b"\0", lambda data, at: (None, at + 1) if at < len(data) else None)
    for names, code, of in _NUMBERS:
        found = re.fullmatch(f"{_ORDER}(?:{names})", text)
        if found:
            return _number(("<" if found["order"] in ("<", "little") else ">") + code, of)
    sized = re.fullmatch(r"raw\s*([0-9]{1,9})", text)
    if sized:
        return _sized(int(sized[1]))
    if text == "raw":
        return Packing(BYTES, bytes, None)
    if re.fullmatch(r"(null\s*)?terminated", text):
        return Packing(BYTES, lambda value: value + b"\0", _to_null)
    if re.fullmatch(r"(length\s*)?prefixed", text):
        return Packing(BYTES, _prefixed, _read_prefixed)
    return None


def _number(code: str, of: Type) -> Packing:
    """A number. One that has too many bits for its format loses the upper ones, as in Hadrian."""
    layout = struct.Struct(code)
    unsigned_long = code[-1] == "Q"
    kept = 2 ** (8 * layout.size) if of in (INT, LONG) or unsigned_long else 0

    def write(value: Any) -> bytes:
        if not kept:
            return layout.pack(value)
        if value != value or value - value != 0:
            return b"\0" * layout.size
        return (int(value) % kept).to_bytes(layout.size, "little" if code[0] == "<" else "big")

    def read(data: bytes, at: int) -> tuple[Any, int] | None:
        if at + layout.size > len(data):
            return None
        (value,) = layout.unpack_from(data, at)
        return (float(value) if unsigned_long else value), at + layout.size

    return Packing(of, write, read)


def _sized(size: int) -> Packing:
    def write(value: bytes) -> bytes:
        if len(value) != size:
            raise PFARuntimeError(RAW_SIZE)
        return value

    return Packing(BYTES, write, lambda data, at: (data[at : at + size], at + size) if at + size <= len(data) else None)


def _to_null(data: bytes, at: int) -> tuple[bytes, int] | None:
    end = data.find(b"\0", at)
    return None if end < 0 else (data[at:end], end + 1)


def _prefixed(value: bytes) -> bytes:
    if len(value) > 255:
        raise PFARuntimeError(PREFIX_SIZE)
    return bytes([len(value)]) + value


def _read_prefixed(data: bytes, at: int) -> tuple[bytes, int] | None:
    if at >= len(data) or at + 1 + data[at] > len(data):
        return None
    return data[at + 1 : at + 1 + data[at]], at + 1 + data[at]


def unpacker(ways: Sequence[Packing]) -> Callable[[bytes], tuple[Any, ...] | None]:
    """What takes bytes apart: all values, or None where the bytes are not of these formats from end to end."""
    readers = [way.read for way in ways if way.read is not None]

    def unpack(data: bytes) -> tuple[Any, ...] | None:
        values, at = [], 0
        for read in readers:
            found = read(data, at)
            if found is None:
                return None
            values.append(found[0])
            at = found[1]
        return tuple(values) if at == len(data) else None

    return unpack
