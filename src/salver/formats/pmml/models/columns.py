"""Numeric fields side by side, by the shortest way: where the door has them in one matrix, out of that."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.expressions import compile_expression
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.scope import Scope


class Numbers:
    """Makes a matrix of rows: shape [rows, fields], float64, NaN where missing. Never write into it."""

    __slots__ = ("_door", "_places", "fields")

    def __init__(self, fields: tuple[Field, ...], scope: Scope) -> None:
        self.fields = fields
        door = scope.counter.matrix
        places = {field: place for place, field in enumerate(door)}
        inside = fields != door and all(field in places for field in fields)
        self._door = door
        self._places = np.array([places[field] for field in fields], np.intp) if inside and fields else None

    def __call__(self, frame: Frame) -> Array:
        if self._places is None:
            return frame.matrix(self.fields)
        rows = frame.matrix(self._door, used=False)
        if frame.has_doubts:
            for field in self.fields:
                frame.column(field)
        return rows.take(self._places, axis=1)


def as_the_door_has_them(fields: Iterable[Field], scope: Scope) -> tuple[Field, ...]:
    """The same fields in the order in which the door lays them side by side."""
    places = {field: place for place, field in enumerate(scope.counter.matrix)}
    return tuple(sorted(fields, key=lambda field: places.get(field, len(places))))


def number_field(name: str, place: Element, scope: Scope) -> Field:
    """The field of that name. Raises BadInput for one of text."""
    field = scope.field(name, place)
    if field.kind == "text":
        place.refuse(f"field {short(field.name)} is text, wanted a number")
    return field


def referred_number(reference: Element, scope: Scope) -> Field:
    """The field that a FieldRef means, where a number is wanted; a field of its own once the reference replaces what
    is missing. Raises BadInput for one of text."""
    field = number_field(reference.want("field"), reference, scope)
    if "mapMissingTo" not in reference.attributes:
        return field
    compute = compile_expression(reference, scope).compute
    return scope.counter.make(field.name, field.type, field.optype, compute, reference)
