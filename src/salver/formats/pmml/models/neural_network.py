"""NeuralNetwork. Specification: Neural Network Models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.expressions import derive
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import NO_CLASSES, Kernel, Model, Result
from salver.formats.pmml.models.chunks import in_chunks
from salver.formats.pmml.models.columns import Numbers
from salver.formats.pmml.models.neural_outputs import NeuralOutput, classes_of, denormalize, read_outputs
from salver.formats.pmml.models.neurons import Layer, Settings, compile_layer
from salver.formats.pmml.models.normalize import winners, with_rest
from salver.formats.pmml.models.target_fields import targets_of
from salver.formats.pmml.scope import Scope, Target

_Column: TypeAlias = Callable[[Array], Array]
"""From the output neurons to a target's column."""


def compile_neural_network(model: Model) -> Kernel:
    others = {target.name: target for target in targets_of(model)[1:]}
    outputs = read_outputs(model.element)
    mine = [output for output in outputs if output.field not in others]
    theirs = [output for output in outputs if output.field in others]
    if not mine:
        model.element.refuse(f"there is no NeuralOutput of target {short(model.target.name)}")
    network = _Network(model.element, model.scope, mine + theirs)
    columns = {output.field: _column(output, place) for place, output in enumerate(theirs, len(mine))}
    further = _Further(columns, {name: others[name] for name in columns})
    if model.is_classification:
        return _Classifier(network, _classes(model, mine), mine, further)
    if len(mine) > 1:
        mine[1].expression.refuse(f"a number has one NeuralOutput, here are {len(mine)}")
    return _Regression(network, _column(mine[0], 0), further)


class _Further:
    """The targets after the first: numbers."""

    __slots__ = ("columns", "targets")

    def __init__(self, columns: Mapping[str, _Column], targets: Mapping[str, Target]) -> None:
        self.columns = columns
        self.targets = targets

    def __call__(self, outputs: Array) -> dict[str, Array] | None:
        """By name, as columns hold them."""
        if not self.columns:
            return None
        return {name: column(outputs) for name, column in self.columns.items()}


class _Regression:
    __slots__ = ("_column", "_further", "_network", "other_targets")
    classes = NO_CLASSES
    entities = ()

    def __init__(self, network: _Network, column: _Column, further: _Further) -> None:
        self._network = network
        self._column = column
        self._further = further
        self.other_targets = further.targets

    def __call__(self, frame: Frame) -> Result:
        outputs = self._network(frame)
        return Result(value=self._column(outputs), targets=self._further(outputs))


class _Classifier:
    """Its entities are the output neurons."""

    __slots__ = ("_count", "_further", "_network", "classes", "entities", "other_targets")

    def __init__(
        self, network: _Network, classes: tuple[Any, ...], mine: list[NeuralOutput], further: _Further
    ) -> None:
        self._network = network
        self._further = further
        self._count = len(mine)
        self.classes = classes
        self.entities = tuple(output.neuron for output in mine)
        self.other_targets = further.targets

    def __call__(self, frame: Frame) -> Result:
        outputs = self._network(frame)
        probability = with_rest(outputs[:, 0]) if self._count == 1 else outputs[:, : self._count]
        winner = winners(probability)
        entity = winner if self._count > 1 else np.where(winner == 0, 0, -1)
        return Result(winner=winner, probability=probability, entity=entity, targets=self._further(outputs))


class _Network:
    """Inputs and layers. Whatever a neuron may hear has a column: inputs first, then layer by layer."""

    __slots__ = ("_cost", "_inputs", "_layers", "_outputs", "_places", "_spreads_missing")

    def __init__(self, element: Element, scope: Scope, outputs: list[NeuralOutput]) -> None:
        self._places: dict[str, int] = {}
        inputs = list(element.need("NeuralInputs").all("NeuralInput"))
        for each in inputs:
            self._name(each)
        if not inputs:
            element.refuse("NeuralInputs needs a child NeuralInput")
        self._inputs = Numbers(tuple(_input(each, scope) for each in inputs), scope)
        settings = Settings.of(element)
        self._layers: list[Layer] = []
        for layer in element.all("NeuralLayer"):
            self._layers.append(compile_layer(layer, self._places, settings.within(layer)))
            for neuron in layer.all("Neuron"):
                self._name(neuron)
        self._outputs = np.array([self._place(output) for output in outputs])
        self._spreads_missing = self._outputs.min() >= len(inputs) and all(
            layer.spreads_missing(len(inputs)) for layer in self._layers
        )
        self._cost = max(len(self._places), *(layer.cost for layer in self._layers))

    def __call__(self, frame: Frame) -> Array:
        """[rows, outputs]: the output neurons, NaN in rows where an input is missing."""
        return in_chunks(self._run, self._inputs(frame), self._cost)

    def _run(self, inputs: Array) -> Array:
        columns = np.empty((len(inputs), len(self._places)))
        width = inputs.shape[1]
        columns[:, :width] = inputs
        with np.errstate(all="ignore"):
            for layer in self._layers:
                made = layer(columns)
                columns[:, width : width + made.shape[1]] = made
                width += made.shape[1]
        outputs: Array = columns.take(self._outputs, axis=1)
        if not self._spreads_missing:
            outputs[np.isnan(inputs).any(axis=1)] = np.nan
        return outputs

    def _name(self, element: Element) -> None:
        name = element.want("id")
        if name in self._places:
            element.refuse(f"there are two neurons {short(name)}")
        self._places[name] = len(self._places)

    def _place(self, output: NeuralOutput) -> int:
        if output.neuron not in self._places:
            output.expression.refuse(f"there is no neuron {short(output.neuron)}")
        return self._places[output.neuron]


def _input(element: Element, scope: Scope) -> Field:
    """An input's field: the one that it refers to where it does nothing else."""
    derived = element.need("DerivedField")
    expression = derived.first("FieldRef")
    if expression is not None and "mapMissingTo" not in expression.attributes and derived.want("dataType") == "double":
        field = scope.field(expression.want("field"), expression)
        if field.kind == "number":
            return field
    field = derive(derived, scope)
    if field.kind == "text":
        element.refuse("a NeuralInput is a number, here is text")
    return field


def _column(output: NeuralOutput, place: int) -> _Column:
    invert = denormalize(output)
    return lambda outputs: invert(outputs[:, place])


def _classes(model: Model, outputs: list[NeuralOutput]) -> tuple[Any, ...]:
    """The classes of the output neurons; of a single one also the class that it is not."""
    classes = tuple(classes_of(outputs, model.target))
    if len(classes) > 1:
        return classes
    others = tuple(label for label in model.target.levels if label not in classes)
    if len(others) != 1:
        outputs[0].expression.refuse(f"one output neuron is for two classes, the target has {len(others) + 1}")
    return classes + others
