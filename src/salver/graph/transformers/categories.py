"""Categories: the known values of a column, and the place of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from salver.core.errors import BadInput
from salver.graph.transformers.frame import Array

UNKNOWN = -1


class Categories:
    """Of one column. Text is compared as text whether it comes as `bytes` or `str`; None and NaN are one value."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = tuple(values)
        self._places = {_key(value): place for place, value in enumerate(values)}
        # A float32 0.1 is no 0.1.
        singles = [
            (_key(float(np.float32(value))), place) for place, value in enumerate(values) if type(value) is float
        ]
        self._single_places = {**self._places, **dict(singles)}

    def places(self, column: Array) -> Array:
        """The place of each value, UNKNOWN where it is none of them."""
        places = self._single_places if column.dtype == np.float32 else self._places
        found = (_place(places, value) for value in column.tolist())
        return np.fromiter(found, np.int64, column.size)


def categories_of(given: Mapping[str, tuple[Any, ...]]) -> dict[str, Categories]:
    """Raises BadInput that begins with `categories` for what are none."""
    if not given:
        raise BadInput("categories must be given for one column at least, got none")
    for column, values in given.items():
        if not values:
            raise BadInput(f"categories must be one at least; column '{column}' has none")
        for value in values:
            if not (value is None or isinstance(value, (str, bytes, int, float))):
                raise BadInput(f"categories must be texts or numbers; column '{column}' has {value!r:.40}")
        if len({_key(value) for value in values}) != len(values):
            raise BadInput(f"categories must differ; column '{column}' has one twice")
    return {column: Categories(values) for column, values in given.items()}


def refuse_unknown(places: Array, column: Array, name: str, known: Categories) -> None:
    """Raises BadInput for the first value that is unknown."""
    if places.size and places.min() == UNKNOWN:
        row = int(np.argmin(places))
        some = ", ".join(repr(value) for value in known.values[:20])
        raise BadInput(f"column '{name}', row {row}: {column.tolist()[row]!r:.60} is none of {some}")


def _place(places: Mapping[Any, int], value: Any) -> int:
    try:
        return places.get(_key(value), UNKNOWN)
    except TypeError:  # a list or a map, from JSON
        return UNKNOWN


def _key(value: Any) -> Any:
    if value is None or value != value:
        return None
    return value.decode(errors="replace") if isinstance(value, bytes) else value
