"""From sums to numbers and probabilities, as nodes: inverse link functions, and what makes distributions.

Specification: Regression, "normalization methods"; General Regression, "linkFunction".
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from salver.formats.pmml.convert.graph import Graph
from salver.formats.pmml.convert.special import arctan, normal_distribution
from salver.formats.pmml.element import Element

Inverse: TypeAlias = Callable[[Graph, str], str]

# From sums to probabilities.


def softmax(graph: Graph, sums: str) -> str:
    """exp(y) / sum exp(y) of each row."""
    most = graph.add("ReduceMax", sums, np.array([1]), keepdims=1)
    return simplemax(graph, graph.add("Exp", graph.add("Sub", sums, most)))


def simplemax(graph: Graph, sums: str) -> str:
    """y / sum y of each row."""
    return graph.add("Div", sums, graph.add("ReduceSum", sums, np.array([1]), keepdims=1))


def with_rest(graph: Graph, share: str) -> str:
    """Two classes, of which the first has this probability."""
    return graph.side_by_side([share, graph.add("Sub", 1.0, share)])


def differences(graph: Graph, cumulative: str, count: int) -> str:
    """Ordered classes, where [n, classes - 1] has the probabilities of each or one before it."""
    columns = [graph.column(cumulative, place) for place in range(count)]
    parts = [graph.add("Sub", after, before) for before, after in itertools.pairwise(columns)]
    return graph.side_by_side([columns[0], *parts, graph.add("Sub", 1.0, columns[-1])])


def first_of(graph: Graph, sums: str, count: int) -> str:
    """The first columns of a matrix."""
    return graph.add("Gather", sums, np.arange(count), axis=1)


def clamped(graph: Graph, share: str) -> str:
    """Within 0 and 1."""
    share = graph.where(graph.add("Less", share, 0.0), 0.0, share)
    return graph.where(graph.add("Greater", share, 1.0), 1.0, share)


# Inverse link functions.


def _logit(graph: Graph, eta: str) -> str:
    return graph.add("Reciprocal", graph.add("Add", graph.add("Exp", graph.add("Neg", eta)), 1.0))


def _exp(graph: Graph, eta: str) -> str:
    return graph.add("Exp", eta)


def _cloglog(graph: Graph, eta: str) -> str:
    return graph.add("Sub", 1.0, _exp(graph, graph.add("Neg", _exp(graph, eta))))


def _loglog(graph: Graph, eta: str) -> str:
    return _exp(graph, graph.add("Neg", _exp(graph, graph.add("Neg", eta))))


def _cauchit(graph: Graph, eta: str) -> str:
    return graph.add("Add", graph.add("Div", arctan(graph, eta), math.pi), 0.5)


def _logc(graph: Graph, eta: str) -> str:
    return graph.add("Sub", 1.0, _exp(graph, eta))


INVERSES: Final[dict[str, Inverse]] = {
    "none": lambda graph, eta: eta,
    "identity": lambda graph, eta: eta,
    "logit": _logit,
    "exp": _exp,
    "log": _exp,
    "logc": _logc,
    "probit": normal_distribution,
    "cloglog": _cloglog,
    "loglog": _loglog,
    "cauchit": _cauchit,
}
"""By normalizationMethod or linkFunction, where it has no parameter."""


def inverse_link(element: Element, link: str) -> Inverse:
    """The inverse of a link function, with its parameter where it has one."""
    match link:
        case "power":
            exponent: float = element.number("linkParameter")
            return _exp if exponent == 0 else lambda graph, eta: graph.add("Pow", eta, 1.0 / exponent)
        case "oddspower":
            odds: float = element.number("linkParameter")
            return _logit if odds == 0 else lambda graph, eta: _oddspower(graph, eta, odds)
        case "negbin":
            spread: float = element.number("distParameter")
            return lambda graph, eta: _negbin(graph, eta, spread)
        case _:
            return INVERSES[link]


def _oddspower(graph: Graph, eta: str, exponent: float) -> str:
    base = graph.add("Add", graph.add("Mul", eta, exponent), 1.0)
    return graph.add("Reciprocal", graph.add("Add", graph.add("Pow", base, -1.0 / exponent), 1.0))


def _negbin(graph: Graph, eta: str, spread: float) -> str:
    less_one = graph.add("Sub", _exp(graph, graph.add("Neg", eta)), 1.0)
    return graph.add("Reciprocal", graph.add("Mul", less_one, spread))
