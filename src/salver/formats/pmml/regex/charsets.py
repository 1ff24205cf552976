"""Sets of characters, as ranges of code points: what one place of a regular expression may be."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, TypeAlias

CharSet: TypeAlias = tuple[tuple[int, int], ...]
"""Ranges, both ends within, in order and apart."""

EMPTY: Final[CharSet] = ()
ANY: Final[CharSet] = ((0, sys.maxunicode),)


def of(*ranges: tuple[int, int]) -> CharSet:
    """A set of ranges in any order."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def chars(text: str) -> CharSet:
    """The characters of a text."""
    return of(*((ord(char), ord(char)) for char in text))


def union(*sets: CharSet) -> CharSet:
    return of(*(part for each in sets for part in each))


def negated(chars_: CharSet) -> CharSet:
    gaps, start = [], 0
    for low, high in chars_:
        if start < low:
            gaps.append((start, low - 1))
        start = high + 1
    if start <= sys.maxunicode:
        gaps.append((start, sys.maxunicode))
    return tuple(gaps)


def common(first: CharSet, second: CharSet) -> CharSet:
    return negated(union(negated(first), negated(second)))


def overlap(first: CharSet, second: CharSet) -> bool:
    """Whether some character is in both."""
    if len(first) > len(second):
        first, second = second, first
    starts = [low for low, _ in second]
    for low, high in first:
        place = bisect_right(starts, high) - 1
        if place >= 0 and second[place][1] >= low:
            return True
    return False


def holds(chars_: CharSet, code: int) -> bool:
    place = bisect_right(chars_, (code, sys.maxunicode)) - 1
    return place >= 0 and chars_[place][1] >= code


def without_case(chars_: CharSet, *, ascii_only: bool) -> CharSet:
    """With the other cases of its letters."""
    if sum(high - low for low, high in chars_) < _FEW:
        codes: Iterable[int] = (code for low, high in chars_ for code in range(low, high + 1))
    else:
        codes = (code for code in _cased() if holds(chars_, code))
    others = (other for code in codes if not ascii_only or code < 128 for other in _other_cases(code))
    return union(chars_, tuple((other, other) for other in others if not ascii_only or other < 128))


_FEW: Final = 200


@lru_cache(10_000)
def _other_cases(code: int) -> tuple[int, ...]:
    char = chr(code)
    return tuple({ord(other) for other in (char.upper(), char.lower()) if len(other) == 1 and other != char})


@lru_cache(1)
def _cased() -> tuple[int, ...]:
    """Every letter that has another case."""
    return tuple(code for code in range(0x20000) if chr(code).upper() != chr(code).lower())


def as_python(chars_: CharSet) -> str:
    """The set in the notation of Python's `re`."""
    if not chars_:
        return "(?!)"
    return f"[{''.join(_ranges(chars_))}]"


def _ranges(chars_: CharSet) -> Iterable[str]:
    for low, high in chars_:
        yield _escaped(low) if low == high else f"{_escaped(low)}-{_escaped(high)}"


def _escaped(code: int) -> str:
    char = chr(code)
    if char.isascii() and char.isalnum():
        return char
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
