"""map: what is in a map, and maps with something put in or taken out."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any, Final

from salver.formats.pfa.library.identity import identity
from salver.formats.pfa.library.registry import Call, Implementation, function, typed
from salver.formats.pfa.library.set_keys import set_key

Values = dict[str, Any]
_BY_KEYS: Final = "(m: map(any A), keys: array(string)) -> map(A)"

function("map.len", "(m: map(any A)) -> int")(len)
function("map.keys", "(m: map(any A)) -> array(string)")(list)


@function("map.values", "(m: map(any A)) -> array(A)")
def values(m: Values) -> list[Any]:
    """The values, in the order of the keys."""
    return list(m.values())


@typed(
    "map.containsKey",
    "(m: map(any A), key: string) -> boolean",
    "(m: map(any A), fcn: fcn(string) -> boolean) -> boolean",
)
def _contains_key(call: Call) -> Implementation:
    if call.signature == 0:
        return lambda m, key: key in m
    return lambda m, holds: any(map(holds, m))


@typed(
    "map.containsValue",
    "(m: map(any A), value: A) -> boolean",
    "(m: map(any A), fcn: fcn(A) -> boolean) -> boolean",
)
def _contains_value(call: Call) -> Implementation:
    if call.signature == 1:
        return lambda m, holds: any(map(holds, m.values()))
    key = identity(call.letters["A"])
    if key is None:
        return lambda m, value: value in m.values()
    return lambda m, value: key(value) in map(key, m.values())


@typed(
    "map.add",
    "(m: map(any A), key: string, value: A) -> map(A)",
    "(m: map(any A), item: A) -> map(A)",
)
def _add(call: Call) -> Implementation:
    if call.signature == 0:
        return lambda m, key, value: {**m, key: value}
    key_of = set_key(call.letters["A"])
    return lambda m, item: {**m, key_of(item): item}


@function("map.remove", "(m: map(any A), key: string) -> map(A)")
def remove(m: Values, key: str) -> Values:
    """The map without a key, which need not be there."""
    left = m.copy()
    left.pop(key, None)
    return left


@function("map.only", _BY_KEYS)
def only(m: Values, keys: Iterable[str]) -> Values:
    """What stands under some keys, which need not be there."""
    wanted = set(keys)
    return {key: value for key, value in m.items() if key in wanted}


@function("map.except", _BY_KEYS)
def all_except(m: Values, keys: Iterable[str]) -> Values:
    """What stands under all other keys."""
    unwanted = set(keys)
    return {key: value for key, value in m.items() if key not in unwanted}


@function("map.update", "(base: map(any A), overlay: map(A)) -> map(A)")
def update(base: Values, overlay: Values) -> Values:
    """Both maps in one; under the same key the second one's value stands."""
    return base | overlay


@function("map.split", "(m: map(any A)) -> array(map(A))")
def split(m: Values) -> list[Values]:
    """A map for each key."""
    return [{key: value} for key, value in m.items()]


@function("map.join", "(a: array(map(any A))) -> map(A)")
def join(a: list[Values]) -> Values:
    """All maps in one; under the same key the last one's value stands."""
    return dict(chain.from_iterable(map(dict.items, a)))
