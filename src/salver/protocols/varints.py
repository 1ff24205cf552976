"""Protobuf's varints: seven bits a byte, the lowest first. Lengths one at a time, packed fields whole.

Filling a list of integers is what Python's protobuf is slow at; here it takes a few passes of NumPy. (It reads one
fast enough, through the buffer of its list.)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput

_LONGEST_BYTES: Final = 10
_SHORT: Final = tuple(bytes((value,)) for value in range(128))
_BLOCK: Final = 16_384
"""Values a pass: what a pass leaves for the next must still be in the cache."""
_SEVEN: Final = np.uint64(7)


def one(value: int) -> bytes:
    """The varint of an unsigned integer, a length for one."""
    if value < 128:
        return _SHORT[value]
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_one(buffer: bytes | memoryview, at: int, end: int) -> tuple[int, int]:
    """The varint at `at`, and where it ends. Raises BadInput for one that does not end, or exceeds 64 bits."""
    value = shift = 0
    for index in range(at, min(at + _LONGEST_BYTES, end)):
        byte = buffer[index]
        value |= (byte & 127) << shift
        if byte < 128:
            if value >> 64:
                break
            return value, index + 1
        shift += 7
    raise BadInput("a number is longer than 64 bits, or is cut off")


def packed(values: np.ndarray[Any, Any]) -> bytes:
    """The packed field of an array of integers of any kind; negative ones take ten bytes, as protobuf has it."""
    if values.dtype.kind == "b":
        return values.astype(np.uint8).tobytes()
    flat = values.astype(np.int64 if values.dtype.kind == "i" else np.uint64).reshape(-1).view(np.uint64)
    return b"".join([_packed(flat[start : start + _BLOCK]) for start in range(0, flat.size, _BLOCK)])


def _packed(flat: np.ndarray[Any, Any]) -> bytes:
    biggest = int(flat.max())
    if biggest < 128:
        return flat.astype(np.uint8).tobytes()
    width = -(-biggest.bit_length() // 7)
    octets = np.empty((flat.size, width), np.uint8)
    used = np.empty((flat.size, width), np.bool_)
    used[:, 0] = True
    left = flat
    for column in range(width):
        octets[:, column] = left & np.uint64(127)
        left = left >> _SEVEN
        if column + 1 < width:
            more = np.not_equal(left, 0, out=used[:, column + 1])
            octets[:, column] |= more.view(np.uint8) << np.uint8(7)
    return octets[used].tobytes()
