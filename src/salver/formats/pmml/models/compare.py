"""Compare functions: how the values of one field differ, c(x, y). Specification: ClusteringModel, "Comparison measures
and compare functions".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field
from salver.formats.pmml.models.matrix import matrix_of

COMPARE_FUNCTIONS: Final = ("absDiff", "gaussSim", "delta", "equal", "table")
_OF_NUMBERS: Final = ("absDiff", "gaussSim")
_LN2: Final = math.log(2.0)

Compare: TypeAlias = Callable[[Array, Array], Array]
"""Rows [n, fields, 1] and references [1, fields, k] to [n, fields, k]: NaN where either is missing."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a document says of one field that is compared."""

    field: Field
    function: str
    weight: float = 1.0
    scale: float = 1.0
    """similarityScale."""
    values: tuple[float, ...] = ()
    """Of a table: the values that its rows and columns stand for, as vectors hold them."""
    table: Array | None = None


def read_comparison(element: Element, field: Field, default: str) -> Comparison:
    """A ClusteringField or KNNInput; `default` is its ComparisonMeasure's function. Raises BadInput."""
    function = element.choice("compareFunction", COMPARE_FUNCTIONS, default)
    if function in _OF_NUMBERS and field.kind == "text":
        element.refuse(f"{function} compares numbers, and field {short(field.name)} is text")
    weight = element.number("fieldWeight", 1.0)
    if function == "gaussSim":
        return Comparison(field, function, weight, scale=_scale(element))
    if function == "table":
        return Comparison(field, function, weight, values=_levels(element, field), table=_table(element, field))
    return Comparison(field, function, weight)


def compile_compare(comparisons: Sequence[Comparison]) -> Compare:
    """All fields at once."""
    functions = {comparison.function for comparison in comparisons}
    if functions == {"absDiff"}:
        return lambda rows, references: np.abs(rows - references)
    parts = [
        _part(comparisons, [place for place, other in enumerate(comparisons) if other.function == function])
        for function in COMPARE_FUNCTIONS
        if function in functions and function != "table"
    ]
    parts += [_lookup(place, one) for place, one in enumerate(comparisons) if one.table is not None]

    def compare(rows: Array, references: Array) -> Array:
        compared = np.empty((len(rows), len(comparisons), references.shape[2]))
        for places, function in parts:
            compared[:, places] = function(rows[:, places], references[:, places])
        return compared

    return compare


def _part(comparisons: Sequence[Comparison], places: list[int]) -> tuple[list[int], Compare]:
    """The fields of one function."""
    match comparisons[places[0]].function:
        case "absDiff":
            return places, lambda rows, references: np.abs(rows - references)
        case "gaussSim":
            scales = np.array([comparisons[place].scale for place in places])[None, :, None]
            rate = -_LN2 / (scales * scales)
            return places, lambda rows, references: np.exp(rate * (rows - references) ** 2)
        case "delta":
            return places, lambda rows, references: _where_equal(rows, references, 0.0, 1.0)
        case _:
            return places, lambda rows, references: _where_equal(rows, references, 1.0, 0.0)


def _where_equal(rows: Array, references: Array, equal: float, other: float) -> Array:
    known = (rows == rows) & (references == references)
    return np.where(known, np.where(rows == references, equal, other), np.nan)


def _lookup(place: int, comparison: Comparison) -> tuple[list[int], Compare]:
    """A field compared by table. A value that the table does not have is missing."""
    order = np.argsort(comparison.values)
    known = np.array(comparison.values)[order]
    size = len(known)
    table = np.full((size + 1, size + 1), np.nan)
    if comparison.table is not None:
        table[:size, :size] = comparison.table[np.ix_(order, order)]

    def places_of(values: Array) -> Array:
        places = np.searchsorted(known, values).clip(max=size - 1)
        return np.where(known[places] == values, places, size)

    return [place], lambda rows, references: table[places_of(rows), places_of(references)]


def _scale(element: Element) -> float:
    scale: float = element.number("similarityScale")
    if scale == 0:
        element.refuse("similarityScale=0 compares nothing")
    return scale


def _levels(element: Element, field: Field) -> tuple[float, ...]:
    if not field.levels:
        element.refuse(f"a table needs the values of field {short(field.name)} listed in its DataField")
    if field.kind == "text":
        return tuple(float(field.vocabulary.code(level)) for level in field.levels)
    return tuple(field.levels)


def _table(element: Element, field: Field) -> Array:
    comparisons = element.need("Comparisons")
    table: Array = matrix_of(comparisons.need("Matrix"))
    count = len(field.levels)
    if table.shape != (count, count):
        comparisons.refuse(
            f"the table has {' x '.join(map(str, table.shape))} entries, field {short(field.name)} has {count} values"
        )
    return table
