"""Comparisons of two values, and of one with a list. Specification: Built-in functions.

Two texts are compared as texts. A text and a number are equal where the number is written so; for order, and for
whatever else stands on the other side, the text is read as what that is.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.functions.call import Call, Compile, Function
from salver.formats.pmml.functions.operand import (
    Expression,
    Masks,
    as_text,
    constant,
    converted,
    missing_of,
    of,
    of_masks,
)
from salver.formats.pmml.values import read, written

_DAY_S: Final = 86_400.0
_MOMENTS: Final = ("date", "datetime")


def equality(call: Call, first: Expression, second: Expression) -> Masks:
    """Where two values are equal, and where not; missing where one is."""
    if first.is_missing or second.is_missing:
        return _nowhere
    if "text" not in (first.kind, second.kind):
        return _numbers(call, first, second, np.equal)
    text, other = (first, second) if first.kind == "text" else (second, first)
    if other.kind != "text" and text.is_constant:
        value = _as(text, other)
        return _never(other) if value is None else _numbers(call, other, value, np.equal)
    other = as_text(other, call.element)
    if other.is_constant and not text.is_constant:
        return _text_is(text, str(other.value))
    if text.is_constant and not other.is_constant:
        return _text_is(other, str(text.value))
    return _texts(text, other, operator.eq)


def _as(text: Expression, other: Expression) -> Expression | None:
    """A constant text as a value of the other's kind; None for one that cannot be."""
    type_ = "double" if other.kind == "number" else other.type
    try:
        return constant(read(text.value, type_), type_)
    except ValueError:
        return None


def _nowhere(frame: Frame) -> tuple[Array, Array]:
    return np.zeros(frame.rows, bool), np.zeros(frame.rows, bool)


def _never(expression: Expression) -> Masks:
    missing = missing_of(expression)

    def masks(frame: Frame) -> tuple[Array, Array]:
        return np.zeros(frame.rows, bool), ~missing(frame)

    return masks


def _text_is(text: Expression, wanted: str) -> Masks:
    field = text.field
    if field is None:

        def by_text(frame: Frame) -> tuple[Array, Array]:
            values = text.compute(frame).tolist()
            true = np.array([value == wanted for value in values], bool)
            return true, ~true & np.array([value is not None for value in values], bool)

        return by_text
    code = field.vocabulary.code(wanted)

    def by_code(frame: Frame) -> tuple[Array, Array]:
        codes = frame.codes(field)
        true = codes == code
        return true, ~true & (codes != 0)

    return by_code


def _texts(first: Expression, second: Expression, compare: Callable[[Any, Any], bool]) -> Masks:
    def masks(frame: Frame) -> tuple[Array, Array]:
        pairs = list(zip(first.compute(frame).tolist(), second.compute(frame).tolist(), strict=True))
        known = [a is not None and b is not None for a, b in pairs]
        true = np.array([both and compare(a, b) for both, (a, b) in zip(known, pairs, strict=True)], bool)
        return true, np.array(known, bool) & ~true

    return masks


def _numbers(call: Call, first: Expression, second: Expression, compare: Callable[[Any, Any], Array]) -> Masks:
    if {first.kind, second.kind} == set(_MOMENTS):
        first, second = _as_moment(first), _as_moment(second)
    one, other = call.sources((first, second))
    if second.is_constant and not second.is_missing:

        def with_constant(frame: Frame) -> tuple[Array, Array]:
            column = one(frame)
            true = compare(column, other(frame))
            return true, (true | (column != column)) ^ True

        return with_constant

    def masks(frame: Frame) -> tuple[Array, Array]:
        left, right = one(frame), other(frame)
        true = compare(left, right)
        return true, (true | (left != left) | (right != right)) ^ True

    return masks


def _as_moment(expression: Expression) -> Expression:
    """Days as seconds."""
    if expression.kind != "date":
        return expression
    if expression.is_constant:
        return constant(expression.value * _DAY_S, "dateTime")
    return of("dateTime", lambda frame: expression.compute(frame) * _DAY_S, expression)


# Order.


def _ordered(compare: Callable[[Any, Any], Array], plain: Callable[[Any, Any], bool]) -> Compile:
    def compile_(call: Call) -> Expression:
        first, second = call.arguments
        if first.kind == second.kind == "text":
            levels = _levels(first, second)
            if levels:
                first, second = (_level(argument, levels, call.element) for argument in (first, second))
                return of_masks(_numbers(call, first, second, compare), first, second)
            return of_masks(_texts(first, second, plain), first, second)
        first, second = (
            converted(argument, "double" if other.kind == "number" else other.type, call.element)
            if argument.kind == "text"
            else argument
            for argument, other in ((first, second), (second, first))
        )
        return of_masks(_numbers(call, first, second, compare), first, second)

    return compile_


def _levels(*arguments: Expression) -> tuple[Any, ...]:
    """The order of the first that is an ordinal field."""
    fields: list[Field] = [argument.field for argument in arguments if argument.field is not None]
    return next((field.levels for field in fields if field.optype == "ordinal" and field.levels), ())


def _level(argument: Expression, levels: tuple[Any, ...], place: Element) -> Expression:
    """The place of a text among ordered ones; missing for one that is not there."""
    places = {value: float(number) for number, value in enumerate(levels)}
    if argument.is_constant:
        if not argument.is_missing and argument.value not in places:
            place.refuse(f"{short(argument.value)} is not among the ordered values")
        return constant(places.get(argument.value), "double")

    def compute(frame: Frame) -> Array:
        return np.array([places.get(value, np.nan) for value in argument.compute(frame).tolist()], np.float64)

    return of("double", compute, argument)


# Lists.


def _among(*, inside: bool) -> Compile:
    """Whether the first value is among the others. What is missing is among them only if one of them is."""

    def compile_(call: Call) -> Expression:
        value, *others = call.arguments
        member = _member(call, value, others)
        holds_missing = any(other.is_missing for other in others)
        varying = [missing_of(other) for other in others if not other.is_constant]
        missing = missing_of(value)

        def masks(frame: Frame) -> tuple[Array, Array]:
            true = member(frame)
            gone = missing(frame)
            if holds_missing:
                true = true | gone
            elif varying:
                true = true | (gone & reduce(np.logical_or, [other(frame) for other in varying]))
            return (true, ~true) if inside else (~true, true)

        return of_masks(masks, *call.arguments)

    return compile_


def _member(call: Call, value: Expression, others: list[Expression]) -> Callable[[Frame], Array]:
    """Where the value equals one of the others."""
    known = [other for other in others if other.is_constant and not other.is_missing]
    tests = [equality(call, value, other) for other in others if not other.is_constant]
    among: Callable[[Frame], Array] = _nothing
    if value.is_constant:
        tests += [equality(call, value, other) for other in known]
    elif value.kind == "text":
        among = _texts_among(value, frozenset(str(written(other.value, other.type)) for other in known))
    else:
        same = [_as(other, value) if other.kind == "text" else other for other in known]
        among = _numbers_among(value, [other for other in same if other is not None])

    def member(frame: Frame) -> Array:
        found = among(frame)
        for test in tests:
            found = found | test(frame)[0]
        return found

    return member


def _nothing(frame: Frame) -> Array:
    return np.zeros(frame.rows, bool)


def _numbers_among(value: Expression, others: list[Expression]) -> Callable[[Frame], Array]:
    if any({value.kind, other.kind} == set(_MOMENTS) for other in others):
        value, others = _as_moment(value), [_as_moment(other) for other in others]
    numbers = np.array([other.value for other in others], np.float64)
    return lambda frame: np.isin(value.compute(frame), numbers)


def _texts_among(value: Expression, texts: frozenset[str]) -> Callable[[Frame], Array]:
    field = value.field
    if field is None:
        return lambda frame: np.array([text in texts for text in value.compute(frame).tolist()], bool)
    codes = np.array(sorted(field.vocabulary.code(text) for text in texts), np.intp)
    return lambda frame: np.isin(frame.codes(field), codes)


# Of what is there.


def _present(call: Call) -> Masks:
    missing = missing_of(call.arguments[0])

    def masks(frame: Frame) -> tuple[Array, Array]:
        gone = missing(frame)
        return ~gone, gone

    return masks


def _valid(call: Call) -> Masks:
    argument = call.arguments[0]
    missing, field = missing_of(argument), argument.field

    def masks(frame: Frame) -> tuple[Array, Array]:
        bad = missing(frame)
        invalid = frame.invalid.get(field.index) if field is not None else None
        if invalid is not None:
            bad = bad | invalid
        return ~bad, bad

    return masks


def _told(test: Callable[[Call], Masks], *, reverse: bool = False) -> Function:
    def compile_(call: Call) -> Expression:
        masks = test(call)
        return of_masks(_reversed(masks) if reverse else masks, *call.arguments)

    return Function(compile_, 1, 1)


def _equal(*, reverse: bool) -> Function:
    def compile_(call: Call) -> Expression:
        masks = equality(call, *call.arguments)
        return of_masks(_reversed(masks) if reverse else masks, *call.arguments)

    return Function(compile_, 2, 2)


def _reversed(masks: Masks) -> Masks:
    def reverse(frame: Frame) -> tuple[Array, Array]:
        true, false = masks(frame)
        return false, true

    return reverse


COMPARISONS: Final[dict[str, Function]] = {
    "equal": _equal(reverse=False),
    "notEqual": _equal(reverse=True),
    "lessThan": Function(_ordered(np.less, operator.lt), 2, 2),
    "lessOrEqual": Function(_ordered(np.less_equal, operator.le), 2, 2),
    "greaterThan": Function(_ordered(np.greater, operator.gt), 2, 2),
    "greaterOrEqual": Function(_ordered(np.greater_equal, operator.ge), 2, 2),
    "isIn": Function(_among(inside=True), 2, None, rereads=True),
    "isNotIn": Function(_among(inside=False), 2, None, rereads=True),
    "isMissing": _told(_present, reverse=True),
    "isNotMissing": _told(_present),
    "isValid": _told(_valid),
    "isNotValid": _told(_valid, reverse=True),
}
