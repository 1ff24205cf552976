"""Tables by the value of a field: whatever a model says of single values of it, in one step for all rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from salver.formats.pmml.frame import Array, Field, Frame


class Lookup:
    """`rows` has what is looked up: for a missing value, for a value that is not listed, then for each of `values`,
    which are as the field's columns hold them, each once."""

    __slots__ = ("_by_code", "_codes", "_field", "_places", "_rows", "_sorted")

    def __init__(self, field: Field, values: Sequence[Any], rows: Array) -> None:
        self._field = field
        self._rows = rows
        self._by_code: Array | None = None
        self._codes: list[int] = []
        if field.kind == "text":
            self._codes = [field.vocabulary.code(value) for value in values]
            return
        order = np.argsort(np.array(values, np.float64), kind="stable")
        # NaN at the end is what a value beyond all others, or a missing one, is compared with: never equal.
        self._sorted = np.append(np.array(values, np.float64)[order], np.nan)
        self._places = np.append(order + 2, 1)

    def __call__(self, frame: Frame) -> Array:
        """What belongs to each row: shape [rows, ...]."""
        if self._field.kind == "text":
            return self._table().take(frame.codes(self._field), axis=0)
        column = frame.column(self._field)
        places = self._sorted.searchsorted(column)
        found = np.where(self._sorted[places] == column, self._places[places], 1)
        found[column != column] = 0
        return self._rows.take(found, axis=0)

    def _table(self) -> Array:
        """By code; made on first use, when the field's vocabulary is whole."""
        table = self._by_code
        if table is None:
            places = np.ones(len(self._field.vocabulary), np.intp)
            places[0] = 0
            places[self._codes] = np.arange(2, len(self._codes) + 2)
            table = self._by_code = self._rows[places]
        return table
