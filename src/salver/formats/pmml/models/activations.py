"""Activation functions of neurons. Specification: NeuralNetwork, "activationFunction".

They may warn of overflow: call them within `np.errstate`. NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from salver.formats.pmml.frame import Array
from salver.formats.pmml.models.links import exp, identity, logit

Activation: TypeAlias = Callable[[Array], Array]


def threshold(limit: float) -> Activation:
    """1 above the limit, else 0."""

    def activate(total: Array) -> Array:
        fired = (total > limit).astype(np.float64)
        fired[total != total] = np.nan
        return fired

    return activate


def _tanh(total: Array) -> Array:
    activated: Array = np.tanh(total)
    return activated


def _reciprocal(total: Array) -> Array:
    activated: Array = 1.0 / total
    return activated


def _square(total: Array) -> Array:
    return total * total


def _gauss(total: Array) -> Array:
    activated: Array = np.exp(-(total * total))
    return activated


def _sine(total: Array) -> Array:
    activated: Array = np.sin(total)
    return activated


def _cosine(total: Array) -> Array:
    activated: Array = np.cos(total)
    return activated


def _elliott(total: Array) -> Array:
    activated: Array = total / (1.0 + np.abs(total))
    return activated


def _arctan(total: Array) -> Array:
    activated: Array = np.arctan(total) * (2.0 / np.pi)
    return activated


def _rectifier(total: Array) -> Array:
    activated: Array = np.maximum(total, 0.0)
    return activated


ACTIVATIONS: Final[dict[str, Activation]] = {
    "logistic": logit,
    "tanh": _tanh,
    "identity": identity,
    "exponential": exp,
    "reciprocal": _reciprocal,
    "square": _square,
    "Gauss": _gauss,
    "sine": _sine,
    "cosine": _cosine,
    "Elliott": _elliott,
    "arctan": _arctan,
    "rectifier": _rectifier,
}
"""Those that need nothing else than the weighted sum."""
NAMES: Final = (*ACTIVATIONS, "threshold", "radialBasis")
"""Every activationFunction."""
