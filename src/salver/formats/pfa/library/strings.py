"""s: strings. A character is a code point. What makes strings of numbers is in `string_numbers.py`, regular expressions
are in `expressions.py`.
"""

from __future__ import annotations

from functools import lru_cache
from operator import contains
from typing import Final, TypeVar

from salver.formats.pfa.library.registry import function
from salver.formats.pfa.library.sizes import bounded

_T = TypeVar("_T", str, bytes)
_SEARCH: Final = "(haystack: string, needle: string) -> "
_STRIP: Final = "(s: string, chars: string) -> string"
_REPLACE: Final = "(s: string, original: string, replacement: string) -> string"

function("s.len", "(s: string) -> int")(len)
function("s.contains", _SEARCH + "boolean")(contains)
function("s.index", _SEARCH + "int")(str.find)
function("s.rindex", _SEARCH + "int")(str.rfind)
function("s.startswith", _SEARCH + "boolean")(str.startswith)
function("s.endswith", _SEARCH + "boolean")(str.endswith)
function("s.lower", "(s: string) -> string")(str.lower)
function("s.upper", "(s: string) -> string")(str.upper)
function("s.lstrip", _STRIP)(str.lstrip)
function("s.rstrip", _STRIP)(str.rstrip)
function("s.strip", _STRIP)(str.strip)


@function("s.substr", "(s: string, start: int, end: int) -> string")
def _substr(s: str, start: int, end: int) -> str:
    return s[start:end]


def with_part(whole: _T, start: int, end: int, replacement: _T) -> _T:
    """The whole with something else from `start` up to, but not, `end`; both count from the end where negative."""
    first, last, _ = slice(start, end).indices(len(whole))
    bounded(len(whole) + len(replacement))
    return whole[:first] + replacement + whole[max(first, last) :]


@function("s.substrto", "(s: string, start: int, end: int, replacement: string) -> string")
def _substrto(s: str, start: int, end: int, replacement: str) -> str:
    return with_part(s, start, end, replacement)


@function("s.count", _SEARCH + "int")
def _count(haystack: str, needle: str) -> int:
    return haystack.count(needle) if needle else 0


@function("s.join", "(array: array(string), sep: string) -> string")
def _join(array: list[str], sep: str) -> str:
    bounded(sum(map(len, array)) + len(array) * len(sep))
    return sep.join(array)


@function("s.split", "(s: string, sep: string) -> array(string)")
def _split(s: str, sep: str) -> list[str]:
    return s.split(sep) if sep else []


@function("s.concat", "(x: string, y: string) -> string")
def _concat(x: str, y: str) -> str:
    bounded(len(x) + len(y))
    return x + y


@function("s.repeat", "(s: string, n: int) -> string")
def _repeat(s: str, n: int) -> str:
    bounded(len(s) * n)
    return s * n


@function("s.replaceall", _REPLACE)
def _replace_all(s: str, original: str, replacement: str) -> str:
    """Where `original` is empty, it is found before, between and after all characters."""
    bounded(len(s) + s.count(original) * len(replacement))
    return s.replace(original, replacement)


@function("s.replacefirst", _REPLACE)
def _replace_first(s: str, original: str, replacement: str) -> str:
    bounded(len(s) + len(replacement))
    return s.replace(original, replacement, 1)


@function("s.replacelast", _REPLACE)
def _replace_last(s: str, original: str, replacement: str) -> str:
    at = s.rfind(original)
    if at < 0:
        return s
    bounded(len(s) + len(replacement))
    return s[:at] + replacement + s[at + len(original) :]


@lru_cache(maxsize=64)
def _table(old: str, new: str) -> dict[int, str | None]:
    """What becomes of each character: the one at the same place in `new`, or nothing. The first mention counts."""
    table: dict[int, str | None] = {}
    for at, character in enumerate(old):
        table.setdefault(ord(character), new[at] if at < len(new) else None)
    return table


@function("s.translate", "(s: string, oldchars: string, newchars: string) -> string")
def _translate(s: str, old: str, new: str) -> str:
    return s.translate(_table(old, new))
