"""map: maps as sets. Of two maps their keys are compared, never their values."""

from __future__ import annotations

from typing import Any, Final

from salver.formats.pfa.library.registry import Call, Implementation, function, typed
from salver.formats.pfa.library.set_keys import set_key

Values = dict[str, Any]
_SET: Final = "(a: map(any A), b: map(A)) -> map(A)"


@typed("map.toset", "(a: array(any A)) -> map(A)")
def _to_set(call: Call) -> Implementation:
    key = set_key(call.letters["A"])
    return lambda a: {key(value): value for value in a}


@function("map.fromset", "(s: map(any A)) -> array(A)")
def from_set(s: Values) -> list[Any]:
    """The values of a set."""
    return list(s.values())


@typed("map.in", "(s: map(any A), x: A) -> boolean")
def _in(call: Call) -> Implementation:
    key = set_key(call.letters["A"])
    return lambda s, x: key(x) in s


@function("map.union", _SET)
def union(a: Values, b: Values) -> Values:
    """What is in either; what is in both as the second has it."""
    return a | b


@function("map.intersection", _SET)
def intersection(a: Values, b: Values) -> Values:
    """What is in both, as the first has it."""
    return {key: value for key, value in a.items() if key in b}


@function("map.diff", _SET)
def diff(a: Values, b: Values) -> Values:
    """What is in the first and not in the second."""
    return {key: value for key, value in a.items() if key not in b}


@function("map.symdiff", _SET)
def symdiff(a: Values, b: Values) -> Values:
    """What is in one of them only."""
    return diff(a, b) | diff(b, a)


@function("map.subset", "(little: map(any A), big: map(A)) -> boolean")
def is_subset(little: Values, big: Values) -> bool:
    """Whether all that is in the first is in the second."""
    return little.keys() <= big.keys()


@function("map.disjoint", "(a: map(any A), b: map(A)) -> boolean")
def is_disjoint(a: Values, b: Values) -> bool:
    """Whether nothing is in both."""
    return a.keys().isdisjoint(b.keys())
