"""Arrays of numbers, dense and sparse."""

from __future__ import annotations

import pytest

from salver.core.errors import BadInput
from salver.formats.pmml.element import Element
from salver.formats.pmml.models.arrays import numbers_of


def array(tag, text="", children=(), **attributes):
    element = Element(tag, attributes, 7, None)
    element.text = text
    for name, inner in children:
        child = Element(name, {}, 8, element)
        child.text = inner
        element.children.append(child)
    return element


def sparse(indices, entries, kind="REAL", **attributes):
    children = [("Indices", indices), (f"{kind}-Entries", entries)]
    return array(f"{kind}-SparseArray", "", [child for child in children if child[1] is not None], **attributes)


def test_dense():
    assert numbers_of(array("Array", " 1 -2.5\n3e2 ", n="3", type="real"), 3).tolist() == [1, -2.5, 300]


@pytest.mark.parametrize("kind", ["REAL", "INT"])
def test_sparse_places_are_counted_from_one(kind):
    assert numbers_of(sparse("4 1", "7 3", kind, n="4"), 4).tolist() == [3, 0, 0, 7]


def test_sparse_with_a_default():
    assert numbers_of(sparse("2", "1.5", defaultValue="-1"), 3).tolist() == [-1, 1.5, -1]


def test_sparse_and_empty():
    assert numbers_of(sparse(None, None, n="2"), 2).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("element", "told"),
    [
        (array("Array", "1 2"), "there are 2 entries, wanted 3"),
        (array("Array", "1 2 x"), "'x' is no number"),
        (sparse("1", "1", n="4"), "n=4, wanted 3"),
        (sparse("1 2", "1"), "there are 2 indices and 1 entries"),
        (sparse("0", "1"), "indices are whole numbers from 1 to 3"),
        (sparse("4", "1"), "indices are whole numbers from 1 to 3"),
        (sparse("1.5", "1"), "indices are whole numbers from 1 to 3"),
    ],
)
def test_what_is_refused(element, told):
    with pytest.raises(BadInput, match=told) as caught:
        numbers_of(element, 3)
    assert "line 7" in caught.value.message
