"""map: what a function makes of the values of a map, or says of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any, Final

from salver.formats.pfa.avro.types import Function, Union
from salver.formats.pfa.library.registry import Call, Implementation, fail, function, typed

Values = dict[str, Any]
Compute = Callable[..., Any]
_MAPS: Final = (
    "a: map(any A), b: map(any B)",
    "a: map(any A), b: map(any B), c: map(any C)",
    "a: map(any A), b: map(any B), c: map(any C), d: map(any D)",
)
_ITEMS: Final = ("A, B", "A, B, C", "A, B, C, D")
_MISALIGNED: Final = "misaligned maps"


@function("map.map", "(m: map(any A), fcn: fcn(A) -> any B) -> map(B)")
def mapped(m: Values, compute: Compute) -> Values:
    """What the function makes of each value."""
    return dict(zip(m, map(compute, m.values()), strict=True))


@function("map.mapWithKey", "(m: map(any A), fcn: fcn(string, A) -> any B) -> map(B)")
def mapped_with_key(m: Values, compute: Compute) -> Values:
    """What the function makes of each key and its value."""
    return dict(zip(m, map(compute, m, m.values()), strict=True))


@function("map.filter", "(m: map(any A), fcn: fcn(A) -> boolean) -> map(A)")
def filtered(m: Values, holds: Compute) -> Values:
    """The values of which the function says yes."""
    return {key: value for key, value in m.items() if holds(value)}


@function("map.filterWithKey", "(m: map(any A), fcn: fcn(string, A) -> boolean) -> map(A)")
def filtered_with_key(m: Values, holds: Compute) -> Values:
    """The values of which, and of whose key, the function says yes."""
    return {key: value for key, value in m.items() if holds(key, value)}


def _without_null(call: Call, compute: Callable[[Values, Compute], Values]) -> Implementation:
    """Leaves out what is null, and takes the rest out of the union that it comes in, if it comes in one."""
    given = call.params[1]
    if isinstance(given, Function) and isinstance(given.ret, Union):
        return lambda m, f: {key: found[1] for key, found in compute(m, f).items() if found is not None}
    return lambda m, f: {key: found for key, found in compute(m, f).items() if found is not None}


@typed("map.filterMap", "(m: map(any A), fcn: fcn(A) -> union(any B, null)) -> map(B)")
def _filter_map(call: Call) -> Implementation:
    return _without_null(call, mapped)


@typed("map.filterMapWithKey", "(m: map(any A), fcn: fcn(string, A) -> union(any B, null)) -> map(B)")
def _filter_map_with_key(call: Call) -> Implementation:
    return _without_null(call, mapped_with_key)


@function("map.flatMap", "(m: map(any A), fcn: fcn(A) -> map(any B)) -> map(B)")
def flat_mapped(m: Values, compute: Compute) -> Values:
    """All maps that the function makes of the values, in one; under the same key the last one's value stands."""
    return dict(chain.from_iterable(map(dict.items, map(compute, m.values()))))


@function("map.flatMapWithKey", "(m: map(any A), fcn: fcn(string, A) -> map(any B)) -> map(B)")
def flat_mapped_with_key(m: Values, compute: Compute) -> Values:
    """The same, of each key and its value."""
    return dict(chain.from_iterable(map(dict.items, map(compute, m, m.values()))))


def _aligned(maps: list[Values], code: int) -> list[list[Any]]:
    """The values of maps that have the same keys, in the order of those of the first."""
    first = maps[0]
    for other in maps[1:]:
        if other.keys() != first.keys():
            fail(code)
    return [[one[key] for key in first] for one in maps]


@function(
    "map.zipmap",
    *(f"({maps}, fcn: fcn({items}) -> any Z) -> map(Z)" for maps, items in zip(_MAPS, _ITEMS, strict=True)),
    errors={26370: _MISALIGNED},
)
def zip_mapped(*given: Any) -> Values:
    """What the function, which comes last, makes of the values under the same key of some maps."""
    *maps, compute = given
    return dict(zip(maps[0], map(compute, *_aligned(maps, 26370)), strict=True))


@function(
    "map.zipmapWithKey",
    *(f"({maps}, fcn: fcn(string, {items}) -> any Z) -> map(Z)" for maps, items in zip(_MAPS, _ITEMS, strict=True)),
    errors={26380: _MISALIGNED},
)
def zip_mapped_with_key(*given: Any) -> Values:
    """The same, of each key and the values there."""
    *maps, compute = given
    return dict(zip(maps[0], map(compute, maps[0], *_aligned(maps, 26380)), strict=True))


@function("map.corresponds", "(a: map(any A), b: map(any B), fcn: fcn(A, B) -> boolean) -> boolean")
def corresponds(a: Values, b: Values, holds: Compute) -> bool:
    """Whether both have the same keys, and the function says yes of the values under each."""
    return a.keys() == b.keys() and all(holds(value, b[key]) for key, value in a.items())


@function("map.correspondsWithKey", "(a: map(any A), b: map(any B), fcn: fcn(string, A, B) -> boolean) -> boolean")
def corresponds_with_key(a: Values, b: Values, holds: Compute) -> bool:
    """The same, of each key and the values there."""
    return a.keys() == b.keys() and all(holds(key, value, b[key]) for key, value in a.items())
