"""Columns of the graph: what a field of the document is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from salver.formats.pmml.convert.graph import FIRST, MISSING, MISSING_TEXT, UNKNOWN, Graph
from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field
from salver.formats.pmml.values import KINDS


@dataclass(frozen=True, slots=True)
class Column:
    """A value in every row: float64 with NaN where it is missing, or text with the empty one there."""

    name: str
    """In the graph; [n]."""
    type: str
    """PMML's dataType."""
    may_miss: bool = True
    source: str = ""
    """The input that it is, but for treatments; empty for what is computed."""
    is_single: bool = False
    """Whether it may be one value for all rows: what is computed of constants alone."""

    @property
    def is_text(self) -> bool:
        return KINDS[self.type] == "text"

    def renamed(self, name: str, *, may_miss: bool | None = None) -> Column:
        """The same, treated."""
        return replace(self, name=name, may_miss=self.may_miss if may_miss is None else may_miss)


class Columns:
    """The columns of fields; and what numbers and texts decide in them, for rows that are made up."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._of: dict[Field, Column] = {}
        self.decisive: dict[str, set[Any]] = {}
        """By input: thresholds, and values that are asked for."""

    def put(self, field: Field, column: Column) -> None:
        """Makes a field known."""
        self._of[field] = column

    def of(self, field: Field) -> Column:
        """A field's column."""
        return self._of[field]

    def number(self, field: Field, place: Element) -> Column:
        """A field's column of numbers. Raises Unsupported for text."""
        column = self._of[field]
        if column.is_text:
            place.unsupported(f"field {short(field.name)} is text, and is wanted as a number")
        return column

    def decides(self, column: Column, values: Sequence[Any]) -> None:
        """These values make a difference in a column."""
        if column.source:
            self.decisive.setdefault(column.source, set()).update(values)

    def missing(self, column: Column) -> str:
        """Which rows miss a value."""
        if column.is_text:
            return self.graph.add("Equal", column.name, self.graph.constant([MISSING_TEXT]))
        return self.graph.missing(column.name)

    def by_value(self, column: Column, values: Sequence[Any], rows: Array) -> str:
        """What a table says of each value: `rows` for one that is not listed, for a missing one, for those listed."""
        self.decides(column, values)
        if column.is_text:
            return self.graph.looked_up(column.name, values, rows)
        return self.graph.add("Gather", self.graph.constant(rows), self._codes(column, values), axis=0)

    def among(self, column: Column, values: Sequence[Any]) -> str:
        """Which rows have one of these values."""
        flags = np.array([False, False, *(True for _ in values)], bool)
        return self.by_value(column, values, flags)

    def _codes(self, column: Column, values: Sequence[Any]) -> str:
        """The places of a number among those listed, as codes of a text are."""
        graph = self.graph
        if not values:
            return graph.where(self.missing(column), np.array(MISSING), np.array(UNKNOWN))
        equal = graph.add("Equal", graph.side_by_side([column.name]), np.array([values], np.float64))
        places = np.arange(FIRST, FIRST + len(values))[None, :]
        codes = graph.add("ReduceMax", graph.where(equal, places, np.array(UNKNOWN)), np.array([1]), keepdims=0)
        return graph.where(self.missing(column), np.array(MISSING), codes) if column.may_miss else codes
