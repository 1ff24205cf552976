"""enum: the symbols of an enum as text and by number."""

from __future__ import annotations

from salver.formats.pfa.avro.types import Enum
from salver.formats.pfa.library.registry import Call, Implementation, function, typed


@function("enum.toString", "(x: enum A) -> string")
def to_string(x: str) -> str:
    """The symbol as text."""
    return x


def _symbols(call: Call) -> dict[str, int]:
    """The place of each symbol."""
    of = call.letters["A"]
    return of.ranks if isinstance(of, Enum) else {}


@typed("enum.toInt", "(x: enum A) -> int")
def _to_int(call: Call) -> Implementation:
    return _symbols(call).__getitem__


@typed("enum.numSymbols", "(x: enum A) -> int")
def _num_symbols(call: Call) -> Implementation:
    size = len(_symbols(call))
    return lambda _x: size
