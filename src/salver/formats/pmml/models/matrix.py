"""Matrices of a document. Specification: General Structure, "Matrix"."""

from __future__ import annotations

from typing import Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array

_KINDS: Final = ("any", "diagonal", "symmetric")
_MAX_ENTRIES: Final = 1 << 24
"""A document may name a size, or the diagonal, of a matrix much larger than itself."""


def matrix_of(element: Element) -> Array:
    """A Matrix element as float64, of whatever kind, from its arrays or its cells. Raises BadInput."""
    kind = element.choice("kind", _KINDS, "any")
    rows = [array.numbers() for array in element.all("Array")]
    if not rows:
        return _of_cells(element, is_symmetric=kind == "symmetric")
    match kind:
        case "diagonal":
            if len(rows) != 1:
                element.refuse(f"a diagonal matrix has one array, here are {len(rows)}")
            return _checked(_blank(element, len(rows[0]), len(rows[0]), rows[0]), element)
        case "symmetric":
            return _checked(_of_triangle(element, rows), element)
        case _:
            if len({len(row) for row in rows}) > 1:
                element.refuse("the rows of a matrix have one length")
            return _checked(np.array(rows, np.float64), element)


def _of_triangle(element: Element, rows: list[list[float]]) -> Array:
    """Of the lower triangle, the diagonal included."""
    matrix = _blank(element, len(rows), len(rows), None)
    for place, row in enumerate(rows):
        if len(row) != place + 1:
            element.refuse(f"row {place + 1} of a symmetric matrix has {place + 1} entries, here are {len(row)}")
        matrix[place, : place + 1] = row
        matrix[: place + 1, place] = row
    return matrix


def _of_cells(element: Element, *, is_symmetric: bool) -> Array:
    cells = [
        (cell.integer("row"), cell.integer("col"), cell.parsed(cell.text, "cell")) for cell in element.all("MatCell")
    ]
    height = element.integer("nbRows", max((row for row, _, _ in cells), default=0))
    width = element.integer("nbCols", max((column for _, column, _ in cells), default=0))
    matrix = _blank(element, height, width, element.number("diagDefault", 0.0))
    for row, column, value in cells:
        if not (1 <= row <= height and 1 <= column <= width):
            element.refuse(f"the matrix is {height} x {width}, it has no cell in row {row}, column {column}")
        matrix[row - 1, column - 1] = value
        if is_symmetric and row <= width and column <= height:
            matrix[column - 1, row - 1] = value
    return matrix


def _blank(element: Element, height: int, width: int, diagonal: float | list[float] | None) -> Array:
    """A matrix of defaults."""
    if height < 0 or width < 0 or height * width > _MAX_ENTRIES:
        element.unsupported(f"a matrix of {height} x {width} entries, more than {_MAX_ENTRIES:,}")
    matrix = np.full((height, width), element.number("offDiagDefault", 0.0))
    if diagonal is not None:
        np.fill_diagonal(matrix, diagonal)
    return matrix


def _checked(matrix: Array, element: Element) -> Array:
    height, width = element.integer("nbRows", len(matrix)), element.integer("nbCols", matrix.shape[1])
    if matrix.shape != (height, width):
        element.refuse(f"nbRows={height}, nbCols={width}, but the arrays make {matrix.shape[0]} x {matrix.shape[1]}")
    return matrix
