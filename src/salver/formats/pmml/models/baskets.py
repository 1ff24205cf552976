"""Baskets: which items of an AssociationModel each row holds. Specification: AssociationModel, "Item".

A basket comes as a list in one field; or as rows of one item each, which a field of usage `group` holds together; or,
where an Item names a field and a category of it, as a row of fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import Model
from salver.formats.pmml.treatment import read_schema
from salver.formats.pmml.values import read


@dataclass(frozen=True, slots=True)
class Baskets:
    """Where the items of a row are found."""

    fields: tuple[Field, ...]
    """Fields that hold items: one of them, or a list."""
    group: Field | None
    items: tuple[dict[Any, list[int]], ...]
    """Of each field: the places of the items that a value of it stands for."""
    count: int
    """How many items there are."""

    def __call__(self, frame: Frame) -> Array:
        """[n, items] Which items are in the basket that each row belongs to."""
        held = np.zeros((frame.rows, self.count), bool)
        for field, places in zip(self.fields, self.items, strict=True):
            for row, cell in enumerate(frame.column(field).tolist()):
                for value in cell if isinstance(cell, (list, tuple)) else (cell,):
                    held[row, _places(value, field, places)] = True
        return held if self.group is None else _together(held, frame.column(self.group))


def read_baskets(items: list[Element], model: Model) -> Baskets:
    """The fields of the model's schema, and what their values are as items. Raises BadInput."""
    schema = read_schema(model.element).values()
    fields = [model.scope.field(entry.name, entry.element) for entry in schema if entry.usage == "active"]
    groups = [model.scope.field(entry.name, entry.element) for entry in schema if entry.usage == "group"]
    if not fields:
        model.element.refuse("an AssociationModel needs an active field that holds the items")
    by_field = {field.name: field for field in fields}
    places: dict[str, dict[Any, list[int]]] = {name: {} for name in by_field}
    for place, item in enumerate(items):
        for name in _fields_of(item, by_field):
            value = _value(item, by_field[name])
            if value is not None:
                places[name].setdefault(value, []).append(place)
    group = groups[0] if groups else None
    return Baskets(tuple(fields), group, tuple(places[field.name] for field in fields), len(items))


def _fields_of(item: Element, fields: dict[str, Field]) -> list[str]:
    """The fields that may hold an item: all, unless it names one."""
    name = item.get("field")
    if not name:
        return list(fields)
    if name not in fields:
        item.refuse(f"there is no active field {name!r:.60}; there are {', '.join(fields)}")
    return [name]


def _value(item: Element, field: Field) -> Any:
    """An item as a column of the field holds it; None for what is none of its type."""
    text = item.get("category") if item.get("field") and "category" in item.attributes else item.want("value")
    try:
        return read(text, field.type)
    except ValueError:
        return None


def _places(value: Any, field: Field, places: dict[Any, list[int]]) -> list[int]:
    """The items that an entry stands for. What is no value of the field's type is no item."""
    try:
        return places.get(read(value, field.type), [])
    except (ValueError, TypeError, OverflowError):
        return []


def _together(held: Array, groups: Array) -> Array:
    """The items of all rows of one group; a row of no group stands alone."""
    rows: dict[Any, list[int]] = {}
    for row, group in enumerate(groups.tolist()):
        if group is not None and group == group:
            rows.setdefault(group, []).append(row)
    for members in rows.values():
        if len(members) > 1:
            held[members] = held[members].any(axis=0)
    return held
