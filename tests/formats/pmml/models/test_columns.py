"""Numeric fields side by side, whatever way they come."""

from __future__ import annotations

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.formats.onnx_options import OnnxOptions
from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Frame
from salver.formats.pmml.models.columns import Numbers, as_the_door_has_them, number_field, referred_number
from salver.formats.pmml.scope import Counter, Scope

PLACE = Element("Here", {}, 4, None)


@pytest.fixture
def scope():
    scope = Scope(Counter(OnnxOptions()))
    scope.counter.matrix = tuple(scope.counter.make(name, "double", "continuous", None, PLACE) for name in "abc")
    for field in scope.counter.matrix:
        scope.put(field.name, field)
    scope.put("t", scope.counter.make("t", "string", "categorical", None, PLACE))
    for place, field in enumerate(scope.counter.matrix):
        field.place = place
    return scope


def frame_of(scope):
    frame = Frame(2, len(scope.counter.fields))
    frame.put_matrix(scope.counter.matrix, np.array([[1.0, 2.0, 3.0], [4.0, np.nan, 6.0]]))
    return frame


@pytest.mark.parametrize("names", ["abc", "ca", "b", "cba", "aa"])
def test_columns_of_the_door(scope, names):
    numbers = Numbers(tuple(scope.find(name) for name in names), scope)(frame_of(scope))
    whole = {"a": [1, 4], "b": [2, np.nan], "c": [3, 6]}
    np.testing.assert_array_equal(numbers, np.array([whole[name] for name in names]).T)


def test_columns_that_are_computed(scope):
    double = scope.counter.make("d", "double", "continuous", None, PLACE)
    double.compute = lambda frame: frame.column(scope.find("a")) * 2
    numbers = Numbers((double, scope.find("c")), scope)(frame_of(scope))
    assert numbers.tolist() == [[2, 3], [8, 6]]


def test_only_what_is_asked_for_is_looked_at(scope):
    """A value that must not be looked at refuses its row for those who look at its field alone."""
    frame = frame_of(scope)
    frame.doubt(scope.find("b"), np.array([False, True]), lambda row: "must not be used")
    Numbers((scope.find("c"), scope.find("a")), scope)(frame)
    assert frame.refused == {}
    Numbers((scope.find("b"), scope.find("a")), scope)(frame)
    assert frame.refused == {1: "must not be used"}


def test_the_order_of_the_door(scope):
    fields = [scope.find(name) for name in "cab"]
    assert as_the_door_has_them(fields, scope) == scope.counter.matrix


def test_text_is_refused(scope):
    with pytest.raises(BadInput, match=r"field 't' is text, wanted a number \(/Here, line 4\)"):
        number_field("t", PLACE, scope)


def test_a_reference_may_replace_what_is_missing(scope):
    plain = Element("FieldRef", {"field": "b"}, 5, None)
    assert referred_number(plain, scope) is scope.find("b")
    replacing = Element("FieldRef", {"field": "b", "mapMissingTo": "7"}, 5, None)
    field = referred_number(replacing, scope)
    frame = Frame(2, len(scope.counter.fields))
    frame.put_matrix(scope.counter.matrix, np.array([[1.0, 2.0, 3.0], [4.0, np.nan, 6.0]]))
    assert frame.column(field).tolist() == [2, 7]
