"""s: numbers as strings, with a width and a precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from salver.formats.pfa.avro.types import DOUBLE, Type, Union
from salver.formats.pfa.library.registry import Call, Implementation, fail, typed
from salver.formats.pfa.library.sizes import bounded

_PLAIN: Final = "(x: long) -> string"
_PADDED: Final = "(x: long, width: int, zeroPad: boolean) -> string"
_FLOATING: Final = "(x: double, width: union(int, null), precision: union(int, null)"
_NO_WIDTH: Final = "negative width cannot be used with zero-padding"
_DIGITS: Final = 6
"""After the point, where nobody says how many."""


def _aligned(text: str, width: int) -> str:
    """The text with blanks before it; after it, where the width is negative."""
    bounded(abs(width))
    return text.ljust(-width) if width < 0 else text.rjust(width)


def _padded(text: str, width: int, with_zeros: bool, code: int) -> str:
    """A whole number as wide as wanted. Of width 0, it is nothing."""
    if with_zeros and width < 0:
        fail(code)
    if width == 0:
        return ""
    return text.zfill(bounded(width)) if with_zeros else _aligned(text, width)


@typed("s.hex", _PLAIN, _PADDED, errors={39110: _NO_WIDTH, 39111: "negative number"})
def _hex(call: Call) -> Implementation:
    def digits(x: int) -> str:
        return fail(39111) if x < 0 else f"{x:x}"

    return (digits, lambda x, width, zeros: _padded(digits(x), width, zeros, 39110))[call.signature]


def _whole(call: Call, code: int) -> Implementation:
    return (str, lambda x, width, zeros: _padded(str(x), width, zeros, code))[call.signature]


@typed("s.int", _PLAIN, _PADDED, errors={39240: _NO_WIDTH})
def _int(call: Call) -> Implementation:
    return _whole(call, 39240)


@typed(
    "s.number",
    _PLAIN,
    _PADDED,
    f"{_FLOATING}) -> string",
    f"{_FLOATING}, minNoExp: double, maxNoExp: double) -> string",
    errors={39120: _NO_WIDTH, 39121: "negative precision"},
)
def _number(call: Call) -> Implementation:
    if call.params[0] is not DOUBLE:
        return _whole(call, 39120)
    width_of, precision_of = map(_optional, call.params[1:3])

    def compute(x: float, width: Any, precision: Any, least: float = 0.0001, most: float = 100000.0) -> str:
        return _written(x, width_of(width), precision_of(precision), least, most)

    return compute


def _optional(of: Type) -> Callable[[Any], int | None]:
    """What gives the number, or None, out of a value of a type that may be a union of both."""
    if isinstance(of, Union):
        return lambda value: None if value is None else value[1]
    return lambda value: value


def _written(x: float, width: int | None, precision: int | None, least: float, most: float) -> str:
    """With an exponent, unless the magnitude lies from `least` to `most`."""
    if precision is not None and precision < 0:
        fail(39121)
    size = abs(x)
    form = "f" if size == 0 or least <= size <= most else "e"
    places = _DIGITS if precision is None else bounded(precision)
    text = f"{x + 0.0:.{places}{form}}"  # the sum is never -0.0
    return _aligned(_shortened(text) if precision is None else text, width or 0)


def _shortened(text: str) -> str:
    """Without the noughts after the point that say nothing; one digit stays there."""
    digits, exponent, power = text.partition("e")
    if "." not in digits:
        return text
    digits = digits.rstrip("0")
    return digits + "0" * digits.endswith(".") + exponent + power
