"""NeuralNetwork as nodes: a product of matrices a layer. Specification: Neural Network Models."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from salver.formats.pmml.convert.columns import Column
from salver.formats.pmml.convert.compiler import GraphCompiler
from salver.formats.pmml.convert.expressions import derived_column
from salver.formats.pmml.convert.graph import Graph
from salver.formats.pmml.convert.links import INVERSES, simplemax, softmax, with_rest
from salver.formats.pmml.convert.said import Said, classified
from salver.formats.pmml.convert.special import arctan
from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array
from salver.formats.pmml.kernel import Model
from salver.formats.pmml.models.neural_outputs import NeuralOutput, read_outputs
from salver.formats.pmml.models.neurons import Settings

Activation: TypeAlias = Callable[[Graph, str], str]

_MAX_WEIGHTS: Final = 1 << 24
"""Of a layer written out as a matrix."""


def network(model: Model, compiler: GraphCompiler) -> Said:
    """A NeuralNetwork. Raises Unsupported for several targets."""
    element, graph = model.element, compiler.graph
    outputs = read_outputs(element)
    classes = compiler.kernels[element].classes
    if getattr(compiler.kernels[element], "other_targets", None):
        element.unsupported("a NeuralNetwork of several targets cannot be converted")
    inputs = [_input(each, model, compiler) for each in element.need("NeuralInputs").all("NeuralInput")]
    neurons = {each.want("id"): place for place, each in enumerate(element.need("NeuralInputs").all("NeuralInput"))}
    columns = graph.side_by_side([column.name for column in inputs])
    settings = Settings.of(element)
    for layer in element.all("NeuralLayer"):
        made = _layer(layer, neurons, columns, settings.within(layer), graph)
        columns = graph.add("Concat", columns, made, axis=1)
        for neuron in layer.all("Neuron"):
            neurons[neuron.want("id")] = len(neurons)
    given = graph.add("Gather", columns, np.array([neurons[output.neuron] for output in outputs]), axis=1)
    may_miss = any(column.may_miss for column in inputs)
    given = _missing_with(given, inputs, graph)
    if not classes:
        return Said(_denormalized(outputs[0], graph.column(given, 0), graph), may_miss)
    shares = with_rest(graph, graph.column(given, 0)) if len(outputs) == 1 else given
    return classified(graph, classes, shares, may_miss=may_miss)


def _input(element: Element, model: Model, compiler: GraphCompiler) -> Column:
    column = derived_column(element.need("DerivedField"), model.scope, compiler.columns)
    if column.is_text:
        element.unsupported("an input that is text cannot be converted")
    return column


def _missing_with(given: str, inputs: list[Column], graph: Graph) -> str:
    """The outputs, missing where an input is."""
    missing = [graph.missing(column.name) for column in inputs if column.may_miss]
    if not missing:
        return given
    return graph.where(graph.add("Unsqueeze", graph.any_of(missing), np.array([1])), math.nan, given)


def _layer(layer: Element, neurons: dict[str, int], columns: str, settings: Settings, graph: Graph) -> str:
    """[n, neurons] of everything before the layer, [n, columns]."""
    heard = list(layer.all("Neuron"))
    if len(neurons) * len(heard) > _MAX_WEIGHTS:
        layer.unsupported(f"more than {_MAX_WEIGHTS:,} weights: neurons, times neurons before them")
    weights = np.zeros((len(neurons), len(heard)))
    listens = np.zeros(weights.shape, bool)
    for place, neuron in enumerate(heard):
        for connection in neuron.all("Con"):
            source = neurons[connection.want("from")]
            weights[source, place] += connection.number("weight")
            listens[source, place] = True
    sources = np.flatnonzero(listens.any(axis=1))
    before = graph.add("Gather", columns, sources, axis=1)
    if settings.function == "radialBasis":
        total = _radial(heard, weights[sources], listens[sources], before, settings, graph)
    else:
        bias = np.array([[neuron.number("bias", 0.0) for neuron in heard]])
        total = graph.add("Add", graph.add("MatMul", before, weights[sources]), bias)
    active = _activated(settings, total, graph)
    return {"softmax": softmax, "simplemax": simplemax}.get(settings.normalization, _as_it_is)(graph, active)


def _radial(heard: list[Element], weights: Array, listens: Array, before: str, settings: Settings, graph: Graph) -> str:
    """The exponents of radial basis functions: fan-in * ln(altitude) - distance / (2 width ^ 2)."""
    widths = np.array([neuron.number("width", settings.width) for neuron in heard])
    altitudes = np.array([neuron.number("altitude", settings.altitude) for neuron in heard])
    top = listens.sum(axis=0) * np.log(altitudes)
    apart = graph.add("Sub", graph.add("Unsqueeze", before, np.array([1])), weights.T[None])
    squares = graph.add("Mul", graph.add("Mul", apart, apart), listens.T[None].astype(np.float64))
    distance = graph.add("Mul", graph.sum(squares, axis=2), (0.5 / widths**2)[None, :])
    return graph.add("Sub", top[None, :], distance)


def _as_it_is(graph: Graph, value: str) -> str:
    return value


def _activated(settings: Settings, total: str, graph: Graph) -> str:
    if settings.function == "threshold":
        return graph.number(graph.add("Greater", total, float(settings.threshold)))
    return _ACTIVATIONS[settings.function](graph, total)


def _gauss(graph: Graph, total: str) -> str:
    return graph.add("Exp", graph.add("Neg", graph.add("Mul", total, total)))


def _elliott(graph: Graph, total: str) -> str:
    return graph.add("Div", total, graph.add("Add", graph.add("Abs", total), 1.0))


def _rectifier(graph: Graph, total: str) -> str:
    return graph.where(graph.add("Less", total, 0.0), 0.0, total)


def _plain(operator: str) -> Activation:
    return lambda graph, total: graph.add(operator, total)


_ACTIVATIONS: Final[dict[str, Activation]] = {
    "logistic": INVERSES["logit"],
    "identity": INVERSES["identity"],
    "exponential": INVERSES["exp"],
    "radialBasis": INVERSES["exp"],
    "tanh": _plain("Tanh"),
    "reciprocal": _plain("Reciprocal"),
    "sine": _plain("Sin"),
    "cosine": _plain("Cos"),
    "square": lambda graph, total: graph.add("Mul", total, total),
    "Gauss": _gauss,
    "Elliott": _elliott,
    "arctan": lambda graph, total: graph.add("Mul", arctan(graph, total), 2 / math.pi),
    "rectifier": _rectifier,
}


def _denormalized(output: NeuralOutput, value: str, graph: Graph) -> str:
    """From the output neuron to the target: the inverse of the output's expression."""
    if output.expression.tag == "FieldRef":
        return value
    points = sorted((norm.number("norm"), norm.number("orig")) for norm in output.expression.all("LinearNorm"))
    norms, originals = np.array(points).T
    slopes: Array = np.diff(originals) / np.diff(norms)
    if len(points) == 2:
        scaled = graph.add("Mul", graph.add("Sub", value, float(norms[0])), float(slopes[0]))
        return graph.add("Add", scaled, float(originals[0]))
    above = graph.cast(graph.add("Greater", graph.side_by_side([value]), norms[None, 1:-1]), "int64")
    tables = (norms, slopes, originals)
    start, slope, low = (graph.add("Gather", table, graph.sum(above), axis=0) for table in tables)
    return graph.add("Add", graph.add("Mul", graph.add("Sub", value, start), slope), low)
