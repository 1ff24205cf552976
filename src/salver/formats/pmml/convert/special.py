"""Functions that onnxruntime does not have in double precision, made of those that it has."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from salver.formats.pmml.convert.graph import Graph

_HALVINGS: Final = 3
"""Of an angle below 45 degrees: below 6 degrees nine terms of its series are exact."""
_ARCTAN: Final = [(-1.0) ** n / (2 * n + 1) for n in range(10)]
_ERF_TERMS: Final = 128
_ERF_END: Final = 6.0
"""Beyond it the error function is 1."""


def arctan(graph: Graph, value: str) -> str:
    """atan(x): of 1 / x where x is above 1, half angles until the series is short."""
    size = graph.add("Abs", value)
    is_large = graph.add("Greater", size, 1.0)
    part = graph.where(is_large, graph.add("Reciprocal", size), size)
    for _ in range(_HALVINGS):
        hypotenuse = graph.add("Sqrt", graph.add("Add", graph.add("Mul", part, part), 1.0))
        part = graph.add("Div", part, graph.add("Add", hypotenuse, 1.0))
    angle = graph.add("Mul", _polynomial(graph, graph.add("Mul", part, part), _ARCTAN), part)
    angle = graph.add("Mul", angle, 2.0**_HALVINGS)
    angle = graph.where(is_large, graph.add("Sub", math.pi / 2, angle), angle)
    return graph.add("Mul", graph.add("Sign", value), angle)


def _polynomial(graph: Graph, value: str, factors: list[float]) -> str:
    total = graph.constant(factors[-1])
    for factor in reversed(factors[:-1]):
        total = graph.add("Add", graph.add("Mul", total, value), factor)
    return total


def erf(graph: Graph, value: str) -> str:
    """The error function, by its series in which all terms are positive:
    2 / sqrt(pi) exp(-x^2) sum over n of 2^n x^(2n+1) / (1 3 ... (2n+1))."""
    size = graph.add("Abs", value)
    is_far = graph.add("Greater", size, _ERF_END)
    near = graph.where(is_far, _ERF_END, size)
    square = graph.add("Mul", near, near)
    powers = graph.add("Pow", graph.side_by_side([square]), np.arange(_ERF_TERMS, dtype=np.float64)[None, :])
    factors = [1.0]
    for n in range(1, _ERF_TERMS):
        factors.append(factors[-1] * 2 / (2 * n + 1))
    series = graph.column(graph.add("MatMul", powers, np.array(factors)[:, None]), 0)
    scale = graph.add("Mul", graph.add("Exp", graph.add("Neg", square)), 2 / math.sqrt(math.pi))
    total = graph.add("Mul", graph.add("Mul", series, near), scale)
    return graph.add("Mul", graph.add("Sign", value), graph.where(is_far, 1.0, total))


def normal_distribution(graph: Graph, value: str) -> str:
    """The standard normal distribution function."""
    scaled = erf(graph, graph.add("Mul", value, math.sqrt(0.5)))
    return graph.add("Mul", graph.add("Add", scaled, 1.0), 0.5)
