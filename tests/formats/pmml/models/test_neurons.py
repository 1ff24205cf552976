"""Layers of neurons, against loops over connections."""

from __future__ import annotations

import math

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.formats.pmml.element import Element
from salver.formats.pmml.models.neurons import Settings, compile_layer

BEFORE = np.array([[0.5, -1.0, 2.0], [1.5, 0.0, -0.25]])
PLACES = {"a": 0, "b": 1, "c": 2}
NETWORK = Settings("identity", "none", 0.0, None, 1.0)


def layer(*neurons, **attributes):
    """Neurons are pairs: attributes, weights by source (a list of pairs where a source comes twice)."""
    element = Element("NeuralLayer", attributes, 10, None)
    for number, (own, weights) in enumerate(neurons):
        neuron = Element("Neuron", {"id": str(number), **own}, 11, element)
        for source, weight in weights.items() if isinstance(weights, dict) else weights:
            neuron.children.append(Element("Con", {"from": source, "weight": str(weight)}, 12, neuron))
        element.children.append(neuron)
    return element


def outputs(element, settings=NETWORK):
    return compile_layer(element, PLACES, settings.within(element))(BEFORE)


@pytest.mark.parametrize(
    "weights",
    [
        [{"a": 1, "b": 2, "c": -3}, {"c": 0.5, "a": 4, "b": -1}],
        [{"b": 2, "c": 5}, {"c": 1, "b": 1}],
        [{"a": 2, "c": 5}, {"c": 1, "a": 1}],
        [{"a": 2}, {"a": 1, "b": 3, "c": 7}],
        [{"a": 2, "b": 1}, {"a": 1, "c": 3}],
        [[("a", 2), ("a", 3)], [("a", 1), ("b", 1)]],
    ],
    ids=["all", "some", "apart", "uneven", "different", "twice"],
)
def test_weighted_sums(weights):
    found = outputs(layer(*(({"bias": str(number)}, each) for number, each in enumerate(weights))))
    pairs = [list(each.items()) if isinstance(each, dict) else each for each in weights]
    expected = [
        [number + sum(row[PLACES[source]] * weight for source, weight in each) for number, each in enumerate(pairs)]
        for row in BEFORE.tolist()
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_a_sparse_layer_does_not_hear_what_it_is_not_connected_with():
    compiled = compile_layer(layer(({}, {"a": 1}), ({}, {"a": 1, "b": 1})), PLACES, NETWORK)
    assert compiled(np.array([[1.0, 2.0, math.inf]])).tolist() == [[1, 3]]
    assert compiled(np.array([[1.0, math.inf, 0.0]])).tolist() == [[1, math.inf]]


@pytest.mark.parametrize("weights", [{"a": 0.3, "b": -0.5, "c": 1}, {"a": 0.3, "c": 1}])
def test_radial_basis_functions(weights):
    element = layer(({"width": "1.5"}, weights), ({"altitude": "3"}, {"b": 1}), activationFunction="radialBasis")
    settings = Settings("identity", "none", 0.0, 0.8, 2.0)

    def value(row, weights, width, altitude):
        distance = sum((row[PLACES[source]] - weight) ** 2 for source, weight in weights.items())
        return math.exp(len(weights) * math.log(altitude) - distance / (2 * width**2))

    expected = [[value(row, weights, 1.5, 2.0), value(row, {"b": 1}, 0.8, 3.0)] for row in BEFORE.tolist()]
    np.testing.assert_allclose(outputs(element, settings), expected, rtol=1e-13)


def test_a_layer_overrides_its_network():
    settings = Settings("threshold", "simplemax", 1.0, None, 1.0)

    def twice(**attributes):
        return outputs(layer(({}, {"a": 1}), ({}, {"a": 2}), **attributes), settings)

    assert twice(normalizationMethod="none").tolist() == [[0, 0], [1, 1]]
    assert twice(normalizationMethod="none", threshold="0.7").tolist() == [[0, 1], [1, 1]]
    shares = twice(activationFunction="identity")
    np.testing.assert_allclose(shares, [[1 / 3, 2 / 3]] * 2)


def test_softmax_of_a_layer():
    found = outputs(layer(({}, {"a": 1}), ({}, {"b": 1}), normalizationMethod="softmax"))
    parts = [math.exp(0.5), math.exp(-1)]
    assert found[0].tolist() == pytest.approx([part / sum(parts) for part in parts])


@pytest.mark.parametrize(
    ("weights", "spreads"),
    [([{"a": 1, "b": 1}, {"b": 1, "a": 1}], True), ([{"a": 1, "b": 1}, {"a": 1}], False), ([{"c": 1}], True)],
)
def test_whether_missing_inputs_are_felt_everywhere(weights, spreads):
    """The inputs are a and b, c is a neuron."""
    compiled = compile_layer(layer(*(({}, each) for each in weights)), PLACES, NETWORK)
    assert compiled.spreads_missing(2) is spreads


@pytest.mark.parametrize(
    ("element", "settings", "told"),
    [
        (layer(), NETWORK, "needs a child Neuron"),
        (layer(({}, {})), NETWORK, "needs a child Con"),
        (layer(({}, {"z": 1})), NETWORK, "there is no neuron 'z' before this layer"),
        (layer(({}, {"a": "much"})), NETWORK, "weight='much' is no number"),
        (layer(({}, {"a": 1}), activationFunction="relu"), NETWORK, "activationFunction='relu' is not known"),
        (layer(({}, {"a": 1}), normalizationMethod="hardmax"), NETWORK, "normalizationMethod='hardmax' is not known"),
        (layer(({}, {"a": 1}), activationFunction="radialBasis"), NETWORK, "needs a width"),
        (layer(({"altitude": "0"}, {"a": 1}), activationFunction="radialBasis", width="1"), NETWORK, "altitude=0.0"),
    ],
)
def test_what_is_refused(element, settings, told):
    with pytest.raises(BadInput, match=told) as caught:
        compile_layer(element, PLACES, settings.within(element))
    assert "/NeuralLayer" in caught.value.message
