"""Matrices, by the specification's examples of each kind."""

from __future__ import annotations

import pytest

from salver.core.errors import BadInput, Unsupported
from salver.formats.pmml.element import Element
from salver.formats.pmml.models.matrix import matrix_of


def matrix(arrays=(), cells=(), **attributes):
    element = Element("Matrix", attributes, 5, None)
    for text in arrays:
        child = Element("Array", {"type": "real"}, 6, element)
        child.text = text
        element.children.append(child)
    for row, column, text in cells:
        child = Element("MatCell", {"row": str(row), "col": str(column)}, 6, element)
        child.text = text
        element.children.append(child)
    return element


def test_any():
    assert matrix_of(matrix(["0 2", "1 0", "5 6"], nbRows="3", nbCols="2")).tolist() == [[0, 2], [1, 0], [5, 6]]


def test_diagonal():
    assert matrix_of(matrix(["1 2 3"], kind="diagonal")).tolist() == [[1, 0, 0], [0, 2, 0], [0, 0, 3]]


def test_symmetric_has_the_lower_triangle():
    found = matrix_of(matrix(["1", "2 3", "4 5 6"], kind="symmetric", nbRows="3", nbCols="3"))
    assert found.tolist() == [[1, 2, 4], [2, 3, 5], [4, 5, 6]]


def test_cells_with_defaults():
    sparse = matrix(cells=[(1, 2, "7"), (3, 3, "-1")], nbRows="3", nbCols="3", diagDefault="1", offDiagDefault="0.5")
    assert matrix_of(sparse).tolist() == [[1, 7, 0.5], [0.5, 1, 0.5], [0.5, 0.5, -1]]


def test_cells_of_a_symmetric_matrix():
    assert matrix_of(matrix(cells=[(2, 1, "3"), (2, 2, "1")], kind="symmetric")).tolist() == [[0, 3], [3, 1]]


@pytest.mark.parametrize(
    ("element", "told"),
    [
        (matrix(["1 2", "3"]), "one length"),
        (matrix(["1 2"], nbRows="2"), "nbRows=2, nbCols=2, but the arrays make 1 x 2"),
        (matrix(["1", "2"], kind="diagonal"), "one array, here are 2"),
        (matrix(["1", "2"], kind="symmetric"), "row 2 of a symmetric matrix has 2 entries, here are 1"),
        (matrix(cells=[(3, 1, "1")], nbRows="2", nbCols="2"), "2 x 2, it has no cell in row 3, column 1"),
        (matrix(["1"], kind="skew"), "kind='skew' is not known"),
    ],
)
def test_what_is_refused(element, told):
    with pytest.raises(BadInput, match=told) as caught:
        matrix_of(element)
    assert "/Matrix, line 5" in caught.value.message


def test_a_size_beyond_all_bounds_is_refused():
    with pytest.raises(Unsupported, match="100000 x 100000"):
        matrix_of(matrix(cells=[(1, 1, "1")], nbRows="100000", nbCols="100000"))
