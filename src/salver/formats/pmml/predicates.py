"""Predicates: TRUE, FALSE or UNKNOWN for each row, after Kleene. Specification: TreeModel, "Predicates".

A compiled predicate gives two masks, which rows are TRUE and which are FALSE; the others are UNKNOWN. The predicates
of trees are not compiled here but into steps, by `trees/`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.values import read

Masks: TypeAlias = tuple[Array, Array]
"""Which rows are TRUE, which are FALSE."""
Predicate: TypeAlias = Callable[[Frame], Masks]

TAGS: Final = ("SimplePredicate", "CompoundPredicate", "SimpleSetPredicate", "True", "False")
MAX_DEPTH: Final = 100
_OPERATORS: Final = (
    "equal",
    "notEqual",
    "lessThan",
    "lessOrEqual",
    "greaterThan",
    "greaterOrEqual",
    "isMissing",
    "isNotMissing",
)
_COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "lessThan": np.less,
    "lessOrEqual": np.less_equal,
    "greaterThan": np.greater,
    "greaterOrEqual": np.greater_equal,
}


def compile_predicate(parent: Element, scope: Scope) -> Predicate:
    """The predicate among an element's children. Raises BadInput where there is none or it is wrong."""
    return _compile(parent.need(*TAGS), scope, 0)


def is_always_true(parent: Element) -> bool:
    """Whether an element's predicate is `<True/>`."""
    return parent.need(*TAGS).tag == "True"


def operator_of(element: Element) -> str:
    """A SimplePredicate's operator."""
    return element.choice("operator", _OPERATORS)


def constant(text: str, field: Field, element: Element) -> Any:
    """A value that a predicate compares a field with, as the field's columns hold it: by the *field's* type, so that
    "1" equals 1.0 on an integer field, and rounded to single precision on a float one.

    Raises BadInput for what no value of the field could ever be."""
    try:
        # A threshold between two integers is a threshold all the same.
        value = read(text, "double" if field.type == "integer" else field.type)
    except ValueError:
        value = None
    if value is None or value != value:
        element.refuse(f"value={short(text)} is no {field.type}, as field {short(field.name)} is")
    return value


def set_of(element: Element, field: Field) -> tuple[Any, ...]:
    """A SimpleSetPredicate's values, as the field's columns hold them."""
    array = element.need("Array")
    return tuple(constant(item, field, array) for item in array.items())


def level_of(field: Field, value: Any, element: Element) -> int:
    """A value's place in the order of an ordinal text field."""
    if value not in field.levels:
        element.refuse(f"{short(str(value))} is not among the ordered values of field {short(field.name)}")
    return field.levels.index(value)


def _compile(element: Element, scope: Scope, depth: int) -> Predicate:
    if depth > MAX_DEPTH:
        element.refuse(f"predicates are nested deeper than {MAX_DEPTH}")
    match element.tag:
        case "True":
            return _always(true=True)
        case "False":
            return _always(true=False)
        case "SimplePredicate":
            return _simple(element, scope)
        case "SimpleSetPredicate":
            return _set(element, scope)
        case _:
            return _compound(element, scope, depth)


def _always(*, true: bool) -> Predicate:
    def evaluate(frame: Frame) -> Masks:
        return np.full(frame.rows, true), np.full(frame.rows, not true)

    return evaluate


def _simple(element: Element, scope: Scope) -> Predicate:
    operator = operator_of(element)
    field = scope.field(element.want("field"), element)
    if operator in ("isMissing", "isNotMissing"):
        return _missing(field, is_missing=operator == "isMissing")
    value = constant(element.want("value"), field, element)
    if field.kind == "text":
        if operator in _COMPARE:
            return _ordered(field, level_of(field, value, element), _COMPARE[operator])
        return _among(field, (value,), inside=operator == "equal")
    if operator in ("equal", "notEqual"):
        return _among(field, (value,), inside=operator == "equal")
    compare = _COMPARE[operator]

    def evaluate(frame: Frame) -> Masks:
        column = frame.column(field)
        true = compare(column, value)
        return true, (true | (column != column)) ^ True

    return evaluate


def _missing(field: Field, *, is_missing: bool) -> Predicate:
    def evaluate(frame: Frame) -> Masks:
        missing = missing_in(frame, field)
        return (missing, ~missing) if is_missing else (~missing, missing)

    return evaluate


def missing_in(frame: Frame, field: Field) -> Array:
    """Which rows miss a value."""
    column = frame.codes(field) if field.kind == "text" else frame.column(field)
    missing: Array = column == 0 if field.kind == "text" else column != column
    return missing


def _set(element: Element, scope: Scope) -> Predicate:
    operator = element.choice("booleanOperator", ("isIn", "isNotIn"))
    field = scope.field(element.want("field"), element)
    return _among(field, set_of(element, field), inside=operator == "isIn")


def _among(field: Field, values: tuple[Any, ...], *, inside: bool) -> Predicate:
    """TRUE where a field's value is (not) one of these."""
    if field.kind == "text":
        member = code_table(field, values, inside, missing=False)
        other = code_table(field, values, not inside, missing=False)

        def by_code(frame: Frame) -> Masks:
            codes = frame.codes(field)
            return member().take(codes), other().take(codes)

        return by_code
    alone = values[0] if len(values) == 1 else None
    numbers = np.array(values, np.float64)

    def by_number(frame: Frame) -> Masks:
        column = frame.column(field)
        member = column == alone if alone is not None else np.isin(column, numbers)
        missing = column != column
        rest = ~(member | missing)
        return (member, rest) if inside else (rest, member)

    return by_number


def code_table(field: Field, values: tuple[Any, ...], inside: bool, *, missing: bool) -> Callable[[], Array]:
    """A mask by code of a text field's vocabulary, made on first use, when the vocabulary is whole."""
    codes = [field.vocabulary.code(value) for value in values]
    made: list[Array] = []

    def table() -> Array:
        if not made:
            mask = np.full(len(field.vocabulary), not inside)
            mask[codes] = inside
            mask[0] = missing
            made.append(mask)
        return made[0]

    return table


def _ordered(field: Field, level: int, compare: Callable[[Any, Any], Any]) -> Predicate:
    """Comparison of an ordinal text field, by the order of its dictionary. Values outside it are UNKNOWN."""
    levels = {value: float(place) for place, value in enumerate(field.levels)}

    def evaluate(frame: Frame) -> Masks:
        places = np.array([levels.get(value, np.nan) for value in frame.column(field).tolist()], np.float64)
        true = compare(places, level)
        return true, ~true & (places == places)

    return evaluate


def _compound(element: Element, scope: Scope, depth: int) -> Predicate:
    operator = element.choice("booleanOperator", ("and", "or", "xor", "surrogate"))
    parts = [_compile(child, scope, depth + 1) for child in element.all(*TAGS)]
    if not parts:
        element.refuse("a CompoundPredicate needs predicates")
    return _JOINED[operator](parts)


def where_open(part: Predicate, frame: Frame, is_open: Array) -> Masks:
    """A predicate in the rows in which it is asked for; neither TRUE nor FALSE in the others.

    Values that must not be looked at are the only reason to take care: without them all rows are as quick."""
    if not frame.has_doubts or is_open.all():
        return part(frame)
    true, false = np.zeros(frame.rows, bool), np.zeros(frame.rows, bool)
    places = np.flatnonzero(is_open)
    if len(places):
        true[places], false[places] = part(frame.take(places))
    return true, false


def _and(parts: list[Predicate]) -> Predicate:
    def evaluate(frame: Frame) -> Masks:
        true, false = parts[0](frame)
        for part in parts[1:]:
            other_true, other_false = where_open(part, frame, ~false)
            true, false = true & other_true, false | other_false
        return true, false

    return evaluate


def _or(parts: list[Predicate]) -> Predicate:
    def evaluate(frame: Frame) -> Masks:
        true, false = parts[0](frame)
        for part in parts[1:]:
            other_true, other_false = where_open(part, frame, ~true)
            true, false = true | other_true, false & other_false
        return true, false

    return evaluate


def _xor(parts: list[Predicate]) -> Predicate:
    def evaluate(frame: Frame) -> Masks:
        true, false = parts[0](frame)
        for part in parts[1:]:
            other_true, other_false = part(frame)
            true, false = (
                (true & other_false) | (false & other_true),
                (true & other_true) | (false & other_false),
            )
        return true, false

    return evaluate


def _surrogate(parts: list[Predicate]) -> Predicate:
    """The first predicate that is not UNKNOWN."""

    def evaluate(frame: Frame) -> Masks:
        true, false = parts[0](frame)
        for part in parts[1:]:
            unknown = ~(true | false)
            if not unknown.any():
                break
            other_true, other_false = where_open(part, frame, unknown)
            true, false = true | (unknown & other_true), false | (unknown & other_false)
        return true, false

    return evaluate


_JOINED: Final = {"and": _and, "or": _or, "xor": _xor, "surrogate": _surrogate}
