"""map: the keys of the greatest and the least values. Of equal values the one with the least key comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from salver.formats.pfa.library.arrays_order import Less, ranks
from salver.formats.pfa.library.registry import Call, Clock, Implementation, fail, typed

Values = dict[str, Any]
_LESS: Final = "lessThan: fcn(A, A) -> boolean"
_EMPTY: Final = "empty map"
_NEGATIVE: Final = "n < 0"


def _one(name: str, code: int, pick: Callable[[Sequence[Any]], Any]) -> None:
    """Registers the key of an extreme by Avro's order."""

    @typed(name, "(m: map(any A)) -> string", errors={code: _EMPTY})
    def make(call: Call) -> Implementation:
        ranked = ranks(call.letters["A"])

        def place(m: Values) -> str:
            if not m:
                fail(code)
            found = ranked(list(m.values()))
            best = pick(found)
            return min(key for key, rank in zip(m, found, strict=True) if rank == best)

        return place


def _some(name: str, code: int, *, greatest: bool) -> None:
    """Registers the keys of the n extremes by Avro's order, the most extreme first."""

    @typed(name, "(m: map(any A), n: int) -> array(string)", errors={code: _EMPTY, code + 1: _NEGATIVE})
    def make(call: Call) -> Implementation:
        ranked = ranks(call.letters["A"])

        def places(m: Values, n: int) -> list[str]:
            if not m:
                fail(code)
            if n < 0:
                fail(code + 1)
            found = dict(zip(m, ranked(list(m.values())), strict=True))
            return sorted(sorted(m), key=found.__getitem__, reverse=greatest)[:n]

        return places


def _best(clock: Clock, m: Values, n: int, before: Less) -> list[str]:
    """The keys of the n values that come before all others, each put in where it first may be.

    Functions that say no order at all get what Hadrian and Titus give: they are asked the same questions."""
    found: list[tuple[str, Any]] = []
    for key, value in m.items():
        clock.check()
        place = 0
        for other_key, other in found:
            if before(value, other) or (not before(other, value) and key < other_key):
                break
            place += 1
        found.insert(place, (key, value))
        del found[n:]
    return [key for key, _ in found]


def _before(less: Less, *, greatest: bool) -> Less:
    return (lambda x, y: less(y, x)) if greatest else less


def _by(name: str, code: int, *, greatest: bool) -> None:
    """Registers an extreme by the order that a function says."""

    @typed(name, f"(m: map(any A), {_LESS}) -> string", errors={code: _EMPTY}, needs=("clock",))
    def make(_call: Call) -> Implementation:
        def place(clock: Clock, m: Values, less: Less) -> str:
            return _best(clock, m, 1, _before(less, greatest=greatest))[0] if m else fail(code)

        return place


def _some_by(name: str, code: int, *, greatest: bool) -> None:
    """Registers the n extremes by the order that a function says."""
    errors = {code: _EMPTY, code + 1: _NEGATIVE}

    @typed(name, f"(m: map(any A), n: int, {_LESS}) -> array(string)", errors=errors, needs=("clock",))
    def make(_call: Call) -> Implementation:
        def places(clock: Clock, m: Values, n: int, less: Less) -> list[str]:
            if not m:
                fail(code)
            if n < 0:
                fail(code + 1)
            return _best(clock, m, n, _before(less, greatest=greatest))

        return places


_one("map.argmax", 26120, max)
_one("map.argmin", 26130, min)
_by("map.argmaxLT", 26140, greatest=True)
_by("map.argminLT", 26150, greatest=False)
_some("map.argmaxN", 26160, greatest=True)
_some("map.argminN", 26170, greatest=False)
_some_by("map.argmaxNLT", 26180, greatest=True)
_some_by("map.argminNLT", 26190, greatest=False)
