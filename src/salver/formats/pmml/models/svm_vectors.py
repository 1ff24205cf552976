"""Vectors of support vector machines: the fields that make them, and those that a document lists.

Specification: SupportVectorMachineModel, "VectorDictionary".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.models.arrays import ARRAYS, numbers_of
from salver.formats.pmml.models.columns import Numbers, referred_number
from salver.formats.pmml.models.linear import Coding
from salver.formats.pmml.predicates import constant
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.values import MISSING

_FIELDS: Final = ("FieldRef", "CategoricalPredictor")
_MAX_NUMBERS: Final = 1 << 26
"""Of all vectors together: sparse ones may be many times larger than what a document says of them."""


class VectorFields:
    """Makes the vectors of rows: [rows, fields], NaN where missing."""

    __slots__ = ("_codings", "_numbers", "_places", "_width")

    def __init__(self, element: Element, scope: Scope) -> None:
        numbers: dict[int, Field] = {}
        codings: dict[int, Coding] = {}
        for place, child in enumerate(element.all(*_FIELDS)):
            if child.tag == "FieldRef":
                numbers[place] = referred_number(child, scope)
            else:
                codings[place] = _coding(child, scope)
        self._numbers = Numbers(tuple(numbers.values()), scope)
        self._places = np.array(list(numbers), np.intp)
        self._codings = [(place, coding.compile()) for place, coding in codings.items()]
        self._width = len(numbers) + len(codings)
        if not self._width:
            element.refuse(f"VectorFields needs a child {' or '.join(_FIELDS)}")

    def __len__(self) -> int:
        return self._width

    def __call__(self, frame: Frame) -> Array:
        if not self._codings:
            return self._numbers(frame)
        vectors = np.empty((frame.rows, self._width))
        if len(self._places):
            vectors[:, self._places] = self._numbers(frame)
        for place, coding in self._codings:
            vectors[:, place] = coding(frame)
        return vectors


def read_vectors(dictionary: Element, width: int) -> Mapping[str, Array]:
    """The VectorInstances of a VectorDictionary, by id. Raises BadInput or Unsupported."""
    vectors: dict[str, Array] = {}
    for instance in dictionary.all("VectorInstance"):
        name = instance.want("id")
        if name in vectors:
            instance.refuse(f"there are two vectors {short(name)}")
        if len(vectors) * width > _MAX_NUMBERS:
            instance.unsupported(f"vectors of more than {_MAX_NUMBERS:,} numbers together")
        vectors[name] = numbers_of(instance.need(*ARRAYS), width)
    return vectors


def _coding(predictor: Element, scope: Scope) -> Coding:
    field = scope.field(predictor.want("name"), predictor)
    value = constant(predictor.want("value"), field, predictor)
    return Coding(field, ((value, predictor.number("coefficient", 1.0)),), missing=MISSING)
