"""Regressions as nodes: the sums as one product of matrices, then link functions.

Specification: Regression; General Regression.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from salver.formats.pmml.convert.compiler import GraphCompiler
from salver.formats.pmml.convert.graph import Graph
from salver.formats.pmml.convert.links import (
    INVERSES,
    clamped,
    differences,
    first_of,
    inverse_link,
    simplemax,
    softmax,
    with_rest,
)
from salver.formats.pmml.convert.said import Said, classified
from salver.formats.pmml.describe.equations import Equation, Equations, equations_of
from salver.formats.pmml.frame import Array
from salver.formats.pmml.kernel import Model
from salver.formats.pmml.models.linear import Coding, Power, Term

_NUMBERS: Final = ("regression", "generalLinear", "generalizedLinear")


def regression(model: Model, compiler: GraphCompiler) -> Said:
    """A RegressionModel."""
    classes = compiler.kernels[model.element].classes
    equations = equations_of(model, classes, compiler.refer)
    sums, may_miss = sums_of(equations, compiler)
    graph, link = compiler.graph, equations.link
    if not classes:
        inverse = INVERSES["logit" if link == "softmax" else link]
        return Said(inverse(graph, graph.column(sums, 0)), may_miss)
    is_ordinal = model.target.optype == "ordinal" and link not in ("softmax", "simplemax")
    shares = _shares(graph, sums, len(classes), link, is_ordinal=is_ordinal)
    return classified(graph, classes, shares, may_miss=may_miss)


def _shares(graph: Graph, sums: str, count: int, link: str, *, is_ordinal: bool) -> str:
    """[n, classes] Probabilities."""
    if link in ("softmax", "simplemax"):
        return softmax(graph, sums) if link == "softmax" else simplemax(graph, sums)
    inverse = INVERSES[link]
    if is_ordinal:
        return differences(graph, inverse(graph, first_of(graph, sums, count - 1)), count - 1)
    if count == 2:
        share = inverse(graph, graph.column(sums, 0))
        return with_rest(graph, clamped(graph, share) if link == "none" else share)
    if link == "none":
        firsts = first_of(graph, sums, count - 1)
        rest = graph.add("Sub", 1.0, graph.sum(firsts))
        return graph.add("Concat", firsts, graph.side_by_side([rest]), axis=1)
    return simplemax(graph, inverse(graph, sums))


def general_regression(model: Model, compiler: GraphCompiler) -> Said:
    """A GeneralRegressionModel. Raises Unsupported for Cox regression."""
    kind = model.element.want("modelType")
    classes = compiler.kernels[model.element].classes
    if not classes and kind not in _NUMBERS:
        model.element.unsupported(f"modelType={kind} cannot be converted")
    equations = equations_of(model, classes, compiler.refer)
    sums, may_miss = sums_of(equations, compiler)
    graph = compiler.graph
    if kind == "multinomialLogistic":
        return classified(graph, classes, softmax(graph, sums), may_miss=may_miss)
    inverse = inverse_link(model.element, equations.link)
    if kind == "ordinalMultinomial":
        shares = differences(graph, inverse(graph, sums), len(classes) - 1)
        return classified(graph, classes, shares, may_miss=may_miss)
    mean = inverse(graph, graph.column(sums, 0))
    if classes:
        return classified(graph, classes, with_rest(graph, mean), may_miss=may_miss)
    return Said(_of_trials(model, mean, compiler), may_miss)


def _of_trials(model: Model, mean: str, compiler: GraphCompiler) -> str:
    name = model.element.attributes.get("trialsVariable")
    if name is not None:
        column = compiler.columns.number(model.scope.field(name, model.element), model.element)
        return compiler.graph.add("Mul", mean, column.name)
    trials: float = model.element.number("trialsValue", 1.0)
    return mean if trials == 1 else compiler.graph.add("Mul", mean, trials)


# Sums.


def sums_of(equations: Equations, compiler: GraphCompiler) -> tuple[str, bool]:
    """[n, equations], and whether one may be missing."""
    graph, columns = compiler.graph, compiler.columns
    weights: dict[Term, Array] = {}
    for place, equation in enumerate(equations.all):
        for term in equation.terms:
            weights.setdefault(term.factors, np.zeros(len(equations.all)))[place] += term.weight
    constant = np.array([[equation.intercept for equation in equations.all]])
    if not weights:
        return graph.add("Add", graph.side_by_side([graph.filled(0.0)]), constant), False
    products = [_product(term, compiler) for term in weights]
    matrix = graph.side_by_side([name for name, _ in products])
    total = graph.add("MatMul", matrix, np.array(list(weights.values())))
    for equation in equations.all:
        _note(equation, columns)
    return graph.add("Add", total, constant), any(may_miss for _, may_miss in products)


def _note(equation: Equation, columns: Any) -> None:
    for term in equation.terms:
        for factor in term.factors:
            if isinstance(factor, Coding):
                columns.decides(columns.of(factor.field), [value for value, _ in factor.numbers])


def _product(term: Term, compiler: GraphCompiler) -> tuple[str, bool]:
    factors = [_factor(factor, compiler) for factor in term]
    name = factors[0][0]
    for other, _ in factors[1:]:
        name = compiler.graph.add("Mul", name, other)
    return name, any(may_miss for _, may_miss in factors)


def _factor(factor: Power | Coding, compiler: GraphCompiler) -> tuple[str, bool]:
    column = compiler.columns.of(factor.field)
    if isinstance(factor, Coding):
        rows = factor.rows()[[1, 0, *range(2, len(factor.numbers) + 2)]]
        name = compiler.columns.by_value(column, [value for value, _ in factor.numbers], rows)
        return name, bool(np.isnan(rows[0]) or (np.isnan(rows[1]) and column.may_miss))
    if factor.exponent == 1:
        return column.name, column.may_miss
    graph = compiler.graph
    name = graph.add("Pow", column.name, float(factor.exponent))
    if factor.exponent == 0:
        # What is missing stays so, also to the power of nought.
        name = graph.where(graph.missing(column.name), math.nan, name)
    return name, True
