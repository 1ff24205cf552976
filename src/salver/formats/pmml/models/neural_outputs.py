"""What the output neurons of a network stand for: numbers, which come back de-normalised, or classes.

Specification: NeuralNetwork, "NeuralOutputs".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array
from salver.formats.pmml.kernel import Target
from salver.formats.pmml.models.links import identity

_DERIVED: Final = ("LocalTransformations", "TransformationDictionary")
_MAX_STEPS: Final = 100
"""References from field to field."""


@dataclass(frozen=True, slots=True)
class NeuralOutput:
    """One output neuron."""

    neuron: str
    field: str
    """The target field."""
    expression: Element
    """FieldRef, NormContinuous or NormDiscrete."""


def read_outputs(network: Element) -> list[NeuralOutput]:
    """The NeuralOutputs of a network. Raises BadInput or Unsupported."""
    outputs = [_read(output) for output in network.need("NeuralOutputs").all("NeuralOutput")]
    if not outputs:
        network.refuse("NeuralOutputs needs a child NeuralOutput")
    return outputs


def _read(output: Element) -> NeuralOutput:
    expression = output.need("DerivedField").need("FieldRef", "NormContinuous", "NormDiscrete")
    for _ in range(_MAX_STEPS):
        derived = _derived(expression) if expression.tag == "FieldRef" else None
        if derived is None:
            return NeuralOutput(output.want("outputNeuron"), expression.want("field"), expression)
        expression = derived.need("FieldRef", "NormContinuous", "NormDiscrete")
    return output.refuse("its field is derived of itself")


def _derived(reference: Element) -> Element | None:
    """The DerivedField that a FieldRef means, nearest first; None where it means a field of the dictionary."""
    name = reference.want("field")
    around = reference.parent
    while around is not None:
        for container in around.all(*_DERIVED):
            for derived in container.all("DerivedField"):
                if derived.get("name") == name:
                    return derived
        around = around.parent
    return None


def denormalize(output: NeuralOutput) -> Callable[[Array], Array]:
    """From the output neuron's column to the target's: the inverse of the expression. Raises BadInput."""
    expression = output.expression
    if expression.tag == "FieldRef":
        return identity
    if expression.tag == "NormDiscrete":
        expression.refuse("NormDiscrete is of classification, the target is a number")
    points = [(norm.number("norm"), norm.number("orig")) for norm in expression.all("LinearNorm")]
    if len(points) < 2:
        expression.refuse(f"NormContinuous needs two LinearNorm, there are {len(points)}")
    points.sort()
    norms, originals = np.array(points).T
    steps = np.diff(norms)
    if (steps == 0).any():
        expression.refuse("two LinearNorm have the same norm: it cannot be inverted")
    slopes = np.diff(originals) / steps

    def invert(column: Array) -> Array:
        # Beyond the ends the first and the last piece go on.
        piece = norms[1:-1].searchsorted(column)
        value: Array = originals[piece] + (column - norms[piece]) * slopes[piece]
        return value

    return invert


def classes_of(outputs: list[NeuralOutput], target: Target) -> list[Any]:
    """The class of each output neuron. Raises BadInput."""
    classes: list[Any] = []
    for output in outputs:
        if output.expression.tag != "NormDiscrete":
            output.expression.refuse(f"classification needs NormDiscrete, here is a {output.expression.tag}")
        text = output.expression.want("value")
        label = target.label(text, output.expression)
        if label in classes:
            output.expression.refuse(f"there are two output neurons of class {short(text)}")
        classes.append(label)
    return classes
