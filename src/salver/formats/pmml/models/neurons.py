"""Layers of neurons, each computed at once for all rows. Specification: NeuralNetwork, "NeuralLayer", "Neuron".

A layer whose neurons all hear the same ones is a product of matrices; any other goes by its connections alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array
from salver.formats.pmml.models.activations import ACTIVATIONS, NAMES, Activation, threshold
from salver.formats.pmml.models.links import identity
from salver.formats.pmml.models.normalize import simplemax, softmax

_NORMALIZATIONS: Final[dict[str, Activation]] = {"none": identity, "simplemax": simplemax, "softmax": softmax}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a layer takes from its own attributes, else from the network's."""

    function: str
    normalization: str
    threshold: float
    width: float | None
    altitude: float

    @staticmethod
    def of(network: Element) -> Settings:
        """A network's."""
        return Settings(
            network.choice("activationFunction", NAMES),
            network.choice("normalizationMethod", tuple(_NORMALIZATIONS), "none"),
            network.number("threshold", 0.0),
            network.number("width", None),
            network.number("altitude", 1.0),
        )

    def within(self, layer: Element) -> Settings:
        """A layer's."""
        return Settings(
            layer.choice("activationFunction", NAMES, self.function),
            layer.choice("normalizationMethod", tuple(_NORMALIZATIONS), self.normalization),
            layer.number("threshold", self.threshold),
            layer.number("width", self.width),
            layer.number("altitude", self.altitude),
        )


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the neurons of a layer hear: connections, those of one neuron together."""

    sources: Array
    """Of each connection, the column that it comes from."""
    weights: Array
    starts: Array
    """Of each neuron, its first connection."""

    @property
    def counts(self) -> Array:
        """How many connections each neuron has."""
        counts: Array = np.diff(self.starts, append=len(self.sources))
        return counts

    def shared(self) -> tuple[Array, Array] | None:
        """Columns and a matrix of weights [columns, neurons] where all neurons hear the same, each once."""
        neurons = len(self.starts)
        width = len(self.sources) // neurons
        if width * neurons != len(self.sources) or (self.counts != width).any():
            return None
        sources = self.sources.reshape(neurons, width)
        order = np.argsort(sources, axis=1)
        ordered = np.take_along_axis(sources, order, axis=1)
        if (ordered != ordered[0]).any() or (np.diff(ordered[0]) == 0).any():
            return None
        weights = np.take_along_axis(self.weights.reshape(neurons, width), order, axis=1)
        return ordered[0], np.ascontiguousarray(weights.T)


class Layer:
    """Computes the outputs of a layer's neurons, [rows, neurons], from everything before it, [rows, columns]."""

    __slots__ = ("_activation", "_bias", "_columns", "_normalize", "_shared", "_spread", "_weights", "_wiring", "cost")

    def __init__(self, wiring: Wiring, bias: Array, settings: Settings, spread: tuple[Array, Array] | None) -> None:
        self._wiring = wiring
        self._bias = bias
        self._spread = spread
        """Of radial basis functions, where they have their top, and what a distance is multiplied with."""
        self._activation = _activation(settings)
        self._normalize = _NORMALIZATIONS[settings.normalization]
        shared = wiring.shared()
        self._shared: Array | None = None if shared is None else shared[0]
        self._columns: slice | Array | None = None if shared is None else _sliced(shared[0])
        self._weights: Array | None = None if shared is None else shared[1]
        self.cost = len(bias) if shared is not None and spread is None else len(wiring.sources)
        """Numbers in memory for a row."""

    def spreads_missing(self, inputs: int) -> bool:
        """Whether a missing one of the inputs, which are the first columns, makes all neurons missing, as long as it
        does so in the layers before: each hears all inputs, or other neurons alone."""
        shared = self._shared
        hears_all = shared is not None and len(shared) >= inputs and shared[inputs - 1] == inputs - 1
        return bool(hears_all or self._wiring.sources.min() >= inputs)

    def __call__(self, before: Array) -> Array:
        if self._spread is not None:
            top, factor = self._spread
            difference = before[:, self._wiring.sources] - self._wiring.weights
            difference *= difference
            total = top - self._sums(difference) * factor
        elif self._weights is not None:
            total = before[:, self._columns].dot(self._weights)
            total += self._bias
        else:
            total = self._sums(before[:, self._wiring.sources] * self._wiring.weights)
            total += self._bias
        return self._normalize(self._activation(total))

    def _sums(self, connections: Array) -> Array:
        """Of each neuron's connections."""
        sums: Array = np.add.reduceat(connections, self._wiring.starts, axis=1)
        return sums


def compile_layer(layer: Element, places: Mapping[str, int], settings: Settings) -> Layer:
    """A NeuralLayer. `places` has the columns of what neurons may hear, by id. Raises BadInput."""
    neurons = list(layer.all("Neuron"))
    if not neurons:
        layer.refuse("a NeuralLayer needs a child Neuron")
    sources: list[int] = []
    weights: list[float] = []
    starts: list[int] = []
    for neuron in neurons:
        starts.append(len(sources))
        for connection in neuron.all("Con"):
            sources.append(_source(connection, places))
            weights.append(connection.number("weight"))
        if len(sources) == starts[-1]:
            neuron.refuse("a Neuron needs a child Con")
    wiring = Wiring(np.array(sources, np.intp), np.array(weights, np.float64), np.array(starts, np.intp))
    bias = np.array([neuron.number("bias", 0.0) for neuron in neurons])
    spread = _spread(neurons, settings, wiring.counts) if settings.function == "radialBasis" else None
    return Layer(wiring, bias, settings, spread)


def _source(connection: Element, places: Mapping[str, int]) -> int:
    name = connection.want("from")
    if name not in places:
        connection.refuse(f"there is no neuron {short(name)} before this layer")
    return places[name]


def _spread(neurons: list[Element], settings: Settings, counts: Array) -> tuple[Array, Array]:
    """Radial basis functions: exp(fan-in * ln(altitude) - distance / (2 width ^ 2))."""
    widths, tops = [], []
    for neuron, count in zip(neurons, counts.tolist(), strict=True):
        width = neuron.number("width", settings.width)
        altitude = neuron.number("altitude", settings.altitude)
        if width is None or width == 0:
            neuron.refuse("radialBasis needs a width other than 0")
        if altitude <= 0:
            neuron.refuse(f"altitude={altitude}, wanted more than 0")
        widths.append(width)
        tops.append(count * np.log(altitude))
    return np.array(tops), 0.5 / np.array(widths) ** 2


def _activation(settings: Settings) -> Activation:
    if settings.function == "threshold":
        return threshold(settings.threshold)
    return ACTIVATIONS["exponential" if settings.function == "radialBasis" else settings.function]


def _sliced(columns: Array) -> slice | Array:
    """The same columns, as a slice where they lie side by side: that is no copy."""
    first, last = int(columns[0]), int(columns[-1])
    return slice(first, last + 1) if last - first + 1 == len(columns) else columns
