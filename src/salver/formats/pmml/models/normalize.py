"""From the numbers that a model has for each class to probabilities, and the class that wins.

They may warn of overflow: call them within `np.errstate`. A row with a missing number is missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from salver.formats.pmml.frame import Array
from salver.formats.pmml.kernel import best
from salver.formats.pmml.models.links import Inverse, of_one_number

_ONE: Final = np.array(1.0)


@dataclass(frozen=True, slots=True)
class Normalization:
    """From what a model has for each class to probabilities, [rows, classes]."""

    of_rows: Callable[[Array], Array]
    of_one: Callable[[list[float]], Sequence[float]] | None = None
    """The same of one row, where there is a short way."""


def softmax(values: Array) -> Array:
    """exp(y) / sum exp(y) of each row."""
    # Rows side by side, as there are more of them than classes.
    shares: Array = values.T.copy()
    shares -= np.maximum.reduce(shares)
    np.exp(shares, shares)
    shares /= np.add.reduce(shares)
    return shares.T


def simplemax(values: Array) -> Array:
    """y / sum y of each row."""
    shares: Array = values / values.sum(axis=1, keepdims=True)
    return shares


def with_rest(first: Array) -> Array:
    """Two classes, where a column has the probability of the first."""
    probability = np.empty((len(first), 2))
    probability[:, 0] = first
    np.subtract(_ONE, first, probability[:, 1])
    return probability


def with_last(others: Array) -> Array:
    """Several classes, where the last has what is left by the others."""
    probability = np.empty((len(others), others.shape[1] + 1))
    probability[:, :-1] = others
    np.subtract(_ONE, others.sum(axis=1), probability[:, -1])
    return probability


def two_classes(inverse: Inverse) -> Normalization:
    """Two classes, the first of which has a probability by the inverse of a link function, and the second the rest."""

    return Normalization(lambda values: with_rest(inverse(values[:, 0])), _two_of(of_one_number(inverse)))


def _two_of(inverse: Callable[[float], float] | None) -> Callable[[list[float]], Sequence[float]] | None:
    if inverse is None:
        return None

    def of_one(values: list[float]) -> Sequence[float]:
        first = inverse(values[0])
        return first, 1.0 - first

    return of_one


def in_single_precision(normalization: Normalization) -> Normalization:
    """The same in single precision, as exporters of gradient boosting ask for: the rest of a probability near 1 is
    another number then."""
    of_rows = normalization.of_rows
    return Normalization(lambda values: of_rows(values.astype(np.float32)).astype(np.float64))


def differences(cumulative: Array) -> Array:
    """Ordered classes, where [rows, classes - 1] has the probabilities of each or one before it."""
    probability = np.empty((len(cumulative), cumulative.shape[1] + 1))
    probability[:, 0] = cumulative[:, 0]
    np.subtract(cumulative[:, 1:], cumulative[:, :-1], out=probability[:, 1:-1])
    np.subtract(1.0, cumulative[:, -1], out=probability[:, -1])
    return probability


def _softmax_of(values: list[float]) -> Sequence[float]:
    largest = max(values)
    shares = [math.exp(value - largest) for value in values]
    total = sum(shares)
    return [share / total for share in shares]


SOFTMAX: Final = Normalization(softmax, _softmax_of)
SIMPLEMAX: Final = Normalization(simplemax)


def winners(probability: Array) -> Array:
    """The largest of each row, the first of equals; -1 where the row is missing."""
    if probability.shape[1] != 2:
        return best(probability)
    first, second = probability[:, 0], probability[:, 1]
    winner = (second > first).astype(np.intp)
    missing = first != first
    if np.count_nonzero(missing):
        winner[missing] = -1
    return winner
