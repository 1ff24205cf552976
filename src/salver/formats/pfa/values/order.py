"""The order of values (Avro 1.7, "Sort Order"), not that of Python: NaN equals itself and comes last, enums go by the
order of their symbols, unions by that of their branches. Maps have none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from salver.formats.pfa.avro.types import (
    FLOATING,
    Array,
    Enum,
    Map,
    Record,
    Type,
    Union,
)

Compare = Callable[[Any, Any], int]
"""-1, 0 or 1: the first comes before the second, at its place, after it."""


class NoOrder(Exception):
    """Values of this type cannot be compared; the message says which part of it."""


def comparison(of: Type) -> Compare:
    """How two values of a type compare. Raises NoOrder where a part that counts is a map."""
    return _comparison(of, {})


def natural(of: Type) -> bool:
    """Whether Python's own order and equality are those of the type."""
    if isinstance(of, Array):
        return natural(of.items)
    return not (of in FLOATING or isinstance(of, (Enum, Map, Record, Union)))


def sort_key(of: Type) -> Callable[[Any], Any] | None:
    """The key to sort by (`sorted(values, key=...)`); None where Python's own order will do. Raises NoOrder."""
    if natural(of):
        return None
    if of in FLOATING:
        return nan_last
    if isinstance(of, Enum):
        return of.ranks.__getitem__
    return cmp_to_key(comparison(of))


def nan_last(x: float) -> tuple[bool, float]:
    """A key for floating numbers: NaN equals NaN and is greater than all others."""
    return (True, 0.0) if x != x else (False, x)


def equality(of: Type) -> Callable[[Any, Any], bool]:
    """Whether two values of a type are equal. Raises NoOrder."""
    compare = comparison(of)
    if of in FLOATING:
        return lambda x, y: x == y or (x != x and y != y)
    if natural(of) or isinstance(of, Enum):
        return lambda x, y: bool(x == y)
    return lambda x, y: compare(x, y) == 0


def _plain(x: Any, y: Any) -> int:
    return int(x > y) - int(x < y)


def _floating(x: float, y: float) -> int:
    if x != x:
        return 0 if y != y else 1
    return -1 if y != y else (x > y) - (x < y)


def _nothing(_x: Any, _y: Any) -> int:
    return 0


def _comparison(of: Type, known: dict[str, Compare]) -> Compare:
    if of in FLOATING:
        return _floating
    if of.tag == "null":
        return _nothing
    if isinstance(of, Map):
        raise NoOrder("maps have no order")
    if isinstance(of, Enum):
        ranks = of.ranks
        return lambda x, y: _plain(ranks[x], ranks[y])
    if isinstance(of, Array):
        return _of_array(_comparison(of.items, known))
    if isinstance(of, Union):
        return _of_union(of, known)
    if isinstance(of, Record):
        return _of_record(of, known)
    return _plain


def _of_array(items: Compare) -> Compare:
    def compare(x: list[Any], y: list[Any]) -> int:
        for one, other in zip(x, y, strict=False):
            if found := items(one, other):
                return found
        return _plain(len(x), len(y))

    return compare


def _of_union(of: Union, known: dict[str, Compare]) -> Compare:
    ranks = {branch.tag: rank for rank, branch in enumerate(of.types)}
    branches = {branch.tag: _comparison(branch, known) for branch in of.types}

    def compare(x: Any, y: Any) -> int:
        one, other = "null" if x is None else x[0], "null" if y is None else y[0]
        if one != other:
            return _plain(ranks[one], ranks[other])
        return 0 if x is None else branches[one](x[1], y[1])

    return compare


def _of_record(of: Record, known: dict[str, Compare]) -> Compare:
    if of.tag in known:
        return known[of.tag]
    steps: list[tuple[str, int, Compare]] = []

    def compare(x: dict[str, Any], y: dict[str, Any]) -> int:
        for name, sign, field in steps:
            if found := field(x[name], y[name]):
                return sign * found
        return 0

    known[of.tag] = compare
    counting = [field for field in of.fields if field.order != "ignore"]
    steps.extend((f.name, -1 if f.order == "descending" else 1, _comparison(f.type, known)) for f in counting)
    return compare
