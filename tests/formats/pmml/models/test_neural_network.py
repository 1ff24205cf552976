"""NeuralNetwork beyond its golden cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pmml_documents import evaluator

from salver.core.errors import BadInput
from salver.formats.pmml.models import chunks

FIELDS = {"a": "double", "b": "double", "y": "target:double"}
CLASSES = {"a": "double", "b": "double", "k": "target:string u v"}


def ref(field):
    return f'<DerivedField optype="continuous" dataType="double"><FieldRef field="{field}"/></DerivedField>'


def level(value, field="k"):
    return (
        f'<DerivedField optype="categorical" dataType="string"><NormDiscrete field="{field}" value="{value}"/>'
        "</DerivedField>"
    )


def neuron(name, bias=0.0, **weights):
    connections = "".join(f'<Con from="{source}" weight="{weight}"/>' for source, weight in weights.items())
    return f'<Neuron id="{name}" bias="{bias}">{connections}</Neuron>'


def model(layers, outputs, function="regression", inputs="ab", attributes='activationFunction="identity"', extra=""):
    """Layers are lists of neurons, outputs pairs: neuron, what it stands for. Inputs have their fields' names."""
    return (
        f'<NeuralNetwork functionName="{function}" {attributes}>SCHEMA{extra}<NeuralInputs>'
        + "".join(f'<NeuralInput id="{name}">{ref(name)}</NeuralInput>' for name in inputs)
        + "</NeuralInputs>"
        + "".join(f"<NeuralLayer>{''.join(layer)}</NeuralLayer>" for layer in layers)
        + "<NeuralOutputs>"
        + "".join(f'<NeuralOutput outputNeuron="{name}">{field}</NeuralOutput>' for name, field in outputs)
        + "</NeuralOutputs></NeuralNetwork>"
    )


def test_connections_may_skip_layers(tmp_path):
    layers = [[neuron("h", 1, a=2, b=3)], [neuron("i", 0, h=0.5, a=1)], [neuron("o", 0, i=1, h=10, b=100)]]
    compiled = evaluator(tmp_path, model(layers, [("o", ref("y"))]), FIELDS)
    hidden = 1 + 2 * 0.5 + 3 * 2
    assert compiled.of_values({"a": 0.5, "b": 2})["y"] == pytest.approx(0.5 * hidden + 0.5 + 10 * hidden + 200)


@pytest.mark.parametrize("weights", [{"a": 1, "b": 1}, {"a": 1}])
def test_a_missing_input_is_a_missing_answer(tmp_path, weights):
    """Even one that no neuron hears."""
    compiled = evaluator(tmp_path, model([[neuron("o", 0, **weights)]], [("o", ref("y"))]), FIELDS)
    answers = compiled.of_values({"a": [1.0, None, 1.0], "b": [1.0, 1.0, None]})["y"]
    assert np.isnan(answers).tolist() == [False, True, True]


def test_missing_is_felt_through_every_function(tmp_path):
    for function in ("threshold", "rectifier", "Gauss", "radialBasis", "logistic"):
        attributes = f'activationFunction="{function}" width="1"'
        text = model([[neuron("o", 0, a=1, b=1)]], [("o", ref("y"))], attributes=attributes)
        assert evaluator(tmp_path, text, FIELDS).of_values({"a": None, "b": 1})["y"] is None


def test_classes(tmp_path):
    layers = [[neuron("p", 0.25, a=1, b=0), neuron("q", 0, a=0, b=1)]]
    text = model(layers, [("q", level("v")), ("p", level("u"))], "classification")
    answer = evaluator(tmp_path, text, CLASSES).of_values({"a": 0.5, "b": 0.6})
    assert answer == {"k": "u", "probability(v)": 0.6, "probability(u)": 0.75, "entityId": "p"}
    assert set(evaluator(tmp_path, text, CLASSES).of_values({"a": 0.5, "b": None}).values()) == {None}


def test_one_neuron_for_two_classes(tmp_path):
    text = model([[neuron("o", 0, a=1, b=0)]], [("o", level("v"))], "classification")
    answer = evaluator(tmp_path, text, CLASSES).of_values([{"a": 0.8, "b": 0}, {"a": 0.3, "b": 0}])
    assert answer["k"].tolist() == ["v", "u"]
    assert answer["probability(u)"].tolist() == pytest.approx([0.2, 0.7])


def test_several_targets(tmp_path):
    layers = [[neuron("p", 0, a=1, b=0), neuron("q", 0, a=0, b=1)]]
    norm = (
        '<DerivedField optype="continuous" dataType="double"><NormContinuous field="z">'
        '<LinearNorm orig="0" norm="0"/><LinearNorm orig="10" norm="1"/></NormContinuous></DerivedField>'
    )
    text = model(layers, [("q", norm), ("p", ref("y"))])
    answer = evaluator(tmp_path, text, {**FIELDS, "z": "target:double"}).of_values({"a": 3, "b": 0.5})
    assert answer == {"y": 3, "z": 5}


def test_an_output_may_be_derived(tmp_path):
    """A NeuralOutput refers to a derived field: its expression is what is inverted."""
    derived = (
        '<LocalTransformations><DerivedField name="yn" optype="continuous" dataType="double">'
        '<NormContinuous field="y"><LinearNorm orig="0" norm="-1"/><LinearNorm orig="8" norm="1"/></NormContinuous>'
        "</DerivedField></LocalTransformations>"
    )
    text = model([[neuron("o", 0, a=1, b=0)]], [("o", ref("yn"))], extra=derived)
    assert evaluator(tmp_path, text, FIELDS).of_values({"a": 0.5, "b": 0})["y"] == 6


def test_rows_in_chunks(tmp_path, monkeypatch):
    layers = [[neuron("h", 1, a=2, b=3), neuron("i", 0, a=-1, b=0.1)], [neuron("o", 0, h=1, i=2)]]
    compiled = evaluator(tmp_path, model(layers, [("o", ref("y"))], attributes='activationFunction="tanh"'), FIELDS)
    columns = {"a": np.linspace(-1, 1, 50), "b": np.linspace(2, 0, 50)}
    whole = compiled.of_values(columns)["y"]
    monkeypatch.setattr(chunks, "_NUMBERS", 33)
    np.testing.assert_allclose(compiled.of_values(columns)["y"], whole, rtol=1e-14)
    hidden = [math.tanh(1 + 2 * -1 + 3 * 2), math.tanh(1 + 0.2)]
    assert whole[0] == pytest.approx(math.tanh(hidden[0] + 2 * hidden[1]))


OUT = [("o", ref("y"))]


@pytest.mark.parametrize(
    ("text", "fields", "told"),
    [
        (model([[neuron("o", 0, a=1, b=1)]], [("p", ref("y"))]), FIELDS, "there is no neuron 'p'"),
        (model([[neuron("a", 0, b=1)]], [("a", ref("y"))]), FIELDS, "there are two neurons 'a'"),
        (model([[neuron("o", 0, p=1)], [neuron("p", 0, o=1)]], OUT), FIELDS, "no neuron 'p' before this layer"),
        (model([[neuron("o", 0, a=1)]], []), FIELDS, "needs a child NeuralOutput"),
        (model([[neuron("o", 0, a=1)]], OUT, inputs=""), FIELDS, "needs a child NeuralInput"),
        (model([[neuron("o", 0, a=1)]], [*OUT, *OUT]), FIELDS, "a number has one NeuralOutput, here are 2"),
        (model([[neuron("o", 0, a=1)]], OUT, attributes=""), FIELDS, "activationFunction"),
        (
            model([[neuron("o", 0, a=1)]], OUT, inputs="at").replace(
                '"double"><FieldRef field="t"', '"string"><FieldRef field="t"'
            ),
            {"t": "string", **FIELDS},
            "a number, here is text",
        ),
        (
            model([[neuron("o", 0, a=1)]], [("o", ref("k"))], "classification"),
            CLASSES,
            "classification needs NormDiscrete, here is a FieldRef",
        ),
        (
            model([[neuron("o", 0, a=1)]], [("o", level("u")), ("o", level("u"))], "classification"),
            CLASSES,
            "two output neurons of class 'u'",
        ),
        (
            model([[neuron("o", 0, a=1)]], [("o", level("u"))], "classification"),
            {**CLASSES, "k": "target:string u v w"},
            "one output neuron is for two classes, the target has 3",
        ),
    ],
)
def test_what_is_refused(tmp_path, text, fields, told):
    with pytest.raises(BadInput, match=told) as caught:
        evaluator(tmp_path, text, fields)
    assert "/PMML/NeuralNetwork" in caught.value.message
