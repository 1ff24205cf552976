"""Vectors of support vector machines."""

from __future__ import annotations

import numpy as np
import pytest

from salver.core.errors import BadInput, Unsupported
from salver.formats.onnx_options import OnnxOptions
from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Frame
from salver.formats.pmml.models import svm_vectors
from salver.formats.pmml.models.svm_vectors import VectorFields, read_vectors
from salver.formats.pmml.scope import Counter, Scope

PLACE = Element("Here", {}, 4, None)


@pytest.fixture
def scope():
    scope = Scope(Counter(OnnxOptions()))
    for name, type_ in (("x", "double"), ("t", "string"), ("n", "integer")):
        scope.put(name, scope.counter.make(name, type_, "continuous", None, PLACE))
    return scope


def fields(*children):
    element = Element("VectorFields", {}, 5, None)
    for tag, attributes in children:
        element.children.append(Element(tag, attributes, 6, element))
    return element


def frame_of(scope):
    frame = Frame(3, 3)
    frame.put(scope.find("x"), np.array([0.5, 1.5, np.nan]))
    frame.put(scope.find("t"), np.array(["u", None, "v"], object))
    frame.put(scope.find("n"), np.array([1.0, 2.0, 3.0]))
    return frame


def test_numbers_and_categories(scope):
    made = VectorFields(
        fields(
            ("CategoricalPredictor", {"name": "t", "value": "u", "coefficient": "2.5"}),
            ("FieldRef", {"field": "x"}),
            ("CategoricalPredictor", {"name": "n", "value": "2"}),
            ("FieldRef", {"field": "n"}),
        ),
        scope,
    )
    assert len(made) == 4
    np.testing.assert_array_equal(made(frame_of(scope)), [[2.5, 0.5, 0, 1], [np.nan, 1.5, 1, 2], [0, np.nan, 0, 3]])


def test_numbers_alone(scope):
    made = VectorFields(fields(("FieldRef", {"field": "n"}), ("FieldRef", {"field": "x"})), scope)
    np.testing.assert_array_equal(made(frame_of(scope)), [[1, 0.5], [2, 1.5], [3, np.nan]])


@pytest.mark.parametrize(
    ("children", "told"),
    [
        ([], "VectorFields needs a child FieldRef or CategoricalPredictor"),
        ([("FieldRef", {"field": "t"})], "field 't' is text"),
        ([("FieldRef", {"field": "q"})], "no field 'q'"),
        ([("CategoricalPredictor", {"name": "n", "value": "u"})], "'u' is no integer"),
    ],
)
def test_what_is_refused(scope, children, told):
    with pytest.raises(BadInput, match=told) as caught:
        VectorFields(fields(*children), scope)
    assert "/VectorFields" in caught.value.message


def dictionary(*texts):
    element = Element("VectorDictionary", {}, 8, None)
    for name, text in texts:
        instance = Element("VectorInstance", {"id": name}, 9, element)
        instance.children.append(Element("Array", {}, 9, instance))
        instance.children[0].text = text
        element.children.append(instance)
    return element


def test_instances():
    vectors = read_vectors(dictionary(("a", "1 2"), ("b", "3 4")), 2)
    assert {name: vector.tolist() for name, vector in vectors.items()} == {"a": [1, 2], "b": [3, 4]}


def test_instances_that_are_refused(monkeypatch):
    with pytest.raises(BadInput, match="two vectors 'a'"):
        read_vectors(dictionary(("a", "1 2"), ("a", "3 4")), 2)
    with pytest.raises(BadInput, match="there are 2 entries, wanted 3"):
        read_vectors(dictionary(("a", "1 2")), 3)
    monkeypatch.setattr(svm_vectors, "_MAX_NUMBERS", 3)
    with pytest.raises(Unsupported, match="more than 3 numbers"):
        read_vectors(dictionary(("a", "1 2"), ("b", "3 4"), ("c", "5 6")), 2)
