"""cast: numbers as numbers of other types, and values as text and as bytes."""

from __future__ import annotations

import json
import math
from typing import Final

from salver.formats.pfa.avro.types import FLOATING, INT, INTEGERS
from salver.formats.pfa.library.registry import Call, Implementation, fail, function, typed
from salver.formats.pfa.values.binary import binary_encoder
from salver.formats.pfa.values.encode import encoder
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN, float32

_UNREPRESENTABLE: Final = "unrepresentable unsigned number"


@function("cast.signed", "(x: long, bits: int) -> long", errors={17000: _UNREPRESENTABLE})
def signed(x: int, bits: int) -> int:
    """The number that so many of the lowest bits are, if the highest of them is the sign."""
    if not 2 <= bits <= 64:
        fail(17000)
    half = 1 << (bits - 1)
    return ((x + half) & (2 * half - 1)) - half


@function("cast.unsigned", "(x: long, bits: int) -> long", errors={17010: _UNREPRESENTABLE})
def unsigned(x: int, bits: int) -> int:
    """The number that so many of the lowest bits are, without a sign."""
    return x & ((1 << bits) - 1) if 1 <= bits <= 63 else fail(17010)


def _from_all(name: str) -> tuple[str, ...]:
    return tuple(f"(x: {given}) -> {name}" for given in ("int", "long", "float", "double"))


def _whole(call: Call, low: int, high: int, code: int) -> Implementation:
    """The nearest whole number within bounds; halves go up, as in m.round."""
    if call.params[0] is INT or call.params[0] is call.ret:
        return lambda x: x

    def bounded(x: int) -> int:
        return x if low <= x <= high else fail(code)

    def rounded(x: float) -> int:
        return bounded(math.floor(x + 0.5)) if math.isfinite(x) else fail(code)

    return rounded if call.params[0] in FLOATING else bounded


@typed("cast.int", *_from_all("int"), errors={17020: "int overflow"})
def _int(call: Call) -> Implementation:
    return _whole(call, INT_MIN, INT_MAX, 17020)


@typed("cast.long", *_from_all("long"), errors={17030: "long overflow"})
def _long(call: Call) -> Implementation:
    return _whole(call, LONG_MIN, LONG_MAX, 17030)


@function("cast.float", *_from_all("float"))
def single(x: float) -> float:
    """The nearest number of 32 bits; infinity beyond them."""
    return float32(x)


@typed("cast.double", *_from_all("double"))
def _double(call: Call) -> Implementation:
    return float if call.params[0] in INTEGERS else (lambda x: x)


@typed("cast.avro", "(x: any A) -> bytes")
def _avro(call: Call) -> Implementation:
    return binary_encoder(call.letters["A"])


@typed("cast.json", "(x: any A) -> string")
def _json(call: Call) -> Implementation:
    """Numbers that JSON cannot write become words: Python's own writer would give what no other reader takes."""
    encode = encoder(call.letters["A"], bytes_as="text", words=True)
    write = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
    return lambda x: write(encode(x))
