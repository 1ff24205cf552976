"""Features: the columns that tree steps look at, all numbers, side by side.

A numeric field is a column itself; a set of values that some predicate asks for is a column of 1 (in it), 0 and NaN
(missing). So every step of every tree is one comparison, `x <= threshold`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.scope import Counter


class Features:
    """The columns of one group of trees. First all are asked for, then matrices are made."""

    __slots__ = ("_counter", "_fields", "_makers", "_numbers", "_places", "_sets", "_uses_sets")

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._numbers: list[Field] = list(counter.matrix)
        """What the door lays side by side comes first: then it need not be copied."""
        self._places: dict[Any, int] = {field.index: place for place, field in enumerate(self._numbers)}
        self._sets: list[tuple[Field, tuple[Any, ...]]] = []
        self._fields: tuple[Field, ...] = ()
        self._makers: list[Callable[[Frame], Array]] | None = None

    def number(self, field: Field) -> int:
        """The column of a numeric field."""
        place = self._places.get(field.index)
        if place is None:
            place = self._places[field.index] = len(self._numbers)
            self._numbers.append(field)
        return place

    def member(self, field: Field, values: tuple[Any, ...]) -> int:
        """The column that tells whether a field's value is among these; negative, counted from the first set."""
        key = (field.index, frozenset(values))
        place = self._places.get(key)
        if place is None:
            if field.kind == "text":
                for value in values:
                    field.vocabulary.code(value)
            self._sets.append((field, values))
            place = self._places[key] = -len(self._sets)
        return place

    def resolve(self, places: Array) -> Array:
        """Columns of the matrix for what `number` and `member` gave."""
        return np.where(places < 0, len(self._numbers) - 1 - places, places)

    @property
    def numbers(self) -> tuple[Field, ...]:
        """The numeric fields that lead."""
        return tuple(self._numbers)

    @property
    def sets(self) -> tuple[tuple[Field, tuple[Any, ...]], ...]:
        """The fields and values of the columns that follow."""
        return tuple(self._sets)

    @property
    def names(self) -> list[str]:
        """What each column holds, for people."""
        sets = [f"{field.name} in {sorted(map(str, values))}" for field, values in self._sets]
        return [field.name for field in self._numbers] + sets

    @property
    def is_single(self) -> bool:
        """Whether single precision holds every column exactly."""
        return all(field.type in ("float", "boolean") for field in self._numbers)

    def matrix(self, frame: Frame) -> Array:
        """[n, columns], float64, C order."""
        if self._makers is None:
            self._makers = self._made()
            self._fields = tuple(self._numbers)
        numbers = frame.matrix(self._fields, used=False)
        if not self._sets:
            return numbers if self._numbers else np.zeros((frame.rows, 1))
        return np.concatenate([numbers, *(maker(frame) for maker in self._makers)], axis=1)

    def doubtful(self, frame: Frame) -> Array:
        """[n, columns] Which entries must not be looked at."""
        fields = [*self._numbers, *(field for field, _ in self._sets)]
        marked = np.zeros((frame.rows, len(fields)), bool)
        for place, field in enumerate(fields):
            marked[:, place] = frame.doubtful(field)
        return marked

    def use(self, frame: Frame, rows: Array, column: int) -> None:
        """A column is looked at in some rows (positions)."""
        fields = [*self._numbers, *(field for field, _ in self._sets)]
        frame.take(rows).column(fields[column])

    def _made(self) -> list[Callable[[Frame], Array]]:
        """Neighbouring sets of one text field become one table, and one look-up a frame."""
        makers: list[Callable[[Frame], Array]] = []
        runs: list[tuple[Field, list[tuple[Any, ...]]]] = []
        for field, values in self._sets:
            if runs and runs[-1][0] is field and field.kind == "text":
                runs[-1][1].append(values)
            else:
                runs.append((field, [values]))
        for field, sets in runs:
            makers.append(_by_code(field, sets) if field.kind == "text" else _by_number(field, sets[0]))
        return makers


def _by_code(field: Field, sets: list[tuple[Any, ...]]) -> Callable[[Frame], Array]:
    table = np.zeros((len(field.vocabulary), len(sets)))
    table[0] = np.nan
    for column, values in enumerate(sets):
        table[[field.vocabulary.code(value) for value in values], column] = 1
    return lambda frame: table.take(frame.codes(field, used=False), axis=0)


def _by_number(field: Field, values: tuple[Any, ...]) -> Callable[[Frame], Array]:
    numbers = np.array(values, np.float64)

    def make(frame: Frame) -> Array:
        column = frame.matrix((field,), used=False)[:, 0]
        return np.where(column != column, np.nan, np.isin(column, numbers))[:, None]

    return make
