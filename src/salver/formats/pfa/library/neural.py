"""model.neural: layers of neurons, each joined with all of the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from salver.formats.pfa.library.recognised import activation_of
from salver.formats.pfa.library.registry import UNKNOWN, Call, Implementation, fail, typed
from salver.formats.pfa.library.sums import dot

Vector = npt.NDArray[np.float64]
Layer = Mapping[str, Any]


@typed(
    "model.neural.simpleLayers",
    "(datum: array(double), model: array(record M {weights: array(array(double)), bias: array(double)}), "
    "activation: fcn(double) -> double) -> array(double)",
    errors={11000: "no layers", 11001: "weights, bias, or datum misaligned"},
)
def _simple_layers(call: Call) -> Implementation:
    model, activation = call.constant(1), activation_of(call.constant(2))
    if model is UNKNOWN or activation is None or not _are_aligned(model):
        return simple_layers
    return _fixed(model, _ACTIVATIONS[activation])


def simple_layers(
    datum: Sequence[float], model: Sequence[Layer], activation: Callable[[float], float]
) -> Sequence[float]:
    """What the last layer gives, before any activation."""
    if not model:
        fail(11000)
    *inner, last = model
    for layer in inner:
        datum = list(map(activation, _through(datum, layer)))
    return _through(datum, last)


def _through(datum: Sequence[float], layer: Layer) -> list[float]:
    weights, bias = layer["weights"], layer["bias"]
    if len(bias) != len(weights) or any(len(row) != len(datum) for row in weights):
        fail(11001)
    return [dot(row, datum) + constant for row, constant in zip(weights, bias, strict=True)]


def _are_aligned(model: Sequence[Layer]) -> bool:
    """Whether each layer takes what the one before gives; how wide the datum is, is not known."""
    widths = [{len(row) for row in layer["weights"]} for layer in model]
    sizes = [len(layer["weights"]) for layer in model]
    return (
        bool(model)
        and all(size > 0 and size == len(layer["bias"]) for size, layer in zip(sizes, model, strict=True))
        and all(len(width) == 1 for width in widths)
        and all(width == {size} for width, size in zip(widths[1:], sizes, strict=False))
    )


def _fixed(model: Sequence[Layer], activation: Callable[[Vector], Vector]) -> Implementation:
    """The layers as matrices."""
    layers = [(np.array(layer["weights"], np.float64), np.array(layer["bias"], np.float64)) for layer in model]
    width, ((last, last_bias), inner) = layers[0][0].shape[1], (layers[-1], layers[:-1])

    def compute(datum: Sequence[float], _model: Any, _activation: Any) -> list[float]:
        if len(datum) != width:
            fail(11001)
        x = np.array(datum)
        with np.errstate(all="ignore"):
            for weights, bias in inner:
                x = weights.dot(x)
                x += bias
                x = activation(x)
            x = last.dot(x)
            x += last_bias
        found: list[float] = x.tolist()
        return found

    return compute


def _relu(x: Vector) -> Vector:
    return np.maximum(x, 0.0, out=x)


def _logistic(x: Vector) -> Vector:
    found: Vector = 1.0 / (1.0 + np.exp(-x))
    return found


_ACTIVATIONS: Final[dict[str, Callable[[Vector], Vector]]] = {
    "relu": _relu,
    "logistic": _logistic,
    "tanh": np.tanh,
    "atan": np.arctan,
    "identity": lambda x: x,
}
