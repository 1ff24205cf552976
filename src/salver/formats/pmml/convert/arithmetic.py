"""Arithmetic as nodes. Specification: Built-in functions.

A missing argument gives a missing result, which is what NaN does by itself; aggregates pass over it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from salver.formats.pmml.convert.columns import Column, Columns
from salver.formats.pmml.convert.graph import Graph
from salver.formats.pmml.convert.special import arctan, erf, normal_distribution
from salver.formats.pmml.element import Element

Function: TypeAlias = Callable[[Sequence[Column], Element, Columns], Column]
_Unary: TypeAlias = Callable[[Graph, str], str]


def wider(arguments: Sequence[Column]) -> str:
    """double, float or integer: the type of what is computed of several numbers."""
    types = {one.type if one.type in ("double", "float") else "integer" for one in arguments}
    return "double" if "double" in types else "float" if "float" in types else "integer"


def made_of(name: str, type_: str, arguments: Sequence[Column], *, may_miss: bool | None = None) -> Column:
    """The column that is computed of others."""
    single = all(argument.is_single for argument in arguments)
    missing = any(argument.may_miss for argument in arguments) if may_miss is None else may_miss
    return Column(name, type_, missing, is_single=single)


def check_count(arguments: Sequence[Column], element: Element, least: int, most: int | None) -> None:
    """Raises BadInput for too few or too many arguments."""
    if len(arguments) < least or (most is not None and len(arguments) > most):
        element.refuse(f"function {element.get('function')} has {len(arguments)} arguments")


def _rounded(columns: Columns, name: str, type_: str) -> str:
    graph = columns.graph
    return graph.cast(graph.cast(name, "float32"), "float64") if type_ == "float" else name


def _arithmetic(operator: str) -> Function:
    def make(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
        check_count(arguments, element, 2, 2)
        type_ = wider(arguments)
        name = columns.graph.add(operator, arguments[0].name, arguments[1].name)
        return made_of(_rounded(columns, name, type_), type_, arguments, may_miss=True)

    return make


def _divide(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
    if wider(arguments) == "integer":
        element.unsupported("the division of integers, which may refuse rows, cannot be converted")
    return _arithmetic("Div")(arguments, element, columns)


def _pow(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
    """What is missing stays so, also to the power of nought."""
    graph, made = columns.graph, _arithmetic("Pow")(arguments, element, columns)
    missing = graph.any_of([graph.missing(argument.name) for argument in arguments])
    return made.renamed(graph.where(missing, math.nan, made.name))


def _modulo(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
    """With the sign of the divisor."""
    check_count(arguments, element, 2, 2)
    graph, type_ = columns.graph, wider(arguments)
    value, divisor = (argument.name for argument in arguments)
    whole = graph.add("Floor", graph.add("Div", value, divisor))
    name = _rounded(columns, graph.add("Sub", value, graph.add("Mul", whole, divisor)), type_)
    made = made_of(name, type_, arguments, may_miss=True)
    return _defined(made, arguments, element, columns) if type_ == "integer" else made


def _defined(made: Column, arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
    """Rows in which a function has no value are rows that the document refuses, unless it takes them as missing."""
    if element.get("invalidValueTreatment") != "asMissing":
        graph = columns.graph
        known = [graph.add("Not", graph.missing(argument.name)) for argument in arguments]
        graph.refuses(graph.all_of([graph.missing(made.name), *known]), made.name)
    return made


def _partial(make_node: _Unary) -> Function:
    """Of one number, for which there may be no value."""

    def make(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
        return _defined(_unary(make_node)(arguments, element, columns), arguments, element, columns)

    return make


def _unary(make_node: _Unary, type_: str | None = "double") -> Function:
    def make(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
        check_count(arguments, element, 1, 1)
        name = make_node(columns.graph, arguments[0].name)
        return made_of(name, type_ or wider(arguments), arguments, may_miss=True)

    return make


def _plain(operator: str) -> _Unary:
    return lambda graph, value: graph.add(operator, value)


def _round(graph: Graph, value: str) -> str:
    """Halves go up."""
    whole = graph.add("Floor", value)
    half = graph.add("GreaterOrEqual", graph.add("Sub", value, whole), 0.5)
    return graph.add("Add", whole, graph.number(half))


def _scaled_log(graph: Graph, value: str) -> str:
    return graph.add("Mul", graph.add("Log", value), 1 / math.log(10))


def _exp_minus_one(graph: Graph, value: str) -> str:
    return graph.add("Sub", graph.add("Exp", value), 1.0)


def _log_plus_one(graph: Graph, value: str) -> str:
    return graph.add("Log", graph.add("Add", value, 1.0))


def _hyperbolic(operator: str) -> _Unary:
    def make(graph: Graph, value: str) -> str:
        up, down = graph.add("Exp", value), graph.add("Exp", graph.add("Neg", value))
        return graph.add("Mul", graph.add(operator, up, down), 0.5)

    return make


def _tangent(graph: Graph, value: str) -> str:
    return graph.add("Div", graph.add("Sin", value), graph.add("Cos", value))


def _arcsine(graph: Graph, value: str) -> str:
    rest = graph.add("Sqrt", graph.add("Sub", 1.0, graph.add("Mul", value, value)))
    return arctan(graph, graph.add("Div", value, rest))


def _arccosine(graph: Graph, value: str) -> str:
    return graph.add("Sub", math.pi / 2, _arcsine(graph, value))


def _extreme(operator: str) -> Function:
    """The largest or smallest of what is not missing."""

    def make(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
        check_count(arguments, element, 1, None)
        graph, type_ = columns.graph, wider(arguments)
        name = arguments[0].name
        for argument in arguments[1:]:
            takes_other = graph.any_of((graph.missing(name), graph.add(operator, argument.name, name)))
            name = graph.where(takes_other, argument.name, name)
        return made_of(name, type_, arguments)

    return make


def _product(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
    """Of what is not missing."""
    check_count(arguments, element, 1, None)
    graph = columns.graph
    missing = [graph.missing(argument.name) for argument in arguments]
    total = graph.constant(1.0)
    for argument, gone in zip(arguments, missing, strict=True):
        total = graph.add("Mul", total, graph.where(gone, 1.0, argument.name))
    return made_of(graph.where(graph.all_of(missing), math.nan, total), wider(arguments), arguments)


def _summed(*, average: bool) -> Function:
    """Of what is not missing."""

    def make(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
        check_count(arguments, element, 1, None)
        graph = columns.graph
        total, count = graph.constant(0.0), graph.constant(0.0)
        for argument in arguments:
            missing = graph.missing(argument.name)
            total = graph.add("Add", total, graph.where(missing, 0.0, argument.name))
            count = graph.add("Add", count, graph.where(missing, 0.0, 1.0))
        if average:
            return made_of(graph.add("Div", total, count), "double", arguments)
        name = graph.where(graph.add("Equal", count, 0.0), math.nan, total)
        return made_of(name, wider(arguments), arguments)

    return make


ARITHMETIC: Final[dict[str, Function]] = {
    "+": _arithmetic("Add"),
    "-": _arithmetic("Sub"),
    "*": _arithmetic("Mul"),
    "/": _divide,
    "pow": _pow,
    "modulo": _modulo,
    "min": _extreme("Less"),
    "max": _extreme("Greater"),
    "sum": _summed(average=False),
    "avg": _summed(average=True),
    "product": _product,
    "abs": _unary(_plain("Abs"), None),
    "exp": _unary(_plain("Exp")),
    "expm1": _unary(_exp_minus_one),
    "ln": _unary(_plain("Log")),
    "ln1p": _unary(_log_plus_one),
    "log10": _unary(_scaled_log),
    "sqrt": _unary(_plain("Sqrt")),
    "floor": _unary(_plain("Floor"), "integer"),
    "ceil": _unary(_plain("Ceil"), "integer"),
    "round": _unary(_round, "integer"),
    "rint": _unary(_plain("Round"), None),
    "sin": _partial(_plain("Sin")),
    "cos": _partial(_plain("Cos")),
    "tan": _partial(_tangent),
    "asin": _partial(_arcsine),
    "acos": _partial(_arccosine),
    "tanh": _unary(_plain("Tanh")),
    "sinh": _unary(_hyperbolic("Sub")),
    "cosh": _unary(_hyperbolic("Add")),
    "atan": _unary(arctan),
    "erf": _unary(erf),
    "stdNormalCDF": _unary(normal_distribution),
}
"""By name. All of their arguments are numbers."""
