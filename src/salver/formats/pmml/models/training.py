"""TrainingInstances: rows that a model was trained on, and keeps.

Specification: NearestNeighborModel, "TrainingInstances".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.models.vectors import Vectors, entry
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.tables import column_name, rows_of, table_of
from salver.formats.pmml.values import MISSING


class TrainingTable:
    """The rows of a TrainingInstances element, by field. Raises BadInput for a table that is none."""

    __slots__ = ("_columns", "_rows", "_scope", "element", "is_transformed")

    def __init__(self, element: Element, scope: Scope) -> None:
        self.element = element
        self._scope = scope
        self.is_transformed = element.flag("isTransformed", default=False)
        table = table_of(element)
        self._rows = rows_of(table)
        if not self._rows:
            table.refuse("there are no training instances")
        self._columns = _columns(element.need("InstanceFields"))

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that have a column, in order."""
        return tuple(self._columns)

    def texts(self, name: str) -> list[str | None]:
        """A field's column as it is written; None where a row lacks it."""
        column = self._columns.get(name)
        if column is None:
            self.element.refuse(f"no InstanceField is field {short(name)}")
        return [row.get(column) or None for row in self._rows]

    def vectors(self, fields: tuple[Field, ...]) -> Callable[[], Array]:
        """Makes the rows' vectors: [rows, fields]. What has no column is derived of the others, as a request's is.

        Raises BadInput for a field that cannot be. To be called when the document is compiled: what is derived by
        code needs vocabularies that are whole."""
        for field in fields:
            if field.name not in self._columns and (self.is_transformed or field.compute is None):
                self.element.refuse(f"no InstanceField is field {short(field.name)}")
        columns = [
            (field, self._column(field)) for name in self._columns for field in dict.fromkeys(self._fields_named(name))
        ]
        counter, make = self._scope.counter, Vectors(fields)

        def vectors() -> Array:
            frame = Frame(len(self), len(counter.fields))
            for field in counter.fields:
                if field.compute is None:
                    frame.put(field, _missing(len(self), field))
            for field, column in columns:
                frame.put(field, column)
            return make(frame)

        return vectors

    def _fields_named(self, name: str) -> Iterator[Field]:
        """The fields of that name here and further out: what is derived there refers to those."""
        scope: Scope | None = self._scope
        while scope is not None:
            field = scope.find(name)
            if field is not None:
                yield field
            scope = scope.parent

    def _column(self, field: Field) -> Array:
        texts = self.texts(field.name)
        values = np.array([entry(text, field, self.element) for text in texts], np.float64)
        return values if field.kind != "text" else np.array(texts, object)


def _columns(element: Element) -> dict[str, str]:
    """Columns of the table by field."""
    columns: dict[str, str] = {}
    for child in element.all("InstanceField"):
        name = child.want("field")
        if name in columns:
            child.refuse(f"there are two columns of field {short(name)}")
        columns[name] = column_name(child.get("column", name))
    if not columns:
        element.refuse("InstanceFields needs an InstanceField")
    return columns


def _missing(count: int, field: Field) -> Array:
    return np.full(count, None, object) if field.kind == "text" else np.full(count, MISSING)
