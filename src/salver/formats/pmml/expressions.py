"""Expressions: what DerivedField, OutputField and parts of models compute of a row.

The elements of the specification's group EXPRESSION, and the fields that are derived by them. Specification:
Transformations, Functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from salver.formats.pmml.aggregates import compile_aggregate, compile_lag
from salver.formats.pmml.apply import bound_in, compile_apply
from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.functions.operand import (
    MAX_HEIGHT,
    Derived,
    constant,
    converted,
    literal,
    missing_in,
    of,
    of_field,
    wider,
)
from salver.formats.pmml.functions.operand import Expression as Expression
from salver.formats.pmml.mappings import (
    compile_discretize,
    compile_map_values,
    compile_norm_continuous,
    compile_norm_discrete,
)
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.text_index import compile_text_index
from salver.formats.pmml.values import KINDS, read

MAX_DEPTH: Final = 100
_INTEGER: Final = re.compile(r"\s*[+-]?\d+\s*")
TAGS: Final = (
    "Constant",
    "FieldRef",
    "NormContinuous",
    "NormDiscrete",
    "Discretize",
    "MapValues",
    "TextIndex",
    "Aggregate",
    "Lag",
    "Apply",
)


def compile_expression(element: Element, scope: Scope) -> Expression:
    """Any element of the specification's group EXPRESSION. Raises BadInput or Unsupported, with path and line."""
    return _finished(_compile(element, scope, 0, ""), element)


def derive(element: Element, scope: Scope) -> Field:
    """The field that a DerivedField element makes, cast to its dataType, wherever the element stands."""
    type_ = element.choice("dataType", tuple(KINDS))
    natural = "categorical" if KINDS[type_] in ("text", "boolean") else "continuous"
    optype = element.choice("optype", ("categorical", "ordinal", "continuous"), natural)
    expression = converted(_compile(element.need(*TAGS), scope, 0, type_), type_, element)
    field = scope.counter.make(element.get("name"), type_, optype, Derived(_finished(expression, element)), element)
    field.levels = _levels(element, type_)
    if not field.levels and expression.field is not None and expression.field.type == type_:
        field.levels = expression.field.levels
    return field


def promise_all(container: Element | None, scope: Scope) -> None:
    """Names the derived fields of a TransformationDictionary or LocalTransformations in a scope."""
    fields = list(container.all("DerivedField")) if container is not None else []
    promised = _Promised({field.want("name"): field for field in fields}, scope)
    for field in fields:
        scope.promise(field.want("name"), partial(promised.make, field.want("name")), field)


class _Promised:
    """Derived fields of one container, made when they are asked for: first those that they refer to, so that a chain
    of them is not a chain of calls."""

    def __init__(self, elements: dict[str, Element], scope: Scope) -> None:
        self._elements = elements
        self._scope = scope
        self._made: set[str] = set()

    def make(self, name: str) -> Field:
        for other in self._before(name):
            self._scope.find(other)
        self._made.add(name)
        return derive(self._elements[name], self._scope)

    def _before(self, name: str) -> list[str]:
        """The names that a field refers to, by whatever way, in the order in which they can be made."""
        order: list[str] = []
        seen = {name, *self._made}
        waiting = [(name, iter(_references(self._elements[name])))]
        while waiting:
            current, references = waiting[-1]
            other = next((each for each in references if each not in seen), None)
            if other is not None:
                seen.add(other)
                element = self._elements.get(other)
                waiting.append((other, iter(_references(element) if element is not None else ())))
            else:
                waiting.pop()
                order.append(current)
        return order[:-1]


def _references(element: Element) -> list[str]:
    """The names of fields that an element refers to, or what is in it."""
    names, waiting = [], [element]
    while waiting:
        current = waiting.pop()
        waiting += current.children
        names += [current.attributes[key] for key in ("field", "textField") if key in current.attributes]
    return names


def _levels(element: Element, type_: str) -> tuple[Any, ...]:
    """The values that a DerivedField lists as valid, in order."""
    levels = []
    for value in element.all("Value"):
        text = value.want("value")
        if value.choice("property", ("valid", "invalid", "missing"), "valid") == "valid":
            try:
                levels.append(read(text, type_))
            except ValueError:
                value.refuse(f"value {short(text)} is no {type_}")
    return tuple(levels)


def _finished(expression: Expression, element: Element) -> Expression:
    """The same without NumPy's warnings: of numbers that are too large, or have no logarithm."""
    if expression.height > MAX_HEIGHT:
        element.refuse("too many fields and functions are computed of each other in a chain")
    if not expression.may_warn:
        return expression
    inner = expression.compute

    def compute(frame: Frame) -> Array:
        with np.errstate(all="ignore"):
            return inner(frame)

    return replace(expression, compute=compute, may_warn=False, masks=None, height=expression.height + 1)


# Elements.


def _compile(element: Element, scope: Scope, depth: int, wanted: str) -> Expression:
    """`wanted` is the type that the result is cast to, where that is known: tables are made of it then."""
    if depth > MAX_DEPTH:
        element.refuse(f"expressions are nested deeper than {MAX_DEPTH}")
    if element.tag == "Apply":
        return compile_apply(element, scope, depth, _compile_nested)
    if element.tag == "TextIndex":
        return compile_text_index(element, scope, _compile_nested(element.need(*TAGS), scope, depth + 1))
    if element.tag in _TABLES:
        return _TABLES[element.tag](element, scope, wanted)
    if element.tag not in _PLAIN:
        element.unsupported(f"there is no expression {element.tag}; there are {', '.join(TAGS)}")
    return _PLAIN[element.tag](element, scope)


def _compile_nested(element: Element, scope: Scope, depth: int) -> Expression:
    return _compile(element, scope, depth, "")


def _constant(element: Element, scope: Scope) -> Expression:
    """By its dataType, or else by its form: an integer, a number, a text."""
    type_ = element.choice("dataType", tuple(KINDS)) if element.get("dataType") else ""
    if element.flag("missing", default=False):
        return constant(None, type_ or "string")
    if not type_:
        return literal(element.text, "integer" if _INTEGER.fullmatch(element.text) else "double")
    try:
        return constant(read(element.text, type_), type_)
    except ValueError:
        element.refuse(f"{short(element.text)} is no {type_}")


def _field_ref(element: Element, scope: Scope) -> Expression:
    """A field, or the parameter of a function; `mapMissingTo` where it is missing."""
    name = element.want("field")
    found = bound_in(name, scope) or of_field(scope.field(name, element))
    text = element.attributes.get("mapMissingTo")
    if text is None:
        return found
    other = literal(text, found.type)
    type_ = wider(found, other)
    if found.is_constant:
        return converted(other if found.is_missing else found, type_, element)
    before, value = converted(found, type_, element), converted(other, type_, element).value

    def compute(frame: Frame) -> Array:
        column = before.compute(frame)
        return np.where(missing_in(column), value, column)

    return of(type_, compute, before)


_PLAIN: Final[dict[str, Callable[[Element, Scope], Expression]]] = {
    "Constant": _constant,
    "FieldRef": _field_ref,
    "NormContinuous": compile_norm_continuous,
    "NormDiscrete": compile_norm_discrete,
    "Aggregate": compile_aggregate,
    "Lag": compile_lag,
}
_TABLES: Final[dict[str, Callable[[Element, Scope, str], Expression]]] = {
    "Discretize": compile_discretize,
    "MapValues": compile_map_values,
}
