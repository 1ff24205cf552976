"""a: the greatest and the least values of an array, and their places. Of equals the first comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from salver.formats.pfa.library.arrays_order import Less, Values, ranks, ranks_by
from salver.formats.pfa.library.registry import Call, Implementation, fail, typed

_LESS: Final = "lessThan: fcn(A, A) -> boolean"
_EMPTY: Final = "empty array"
_NEGATIVE: Final = "n < 0"


def _one(name: str, code: int, pick: Callable[[Sequence[Any]], Any]) -> None:
    """Registers an extreme by Avro's order, as a value or, where the name says so, as a place."""
    wants_place = name.startswith("a.arg")

    @typed(name, f"(a: array(any A)) -> {'int' if wants_place else 'A'}", errors={code: _EMPTY})
    def make(call: Call) -> Implementation:
        ranked = ranks(call.letters["A"])

        def place(a: Values) -> int:
            if not a:
                fail(code)
            found = ranked(a)
            return found.index(pick(found))

        return place if wants_place else (lambda a: a[place(a)])


def _one_by(name: str, code: int, *, greatest: bool) -> None:
    """Registers an extreme by the order that a function says."""
    wants_place = name.startswith("a.arg")

    @typed(name, f"(a: array(any A), {_LESS}) -> {'int' if wants_place else 'A'}", errors={code: _EMPTY})
    def make(_call: Call) -> Implementation:
        def place(a: Values, less: Less) -> int:
            if not a:
                fail(code)
            best = 0
            for at in range(1, len(a)):
                if less(a[best], a[at]) if greatest else less(a[at], a[best]):
                    best = at
            return best

        return place if wants_place else (lambda a, less: a[place(a, less)])


def _some(name: str, code: int, *, greatest: bool) -> None:
    """Registers the n extremes, the most extreme first: by Avro's order, or where the name says LT by a function."""
    wants_places, by = name.startswith("a.arg"), name.endswith("LT")
    signature = f"(a: array(any A), n: int{', ' + _LESS if by else ''}) -> array({'int' if wants_places else 'A'})"

    @typed(name, signature, errors={code: _EMPTY, code + 1: _NEGATIVE})
    def make(call: Call) -> Implementation:
        ranked = None if by else ranks(call.letters["A"])

        def places(a: Values, n: int, *less: Less) -> list[int]:
            if not a:
                fail(code)
            if n < 0:
                fail(code + 1)
            found = list(map(ranks_by(*less), a)) if ranked is None else ranked(a)
            return sorted(range(len(a)), key=found.__getitem__, reverse=greatest)[:n]

        return places if wants_places else (lambda a, *how: [a[at] for at in places(a, *how)])


_one("a.max", 15240, max)
_one("a.min", 15250, min)
_one_by("a.maxLT", 15260, greatest=True)
_one_by("a.minLT", 15270, greatest=False)
_some("a.maxN", 15280, greatest=True)
_some("a.minN", 15290, greatest=False)
_some("a.maxNLT", 15300, greatest=True)
_some("a.minNLT", 15310, greatest=False)
_one("a.argmax", 15320, max)
_one("a.argmin", 15330, min)
_one_by("a.argmaxLT", 15340, greatest=True)
_one_by("a.argminLT", 15350, greatest=False)
_some("a.argmaxN", 15360, greatest=True)
_some("a.argminN", 15370, greatest=False)
_some("a.argmaxNLT", 15380, greatest=True)
_some("a.argminNLT", 15390, greatest=False)
