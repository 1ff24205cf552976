"""Expressions as nodes. Specification: Transformations.

Numbers, and truth values as 1 and 0; of texts what a table by value can say.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from salver.formats.pmml.convert.columns import Column, Columns
from salver.formats.pmml.convert.functions import FUNCTIONS, OF_TEXTS
from salver.formats.pmml.convert.mappings import discretize, map_values, norm_continuous, norm_discrete, operand
from salver.formats.pmml.element import Element, short
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.values import KINDS, is_value

Make: TypeAlias = Callable[[Element, Scope, Columns, str], Column]
"""The last is the type that is wanted, where that is known."""

MAX_DEPTH: Final = 100
TAGS: Final = ("FieldRef", "Constant", "NormContinuous", "NormDiscrete", "Discretize", "MapValues", "Apply")


def derived_column(element: Element, scope: Scope, columns: Columns) -> Column:
    """The column of a DerivedField, as its dataType holds it."""
    expression = next((child for child in element.children if child.tag not in ("Value", "Interval")), None)
    if expression is None:
        element.refuse("a DerivedField needs an expression")
    type_ = element.want("dataType")
    column = filled(expression_column(expression, scope, columns, wanted=type_), columns)
    return as_type(column, type_, element, columns)


def expression_column(element: Element, scope: Scope, columns: Columns, depth: int = 0, wanted: str = "") -> Column:
    """The column of an expression; of a constant it may be a single value. Raises Unsupported for what has no operator
    here."""
    if depth > MAX_DEPTH:
        element.unsupported(f"expressions are nested deeper than {MAX_DEPTH}")
    if element.tag == "Apply":
        return _apply(element, scope, columns, depth)
    make = _MAKERS.get(element.tag)
    if make is None:
        element.unsupported(f"{element.tag} cannot be converted; there are {', '.join(TAGS)}")
    return make(element, scope, columns, wanted)


def as_type(column: Column, type_: str, place: Element, columns: Columns) -> Column:
    """A column as another type. Fractions that should be integers are rows that the document refuses."""
    graph, name = columns.graph, column.name
    if type_ == column.type:
        return column
    if KINDS.get(type_) not in ("number", "boolean", "text") or KINDS[type_] == "text" or column.is_text:
        place.unsupported(f"{column.type} as {type_} cannot be converted")
    if type_ == "float":
        name = graph.cast(graph.cast(name, "float32"), "float64")
    elif type_ != "double" and column.type in ("double", "float"):
        whole = graph.add("Equal", name, graph.add("Floor", name))
        fraction = graph.add("And", graph.add("Not", whole), graph.add("Not", graph.missing(name)))
        graph.refuses(fraction, name)
    return replace(column, name=name, type=type_)


def filled(column: Column, columns: Columns) -> Column:
    """A column with a value in every row, where it may be a single one."""
    if not column.is_single:
        return column
    if column.is_text:
        return replace(column, name=columns.graph.add("Expand", column.name, columns.graph.rows), is_single=False)
    return replace(column, name=columns.graph.add("Add", columns.graph.filled(0.0), column.name), is_single=False)


# The elements.


def _reference(element: Element, scope: Scope, columns: Columns, wanted: str) -> Column:
    column = columns.of(scope.field(element.want("field"), element))
    return mapped_missing(element, column, columns)


def mapped_missing(element: Element, column: Column, columns: Columns) -> Column:
    """A column with what an element says stands for missing values."""
    text = element.attributes.get("mapMissingTo")
    if text is None or not column.may_miss:
        return column
    value = operand(text, column.type, element, columns)
    return column.renamed(columns.graph.where(columns.missing(column), value, column.name), may_miss=False)


def _constant(element: Element, scope: Scope, columns: Columns, wanted: str) -> Column:
    text = element.text
    type_ = element.get("dataType") or next(one for one in ("integer", "double", "string") if is_value(text, one))
    if element.flag("missing", default=False):
        return Column(columns.graph.constant(math.nan), "double", is_single=True)
    value = operand(text, type_, element, columns)
    name = value if isinstance(value, str) else columns.graph.constant(value)
    return Column(name, type_, may_miss=False, is_single=True)


_MAKERS: Final[dict[str, Make]] = {
    "FieldRef": _reference,
    "Constant": _constant,
    "NormContinuous": norm_continuous,
    "NormDiscrete": norm_discrete,
    "Discretize": discretize,
    "MapValues": map_values,
}


def _apply(element: Element, scope: Scope, columns: Columns, depth: int) -> Column:
    name = element.want("function")
    arguments = [expression_column(child, scope, columns, depth + 1) for child in element.children]
    own = scope.functions.get(name)
    if own is not None:
        made = _defined(own, arguments, scope, columns, depth)
    else:
        function = FUNCTIONS.get(name.removeprefix("x-"))
        if function is None:
            element.unsupported(f"function {short(name)} cannot be converted: ONNX has no operator for it here")
        if any(argument.is_text for argument in arguments) and name not in OF_TEXTS:
            element.unsupported(f"function {short(name)} of a text cannot be converted")
        made = function(arguments, element, columns)
    return _with_defaults(element, made, arguments, columns)


def _defined(own: Element, arguments: list[Column], scope: Scope, columns: Columns, depth: int) -> Column:
    """A function of the document's own: its body with the arguments under the names of its parameters."""
    inner = Scope(scope.counter, None)
    inner.functions = scope.functions
    parameters = list(own.all("ParameterField"))
    for parameter, argument in zip(parameters, arguments, strict=True):
        type_ = parameter.get("dataType") or argument.type
        field = scope.counter.make(parameter.want("name"), type_, parameter.get("optype"), None, parameter)
        columns.put(field, as_type(argument, type_, parameter, columns))
        inner.put(field.name, field)
    body = next(child for child in own.children if child.tag != "ParameterField")
    made = expression_column(body, inner, columns, depth + 1)
    return as_type(made, own.get("dataType") or made.type, own, columns)


def _with_defaults(element: Element, made: Column, arguments: list[Column], columns: Columns) -> Column:
    """mapMissingTo where an argument is missing, defaultValue where the result is."""
    graph = columns.graph
    default, missing = element.attributes.get("defaultValue"), element.attributes.get("mapMissingTo")
    if default is not None:
        value = operand(default, made.type, element, columns)
        made = made.renamed(graph.where(columns.missing(made), value, made.name), may_miss=False)
    if missing is not None:
        mask = _any_missing(element, made, arguments, columns)
        if mask:
            made = made.renamed(graph.where(mask, operand(missing, made.type, element, columns), made.name))
    return made


def _any_missing(element: Element, made: Column, arguments: list[Column], columns: Columns) -> str:
    """The rows in which an argument is missing; empty for none. Of a choice the branch that is not taken is none."""
    if element.get("function") != "if":
        masks = [columns.missing(argument) for argument in arguments if argument.may_miss]
        return columns.graph.any_of(masks) if masks else ""
    if len(arguments) > 2:
        return columns.missing(made)
    graph, condition = columns.graph, arguments[0]
    taken = graph.add("And", graph.cast(condition.name, "bool"), columns.missing(made))
    return graph.add("Or", columns.missing(condition), taken)
