"""Functions of texts. Specification: Built-in functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.functions.call import Call, Function
from salver.formats.pmml.functions.number_format import BadFormat, read_number_format
from salver.formats.pmml.functions.operand import Expression, as_number, as_text, constant, of, of_masks
from salver.formats.pmml.regex.machine import TooLongError
from salver.formats.pmml.regex.pattern import Pattern
from salver.formats.pmml.regex.syntax import BadRegex
from salver.formats.pmml.values import MISSING

_BLANKS: Final = "".join(map(chr, range(33)))


def objects(values: list[Any]) -> Array:
    """Texts and None as a column."""
    column = np.empty(len(values), object)
    column[:] = values
    return column


def _mapped(function: Callable[[str], str]) -> Function:
    """A text of one text."""

    def compile_(call: Call) -> Expression:
        text = call.text(0)

        def compute(frame: Frame) -> Array:
            return objects([None if value is None else function(value) for value in text.compute(frame).tolist()])

        return of("string", compute, text)

    return Function(compile_, 1, 1)


def _length(call: Call) -> Expression:
    text = call.text(0)

    def compute(frame: Frame) -> Array:
        values = text.compute(frame).tolist()
        return np.array([MISSING if value is None else len(value) for value in values], np.float64)

    return of("integer", compute, text)


def _concat(call: Call) -> Expression:
    texts = [as_text(argument, call.element) for argument in call.arguments]
    if any(text.is_missing for text in texts):
        return constant(None, "string")

    def compute(frame: Frame) -> Array:
        columns = [text.compute(frame).tolist() for text in texts]
        return objects([None if None in row else "".join(row) for row in zip(*columns, strict=True)])

    return of("string", compute, *texts)


def _substring(call: Call) -> Expression:
    """From a character on, counted from 1, so many."""
    text = call.text(0)
    start, length = (as_number(argument, call.element) for argument in call.arguments[1:])
    arguments, refuses = (text, start, length), call.refuses_undefined

    def compute(frame: Frame) -> Array:
        columns = [argument.compute(frame) for argument in arguments]
        rows = list(zip(*(column.tolist() for column in columns), strict=True))
        if refuses:
            call.refuse(frame, np.array([_is_beyond(*row) for row in rows], bool), columns, arguments)
        return objects([_cut(*row) for row in rows])

    return of("string", compute, *arguments, refuses=refuses)


def _is_beyond(text: str | None, start: float, length: float) -> bool:
    return text is not None and (start < 1 or length < 0)


def _cut(text: str | None, start: float, length: float) -> str | None:
    if text is None or not (start >= 1 and length >= 0):
        return None
    first = int(min(start, len(text) + 1)) - 1
    return text[first : first + int(min(length, len(text)))]


# Regular expressions.


def _pattern(call: Call) -> Pattern | None:
    text = call.fixed_text(1, "pattern")
    try:
        return None if text is None else Pattern(text)
    except BadRegex as error:
        call.element.refuse(f"the pattern {text!r:.60} is wrong: {error}")


def _matches(call: Call) -> Expression:
    text, pattern = call.text(0), _pattern(call)
    if pattern is None:
        return constant(None, "boolean")

    def masks(frame: Frame) -> tuple[Array, Array]:
        found = _each(frame, text, pattern.is_in)
        return np.array([value is True for value in found], bool), np.array([value is False for value in found], bool)

    return of_masks(masks, text, refuses=True)


def _replace(call: Call) -> Expression:
    text, pattern, replacement = call.text(0), _pattern(call), call.fixed_text(2, "replacement")
    if pattern is None or replacement is None:
        return constant(None, "string")
    try:
        template = pattern.template(replacement)
    except BadRegex as error:
        call.element.refuse(f"the replacement is wrong: {error}")
    compiled = pattern

    def compute(frame: Frame) -> Array:
        return objects(_each(frame, text, lambda value: compiled.replaced(value, template)[0]))

    return of("string", compute, text, refuses=True)


def _each(frame: Frame, text: Expression, function: Callable[[str], Any]) -> list[Any]:
    """A function of each text that is there; rows whose text is too long for it are refused."""
    values = text.compute(frame).tolist()
    found: list[Any] = [None] * len(values)
    too_long: dict[int, str] = {}
    for row, value in enumerate(values):
        try:
            if value is not None:
                found[row] = function(value)
        except TooLongError as error:
            too_long[row] = str(error)
    if too_long:
        frame.refuse(np.isin(np.arange(len(values)), list(too_long)), too_long.__getitem__)
    return found


# Numbers as texts.


def _format_number(call: Call) -> Expression:
    number, pattern = as_number(call.arguments[0], call.element), call.fixed_text(1, "pattern")
    if pattern is None:
        return constant(None, "string")
    try:
        shown = read_number_format(pattern)
    except BadFormat as error:
        call.element.refuse(f"the pattern {pattern!r:.60} is wrong: {error}")

    def compute(frame: Frame) -> Array:
        return objects([None if value != value else shown(value) for value in number.compute(frame).tolist()])

    return of("string", compute, number)


TEXTS: Final[dict[str, Function]] = {
    "uppercase": _mapped(str.upper),
    "lowercase": _mapped(str.lower),
    "trimBlanks": _mapped(lambda text: text.strip(_BLANKS)),
    "stringLength": Function(_length, 1, 1),
    "substring": Function(_substring, 3, 3),
    "concat": Function(_concat, 2, None),
    "matches": Function(_matches, 2, 2),
    "replace": Function(_replace, 3, 3),
    "formatNumber": Function(_format_number, 2, 2),
}
