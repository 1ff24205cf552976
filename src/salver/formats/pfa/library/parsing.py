"""parse: numbers out of strings. White space around them and capitals do not matter."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from salver.formats.pfa.library.registry import fail, function
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN, float32

_INTEGER: Final = re.compile("[-+]?[0-9a-z]+")
_NUMBER: Final = re.compile(r"[-+]?(\.?[0-9]+|[0-9]+\.[0-9]*)(e[-+]?[0-9]+)?")
_SPECIAL: Final = {"nan": math.nan, "inf": math.inf, "+inf": math.inf, "-inf": -math.inf}


def _integers(name: str, low: int, high: int, code: int, message: str) -> None:
    """Registers a parser of whole numbers in any base from 2 to 36."""

    @function(
        f"parse.{name}",
        f"(str: string, base: int) -> {name}",
        errors={code: message, code + 1: "base out of range"},
    )
    def parse(text: str, base: int) -> int:
        if not 2 <= base <= 36:
            fail(code + 1)
        text = text.strip().lower()
        if not _INTEGER.fullmatch(text) or _has_prefix(text, base):
            fail(code)
        try:
            number = int(text, base)
        except ValueError:
            fail(code)
        return number if low <= number <= high else fail(code)


def _has_prefix(text: str, base: int) -> bool:
    """Whether Python would take two characters at the beginning for a sign of the base, and not for digits."""
    return text.lstrip("+-")[:2] == {2: "0b", 8: "0o", 16: "0x"}.get(base)


_integers("int", INT_MIN, INT_MAX, 33000, "not an integer")
_integers("long", LONG_MIN, LONG_MAX, 33010, "not a long integer")


def _floating(name: str, narrowed: Callable[[float], float], code: int, message: str) -> None:
    """Registers a parser of numbers with a decimal point; too large ones become infinite."""

    @function(f"parse.{name}", f"(str: string) -> {name}", errors={code: message})
    def parse(text: str) -> float:
        text = text.strip().lower()
        if _NUMBER.fullmatch(text):
            return narrowed(float(text))
        return _SPECIAL[text] if text in _SPECIAL else fail(code)


_floating("float", float32, 33020, "not a single-precision float")
_floating("double", float, 33030, "not a double-precision float")
