"""Numbers by a pattern of printf. Specification: Built-in functions, "formatNumber".

Halves are rounded away from nought, by the digits that a number is written with, as Java's engines do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Final

_CONVERSION: Final = re.compile(r"%(?:\d+\$)?([-+ 0#,(]*)(\d*)(?:\.(\d+))?([a-zA-Z%])")
_MAX_WIDTH: Final = 1000
_HALF_UP: Final = Context(prec=400, rounding=ROUND_HALF_UP)
_INTEGER: Final = "dixXo"
_REAL: Final = "eEfFgG"


class BadFormat(ValueError):
    """It is none: its text says why."""


def read_number_format(pattern: str) -> Callable[[float], str]:
    """Raises BadFormat."""
    pieces: list[str | Callable[[float], str]] = []
    end = 0
    while (at := pattern.find("%", end)) >= 0:
        pieces.append(pattern[end:at])
        found = _CONVERSION.match(pattern, at)
        if found is None:
            raise BadFormat(f"there is no conversion at character {at + 1}")
        pieces.append(_piece(*found.groups(default="")))
        end = found.end()
    pieces.append(pattern[end:])
    return lambda number: "".join(piece if isinstance(piece, str) else piece(number) for piece in pieces)


def _piece(flags: str, width: str, precision: str, kind: str) -> str | Callable[[float], str]:
    if kind in "%n":
        return "%" if kind == "%" else "\n"
    if kind not in (*_INTEGER, *_REAL, "s"):
        raise BadFormat(f"%{kind} is not known; there are {', '.join((*_INTEGER, *_REAL, 's'))}")
    columns, places = int(width[:9] or 0), int(precision[:9] or 6)
    if max(columns, places) > _MAX_WIDTH:
        raise BadFormat(f"a width or precision is more than {_MAX_WIDTH}")
    return lambda number: _padded(_digits(number, flags, places, kind), flags, columns)


def _digits(number: float, flags: str, places: int, kind: str) -> str:
    """With its sign."""
    negative = math.copysign(1.0, number) < 0 and (number != 0 or kind in _REAL)
    size = abs(number)
    if not math.isfinite(size):
        digits = "Infinity"
    elif kind == "s":
        digits = repr(size)
    elif kind in _INTEGER:
        digits = format(int(size), {"i": "d", "d": "d"}.get(kind, kind))
        digits = f"{int(digits):,}" if "," in flags and kind in "di" else digits
    else:
        with localcontext(_HALF_UP):
            digits = format(Decimal(repr(size)), f"{',' if ',' in flags else ''}.{places}{kind}")
        digits = re.sub(r"(?<=[eE][+-])(\d)$", r"0\1", digits)
    if negative:
        return f"({digits})" if "(" in flags else f"-{digits}"
    return f"+{digits}" if "+" in flags else f" {digits}" if " " in flags else digits


def _padded(digits: str, flags: str, width: int) -> str:
    if "-" in flags:
        return digits.ljust(width)
    if "0" in flags and not digits.endswith("y"):
        sign = digits[0] if digits[0] in "+- (" else ""
        return sign + digits[len(sign) :].rjust(width - len(sign), "0")
    return digits.rjust(width)
