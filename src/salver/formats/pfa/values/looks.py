"""Which branch of a union a plain value is for, where it does not say: told by a short look at it.

A look goes only so many levels into a value and the choice is not taken back, so that reading takes time in proportion
to the size of what is read, however its unions are nested. Where a short look leaves two, the value must say which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from salver.formats.pfa.avro.types import (
    DOUBLE,
    INTEGERS,
    NO_DEFAULT,
    NULL,
    NUMBERS,
    Array,
    Map,
    Record,
    Type,
    Union,
)
from salver.formats.pfa.values.unfit import Unfit

Look = Callable[[Any, int], bool]
"""Whether a value may be of a type, as far as so many levels of it tell."""
Choice = Callable[[Any], list[tuple[Type, Any]]]
"""The branches that a value may be for, each with the value for it: one, unless something is wrong."""
_LEVELS: Final = 4


class Looks:
    """Makes looks that know each other, so that a record may hold itself.

    `leaf` makes what reads a type that holds no other types, and raises Unfit."""

    def __init__(self, leaf: Callable[[Type], Callable[[Any], Any]]) -> None:
        self._leaf = leaf
        self._known: dict[str, Look] = {}

    def of(self, of: Type) -> Look:
        """How to look at a value for a type."""
        if isinstance(of, Array):
            return _at_array(self.of(of.items))
        if isinstance(of, Map):
            return _at_map(self.of(of.values))
        if isinstance(of, Record):
            return self._at_record(of)
        if isinstance(of, Union):
            choose = self._choice(of)
            return lambda x, levels: bool(choose(x, levels))
        return _at_leaf(self._leaf(of))

    def choice(self, of: Union) -> Choice:
        """How to tell the branch of a union: by its tag, or by what the value looks like."""
        choose = self._choice(of)
        return lambda x: choose(x, _LEVELS)

    def _choice(self, of: Union) -> Callable[[Any, int], list[tuple[Type, Any]]]:
        looks = [(branch, self.of(branch)) for branch in of.types if branch is not NULL]
        tagged = {branch.tag: (branch, look) for branch, look in looks}
        null: list[tuple[Type, Any]] = [(NULL, None)] if NULL in of.types else []

        def choose(x: Any, levels: int) -> list[tuple[Type, Any]]:
            if x is None:
                return null
            bare = [pair for pair in looks if pair[1](x, 0)]
            named = _tagged(x, tagged)
            if named is not None and (not _exact(bare, x) or named[1](x[named[0].tag], levels)):
                return [(named[0], x[named[0].tag])]
            if len(bare) > 1:
                bare = _narrowed([pair for pair in bare if pair[1](x, levels)])
            return [(branch, x) for branch, _ in _exact(bare, x) or bare]

        return choose

    def _at_record(self, of: Record) -> Look:
        if of.tag in self._known:
            return self._known[of.tag]
        steps: dict[str, Look] = {}
        needed = _needed(of)

        def look(x: Any, levels: int) -> bool:
            if not isinstance(x, Mapping) or not needed <= x.keys():
                return False
            return levels <= 0 or all(step(x[name], levels - 1) for name, step in steps.items() if name in x)

        self._known[of.tag] = look
        steps.update((name, self.of(kind)) for name, kind in of.types.items())
        return look


def certain_tags(of: Union) -> list[Type]:
    """The branches whose tag leaves no doubt: an object of that one key is no map and no record of the union."""
    records = [branch for branch in of.types if isinstance(branch, Record)]
    if any(isinstance(branch, Map) for branch in of.types):
        return []
    return [
        b for b in of.types if b is not NULL and not any(_needed(one) <= {b.tag} <= set(one.types) for one in records)
    ]


def _needed(of: Record) -> set[str]:
    """The fields that must be there."""
    return {field.name for field in of.fields if field.default is NO_DEFAULT}


def _tagged(x: Any, tags: Mapping[str, Any]) -> Any:
    """What belongs to the tag of a value, if it has one."""
    return tags.get(next(iter(x))) if isinstance(x, Mapping) and len(x) == 1 else None


def _exact(fitting: list[tuple[Type, Look]], x: Any) -> list[tuple[Type, Look]]:
    """Those that know every field of an object: they go before those that would pass over some."""
    return [one for one in fitting if not isinstance(one[0], Record) or x.keys() <= one[0].types.keys()]


def _narrowed(fitting: list[tuple[Type, Look]]) -> list[tuple[Type, Look]]:
    """A number that several branches take is for the first of whole numbers, else for that of 64 bits."""
    if len(fitting) < 2 or not all(branch in NUMBERS for branch, _ in fitting):
        return fitting
    return [one for one in fitting if one[0] in INTEGERS][:1] or [one for one in fitting if one[0] is DOUBLE]


def _at_leaf(read: Callable[[Any], Any]) -> Look:
    def look(x: Any, _levels: int) -> bool:
        try:
            read(x)
        except Unfit:
            return False
        return True

    return look


def _at_array(item: Look) -> Look:
    def look(x: Any, levels: int) -> bool:
        if isinstance(x, np.ndarray):
            x = x.tolist()
        return isinstance(x, (list, tuple)) and (levels <= 0 or all(item(one, levels - 1) for one in x))

    return look


def _at_map(value: Look) -> Look:
    def look(x: Any, levels: int) -> bool:
        return isinstance(x, Mapping) and (levels <= 0 or all(value(one, levels - 1) for one in x.values()))

    return look
