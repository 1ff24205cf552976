"""Vectors: the fields that a measure compares, side by side as numbers. A text is its code, so that equal texts are
equal numbers."""

from __future__ import annotations

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.values import MISSING, read


class Vectors:
    """Makes the vectors of rows: shape [rows, fields], NaN where missing."""

    __slots__ = ("_has_text", "fields")

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.fields = fields
        self._has_text = any(field.kind == "text" for field in fields)

    def __call__(self, frame: Frame) -> Array:
        if not self._has_text:
            return frame.matrix(self.fields)
        vectors = np.empty((frame.rows, len(self.fields)))
        for place, field in enumerate(self.fields):
            vectors[:, place] = frame.column(field) if field.kind != "text" else _codes(frame, field)
        return vectors


def entry(text: str | None, field: Field, place: Element) -> float:
    """One value of the document as a vector of that field holds it. Raises BadInput for what is none of its type."""
    if text is None:
        return MISSING
    if field.kind == "text":
        return float(field.vocabulary.code(text))
    try:
        value: float = read(text, field.type)
    except ValueError:
        place.refuse(f"{short(text)} is no {field.type}, as field {short(field.name)} is")
    return value


def _codes(frame: Frame, field: Field) -> Array:
    codes = frame.codes(field)
    return np.where(codes == 0, np.nan, codes)
