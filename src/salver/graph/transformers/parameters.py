"""Parameters: a value for each column, given as a list in the columns' order or by their names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar

from salver.core.errors import BadInput
from salver.graph.transformers.frame import place_of

T = TypeVar("T")
PerColumn: TypeAlias = tuple[float, ...] | Mapping[str, float]


def in_order(given: Sequence[T] | Mapping[str, T], names: Sequence[str], otherwise: T) -> list[T]:
    """A value for each of these columns. Raises BadInput for other columns than the values are for."""
    if isinstance(given, Mapping):
        values = [otherwise] * len(names)
        for column, value in given.items():
            values[place_of(column, names)] = value
        return values
    if len(given) != len(names):
        raise BadInput(f"wanted {len(given)} columns, got {len(names)}")
    return list(given)


def every(given: Sequence[T] | Mapping[str, T]) -> list[T]:
    """All values, whichever way they are given."""
    return list(given.values() if isinstance(given, Mapping) else given)


def check_numbers(options: object, *names: str) -> None:
    """Raises BadInput unless these fields, where given, have values, all of them finite."""
    for name in names:
        given = getattr(options, name)
        if given is None:
            continue
        values = every(given)
        if not values or not all(math.isfinite(value) for value in values):
            raise BadInput(f"{name} must have a finite number for each column, got {values}")
