"""Predicates as nodes: a mask of the rows where one is TRUE, and one of those where it is FALSE. The others: UNKNOWN.

Specification: TreeModel, "Predicates". The predicates of trees become steps instead.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np

from salver.formats.pmml.convert.columns import Column, Columns
from salver.formats.pmml.convert.graph import Graph
from salver.formats.pmml.element import Element
from salver.formats.pmml.predicates import MAX_DEPTH, TAGS, constant, operator_of, set_of
from salver.formats.pmml.scope import Scope

Masks: TypeAlias = tuple[str, str]

_COMPARE: Final = {
    "lessThan": "Less",
    "lessOrEqual": "LessOrEqual",
    "greaterThan": "Greater",
    "greaterOrEqual": "GreaterOrEqual",
}


def predicate_masks(predicate: Element, scope: Scope, columns: Columns, depth: int = 0) -> Masks:
    """Where a predicate is TRUE, where it is FALSE."""
    graph = columns.graph
    if depth > MAX_DEPTH:
        predicate.refuse(f"predicates are nested deeper than {MAX_DEPTH}")
    match predicate.tag:
        case "True" | "False":
            every, none = (graph.cast(graph.filled(one), "bool") for one in (1.0, 0.0))
            return (every, none) if predicate.tag == "True" else (none, every)
        case "SimplePredicate":
            return _simple(predicate, scope, columns)
        case "SimpleSetPredicate":
            field = scope.field(predicate.want("field"), predicate)
            inside = predicate.choice("booleanOperator", ("isIn", "isNotIn")) == "isIn"
            return _among(columns.of(field), list(set_of(predicate, field)), columns, inside=inside)
        case _:
            parts = [predicate_masks(part, scope, columns, depth + 1) for part in predicate.all(*TAGS)]
            return _compound(predicate.want("booleanOperator"), parts, graph)


def _simple(predicate: Element, scope: Scope, columns: Columns) -> Masks:
    graph, operator = columns.graph, operator_of(predicate)
    field = scope.field(predicate.want("field"), predicate)
    column = columns.of(field)
    if operator in ("isMissing", "isNotMissing"):
        missing = columns.missing(column)
        known = graph.add("Not", missing)
        return (missing, known) if operator == "isMissing" else (known, missing)
    value = constant(predicate.want("value"), field, predicate)
    if operator in ("equal", "notEqual"):
        return _among(column, [value], columns, inside=operator == "equal")
    if column.is_text:
        predicate.unsupported(f"operator={operator} of a text cannot be converted")
    columns.decides(column, [value])
    true = graph.add(_COMPARE[operator], column.name, float(value))
    return true, _rest(true, columns.missing(column), graph)


def _among(column: Column, values: list[object], columns: Columns, *, inside: bool) -> Masks:
    true = columns.by_value(column, values, np.array([False, False, *(True for _ in values)]))
    false = _rest(true, columns.missing(column), columns.graph)
    return (true, false) if inside else (false, true)


def _rest(true: str, unknown: str, graph: Graph) -> str:
    return graph.add("Not", graph.add("Or", true, unknown))


def _compound(operator: str, parts: list[Masks], graph: Graph) -> Masks:
    true, false = parts[0]
    match operator:
        case "and":
            return graph.all_of([one for one, _ in parts]), graph.any_of([other for _, other in parts])
        case "or":
            return graph.any_of([one for one, _ in parts]), graph.all_of([other for _, other in parts])
        case "xor":
            for one, other in parts[1:]:
                both = graph.add("Or", graph.add("And", true, one), graph.add("And", false, other))
                true = graph.add("Or", graph.add("And", true, other), graph.add("And", false, one))
                false = both
        case _:
            for one, other in parts[1:]:
                unknown = _rest(true, false, graph)
                true = graph.add("Or", true, graph.add("And", unknown, one))
                false = graph.add("Or", false, graph.add("And", unknown, other))
    return true, false
