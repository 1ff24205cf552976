"""Functions of dates and times. Specification: Built-in functions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import numpy as np

from salver.formats.pmml.element import short
from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.functions.call import Call, Function
from salver.formats.pmml.functions.date_format import BadFormat, read_date_format
from salver.formats.pmml.functions.operand import Expression, as_number, constant, converted, of
from salver.formats.pmml.functions.texts import objects
from salver.formats.pmml.values import EPOCH

_DAY_S: Final = 86_400.0
_MAX_YEAR: Final = 9999


def _moment(call: Call, *kinds: str) -> Expression:
    """The first argument, which has one of these kinds; a text is read as a date with a time."""
    argument = call.arguments[0]
    if argument.kind == "text" or argument.is_missing:
        return converted(argument, "dateTime" if "datetime" in kinds else "time", call.element)
    if argument.kind not in kinds:
        call.element.refuse(f"{call.name} is of {' or '.join(kinds)}, not of {argument.type}")
    return argument


def _seconds(moment: Expression) -> Expression:
    """Since 1970; a time has the first of its days."""
    if moment.kind != "date":
        return moment
    return of("dateTime", lambda frame: moment.compute(frame) * _DAY_S, moment)


def _days_since(call: Call) -> Expression:
    moment, start = _moment(call, "date", "datetime"), _start_of_year(call)
    if moment.kind == "date":
        return of("integer", lambda frame: moment.compute(frame) - start.compute(frame), moment, start)

    def compute(frame: Frame) -> Array:
        days: Array = np.floor(moment.compute(frame) / _DAY_S) - start.compute(frame)
        return days

    return of("integer", compute, moment, start)


def _seconds_since(call: Call) -> Expression:
    moment, start = _seconds(_moment(call, "date", "datetime")), _start_of_year(call)

    def compute(frame: Frame) -> Array:
        seconds: Array = np.floor(moment.compute(frame)) - start.compute(frame) * _DAY_S
        return seconds

    return of("integer", compute, moment, start)


def _start_of_year(call: Call) -> Expression:
    """Of the year that the second argument is, in days since 1970."""
    year = as_number(call.arguments[1], call.element)
    if year.is_constant:
        return constant(_first_day(year.value), "double")

    def compute(frame: Frame) -> Array:
        return np.array([_first_day(value) for value in year.compute(frame).tolist()], np.float64)

    return of("double", call.defined(compute, (year,)), year, refuses=call.refuses_undefined)


def _first_day(year: float) -> float:
    if not 1 <= year <= _MAX_YEAR:
        return float("nan")
    return float((datetime(int(year), 1, 1) - EPOCH).days)


def _since_midnight(call: Call) -> Expression:
    moment = _moment(call, "time", "datetime", "date")
    if moment.kind == "date":
        return of("integer", lambda frame: moment.compute(frame) * 0.0, moment)

    def compute(frame: Frame) -> Array:
        seconds: Array = np.floor(moment.compute(frame))
        return np.mod(seconds, _DAY_S)

    return of("integer", compute, moment)


def _format(call: Call) -> Expression:
    moment, pattern = _seconds(_moment(call, "date", "datetime", "time")), call.fixed_text(1, "pattern")
    if pattern is None:
        return constant(None, "string")
    try:
        shown = read_date_format(pattern)
    except BadFormat as error:
        call.element.refuse(f"the pattern {short(pattern)} is wrong: {error}")

    def compute(frame: Frame) -> Array:
        seconds = moment.compute(frame).tolist()
        return objects([None if value != value else shown(EPOCH + timedelta(seconds=value)) for value in seconds])

    return of("string", compute, moment)


DATES: Final[dict[str, Function]] = {
    "dateDaysSinceYear": Function(_days_since, 2, 2, rereads=True),
    "dateSecondsSinceYear": Function(_seconds_since, 2, 2, rereads=True),
    "dateSecondsSinceMidnight": Function(_since_midnight, 1, 1),
    "formatDatetime": Function(_format, 2, 2),
}
