"""a: where something is in an array: a value, some values in a row, or a value of which a function says yes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from salver.formats.pfa.library.identity import identities
from salver.formats.pfa.library.registry import UNKNOWN, Call, Clock, Implementation, typed

Values = list[Any]
_ROW: Final = "(haystack: array(any A), needle: array(A)) -> "
_ONE: Final = "(haystack: array(any A), needle: A) -> "
_WISHED: Final = "(haystack: array(any A), needle: fcn(A) -> boolean) -> "


@dataclass(frozen=True, slots=True)
class _Search:
    """One question, asked of each kind of needle. Values come as what stands for them (identity.py)."""

    row: Callable[[Clock, Values, Values], Any]
    one: Callable[[Values, Any], Any]
    wished: Callable[[Values, Callable[[Any], bool]], Any]
    table: Callable[[Values], Mapping[Any, Any]]
    """The answers for each value that is there, worked out once where the array never changes."""
    absent: Any
    """The answer for all others."""


def _register(name: str, ret: str, search: _Search) -> None:
    @typed(name, _ROW + ret, _ONE + ret, _WISHED + ret, needs=("clock",))
    def make(call: Call) -> Implementation:
        if call.signature == 2:
            return lambda _clock, haystack, needle: search.wished(haystack, needle)
        keys = identities(call.letters["A"])
        if call.signature == 0:
            return lambda clock, haystack, needle: search.row(clock, keys(haystack), keys(needle))
        haystack = call.constant(0)
        if haystack is UNKNOWN:
            return lambda _clock, haystack, needle: search.one(keys(haystack), keys([needle])[0])
        answer, absent = search.table(keys(haystack)).get, search.absent
        return lambda _clock, _haystack, needle: answer(keys([needle])[0], absent)


def _places(clock: Clock, haystack: Values, needle: Values, *, backwards: bool = False) -> Iterator[int]:
    """Where a row begins, one place after the other; they may overlap."""
    size = len(needle)
    forwards = range(len(haystack) - size + 1)
    starts = forwards[::-1] if backwards else forwards
    if not needle:
        yield from starts
        return
    first = needle[0]
    for start in starts:
        if haystack[start] == first:
            clock.check()
            if haystack[start : start + size] == needle:
                yield start


def _first(clock: Clock, haystack: Values, needle: Values) -> int:
    return next(_places(clock, haystack, needle), -1)


def _last(clock: Clock, haystack: Values, needle: Values) -> int:
    return next(_places(clock, haystack, needle, backwards=True), -1)


def _count(clock: Clock, haystack: Values, needle: Values) -> int:
    """How often a row is there. An empty one is nowhere."""
    return sum(1 for _ in _places(clock, haystack, needle)) if needle else 0


def _index(haystack: Values, needle: Any) -> int:
    return haystack.index(needle) if needle in haystack else -1


def _index_where(haystack: Values, holds: Callable[[Any], bool]) -> int:
    return next((place for place, value in enumerate(haystack) if holds(value)), -1)


def _from_the_end(search: Callable[[Values, Any], int]) -> Callable[[Values, Any], int]:
    """The same search, for the last place."""

    def found(haystack: Values, needle: Any) -> int:
        place = search(haystack[::-1], needle)
        return -1 if place < 0 else len(haystack) - 1 - place

    return found


def _last_places(haystack: Values) -> dict[Any, int]:
    return {value: place for place, value in enumerate(haystack)}


def _first_places(haystack: Values) -> dict[Any, int]:
    return {value: place for place, value in reversed(list(enumerate(haystack)))}


_register(
    "a.contains",
    "boolean",
    _Search(
        row=lambda clock, haystack, needle: _first(clock, haystack, needle) >= 0,
        one=lambda haystack, needle: needle in haystack,
        wished=lambda haystack, holds: any(map(holds, haystack)),
        table=lambda haystack: dict.fromkeys(haystack, True),
        absent=False,
    ),
)
_register(
    "a.count",
    "int",
    _Search(
        row=_count,
        one=lambda haystack, needle: haystack.count(needle),
        wished=lambda haystack, holds: list(map(holds, haystack)).count(True),
        table=Counter,
        absent=0,
    ),
)
_register("a.index", "int", _Search(_first, _index, _index_where, _first_places, -1))
_register("a.rindex", "int", _Search(_last, _from_the_end(_index), _from_the_end(_index_where), _last_places, -1))


def _at_an_end(name: str, part: Callable[[Values, int], Values]) -> None:
    """Registers whether an array has something at one of its ends. `part`: so many values there."""

    @typed(name, _ROW + "boolean", _ONE + "boolean")
    def make(call: Call) -> Implementation:
        keys = identities(call.letters["A"])

        def is_there(haystack: Values, needle: Values) -> bool:
            return len(needle) <= len(haystack) and keys(part(haystack, len(needle))) == keys(needle)

        return is_there if call.signature == 0 else (lambda haystack, needle: is_there(haystack, [needle]))


_at_an_end("a.startswith", lambda haystack, size: haystack[:size])
_at_an_end("a.endswith", lambda haystack, size: haystack[len(haystack) - size :])
