"""a: arrays as sets. Values are the same where Avro says so (identity.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from salver.formats.pfa.library.identity import identities
from salver.formats.pfa.library.registry import Call, Implementation, typed

Values = list[Any]
Keys = Callable[[Values], Values]
"""What gives the keys that stand for some values."""
_SET: Final = "(a: array(any A), b: array(A)) -> array(A)"
_TRUTH: Final = "(a: array(any A), b: array(A)) -> boolean"


def _keys(call: Call) -> Keys:
    return identities(call.letters["A"])


def _distinct(a: Values, keys: Keys) -> Values:
    """The values, each only where it comes first."""
    found = keys(a)
    if found is a:
        return list(dict.fromkeys(a))
    firsts: dict[Any, Any] = {}
    for key, value in zip(found, a, strict=True):
        firsts.setdefault(key, value)
    return list(firsts.values())


def _among(a: Values, b: Values, keys: Keys) -> Values:
    others = set(keys(b))
    return [value for value, key in zip(a, keys(a), strict=True) if key in others]


def _beside(a: Values, b: Values, keys: Keys) -> Values:
    others = set(keys(b))
    return [value for value, key in zip(a, keys(a), strict=True) if key not in others]


@typed("a.distinct", "(a: array(any A)) -> array(A)")
def _make_distinct(call: Call) -> Implementation:
    keys = _keys(call)
    return lambda a: _distinct(a, keys)


@typed("a.union", _SET)
def _union(call: Call) -> Implementation:
    keys = _keys(call)
    return lambda a, b: _distinct(a + b, keys)


@typed("a.intersection", _SET)
def _intersection(call: Call) -> Implementation:
    """What is in both, as often as it is in either: Hadrian and Titus both have it so."""
    keys = _keys(call)
    return lambda a, b: _among(a, b, keys) + _among(b, a, keys)


@typed("a.diff", _SET)
def _diff(call: Call) -> Implementation:
    keys = _keys(call)
    return lambda a, b: _beside(a, b, keys)


@typed("a.symdiff", _SET)
def _symdiff(call: Call) -> Implementation:
    keys = _keys(call)
    return lambda a, b: _beside(a, b, keys) + _beside(b, a, keys)


@typed("a.seteq", _TRUTH)
def _seteq(call: Call) -> Implementation:
    keys = _keys(call)
    return lambda a, b: set(keys(a)) == set(keys(b))


@typed("a.subset", "(little: array(any A), big: array(A)) -> boolean")
def _subset(call: Call) -> Implementation:
    keys = _keys(call)
    return lambda little, big: set(keys(little)).issubset(keys(big))


@typed("a.disjoint", _TRUTH)
def _disjoint(call: Call) -> Implementation:
    keys = _keys(call)
    return lambda a, b: set(keys(a)).isdisjoint(keys(b))
