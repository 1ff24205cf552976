"""m.kernel: how alike two vectors are, for support vector machines and Gaussian processes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from salver.formats.pfa.library.core import power
from salver.formats.pfa.library.mathematics import exp
from salver.formats.pfa.library.registry import fail, function
from salver.formats.pfa.library.sums import dot, squared_distance

Vector = Sequence[float]


@function(
    "m.kernel.linear", "(x: array(double), y: array(double)) -> double", errors={23000: "arrays must have same length"}
)
def linear(x: Vector, y: Vector) -> float:
    """The product of the two."""
    return _dot(x, y, 23000)


@function(
    "m.kernel.rbf",
    "(x: array(double), y: array(double), gamma: double) -> double",
    errors={23010: "arrays must have same length"},
)
def rbf(x: Vector, y: Vector, gamma: float) -> float:
    """A bell around the point where both are the same."""
    if len(x) != len(y):
        fail(23010)
    return exp(-gamma * squared_distance(x, y))


@function(
    "m.kernel.poly",
    "(x: array(double), y: array(double), gamma: double, intercept: double, degree: double) -> double",
    errors={23020: "arrays must have same length"},
)
def poly(x: Vector, y: Vector, gamma: float, intercept: float, degree: float) -> float:
    """A power of the product."""
    return power(gamma * _dot(x, y, 23020) + intercept, degree)


@function(
    "m.kernel.sigmoid",
    "(x: array(double), y: array(double), gamma: double, intercept: double) -> double",
    errors={23030: "arrays must have same length"},
)
def sigmoid(x: Vector, y: Vector, gamma: float, intercept: float) -> float:
    """The hyperbolic tangent of the product."""
    return math.tanh(gamma * _dot(x, y, 23030) + intercept)


def _dot(x: Vector, y: Vector, code: int) -> float:
    return dot(x, y) if len(x) == len(y) else fail(code)
