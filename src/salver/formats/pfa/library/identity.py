"""What stands for a value as the key of a dict or in a set: equal, and of one hash, where values are the same.

Values are the same where Avro's order says so (values/order.py): NaN is NaN, and fields without an order do not count.
Maps, which have no order, are the same where they have the same values by the same strings.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from salver.formats.pfa.avro.types import FLOATING, Array, Map, Record, Type, Union

Key = Callable[[Any], Hashable]


def identity(of: Type) -> Key | None:
    """What makes the key of a value of a type; None where the value is that itself."""
    return _identity(of, {})


def identities(of: Type) -> Callable[[list[Any]], list[Any]]:
    """What makes the keys of some values of a type, in their order."""
    key = identity(of)
    if key is _of_floating:
        return lambda values: list(map(_of_floating, values)) if may_hold_nan(values) else values
    return (lambda values: values) if key is None else (lambda values: list(map(key, values)))


def may_hold_nan(numbers: Sequence[float]) -> bool:
    """False where there is surely no NaN among some numbers, found out faster than by a look at each."""
    total = sum(numbers)
    return total != total


def _identity(of: Type, known: dict[str, Key]) -> Key | None:
    if of in FLOATING:
        return _of_floating
    if isinstance(of, Array):
        items = _identity(of.items, known)
        return tuple if items is None else (lambda values: tuple(map(items, values)))
    if isinstance(of, Map):
        return _of_map(_identity(of.values, known))
    if isinstance(of, Record):
        return known.get(of.tag) or _of_record(of, known)
    return _of_union(of, known) if isinstance(of, Union) else None


def _of_floating(x: float) -> float | None:
    return x if x == x else None


def _of_map(step: Key | None) -> Key:
    if step is None:
        return lambda values: frozenset(values.items())
    return lambda values: frozenset((key, step(value)) for key, value in values.items())


def _of_union(of: Union, known: dict[str, Key]) -> Key | None:
    found = {branch.tag: _identity(branch, known) for branch in of.types}
    steps = {tag: step for tag, step in found.items() if step is not None}
    if not steps:
        return None

    def key(value: tuple[str, Any] | None) -> Hashable:
        step = None if value is None else steps.get(value[0])
        return value if value is None or step is None else (value[0], step(value[1]))

    return key


def _of_record(of: Record, known: dict[str, Key]) -> Key:
    steps: list[tuple[str, Key | None]] = []

    def key(value: Any) -> Hashable:
        return tuple([value[name] if step is None else step(value[name]) for name, step in steps])

    known[of.tag] = key
    steps.extend((field.name, _identity(field.type, known)) for field in of.fields if field.order != "ignore")
    return key
