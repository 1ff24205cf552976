"""Dates by a pattern of strftime. Specification: Built-in functions, "formatDatetime".

What Java's conversions of a date and time have is as they have it: `%p` is am or pm, `%e` a day without a blank;
the rest is POSIX's. Names are English ones.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from salver.formats.pmml.values import EPOCH

Shown: TypeAlias = Callable[[datetime], str]

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


class BadFormat(ValueError):
    """It is none: its text says why."""


def read_date_format(pattern: str) -> Shown:
    """Raises BadFormat for a conversion that is not known."""
    pieces: list[str | Shown] = []
    parts = iter(pattern)
    for char in parts:
        if char != "%":
            pieces.append(char)
            continue
        kind = next(parts, "")
        if kind in _SHORTHANDS:
            pieces.append(read_date_format(_SHORTHANDS[kind]))
        elif kind in _CONVERSIONS:
            pieces.append(_CONVERSIONS[kind])
        else:
            raise BadFormat(f"%{kind} is not known; there are {''.join((*_CONVERSIONS, *_SHORTHANDS))}")
    return lambda moment: "".join(piece if isinstance(piece, str) else piece(moment) for piece in pieces)


def _hour12(moment: datetime) -> int:
    return moment.hour % 12 or 12


def _since_epoch(moment: datetime) -> timedelta:
    return moment - EPOCH


def _half(moment: datetime) -> str:
    return "am" if moment.hour < 12 else "pm"


def _week(moment: datetime, first: int) -> str:
    """Of the year; days before its first Sunday (Monday) are in week 0."""
    return f"{(moment.timetuple().tm_yday + 6 - (moment.weekday() - first) % 7) // 7:02d}"


_CONVERSIONS: Final[dict[str, Shown]] = {
    # The time.
    "H": lambda moment: f"{moment.hour:02d}",
    "I": lambda moment: f"{_hour12(moment):02d}",
    "k": lambda moment: f"{moment.hour}",
    "l": lambda moment: f"{_hour12(moment)}",
    "M": lambda moment: f"{moment.minute:02d}",
    "S": lambda moment: f"{moment.second:02d}",
    "L": lambda moment: f"{moment.microsecond // 1000:03d}",
    "N": lambda moment: f"{moment.microsecond * 1000:09d}",
    "p": _half,
    "P": _half,
    "z": lambda moment: "+0000",
    "Z": lambda moment: "UTC",
    "s": lambda moment: f"{_since_epoch(moment) // timedelta(seconds=1)}",
    "Q": lambda moment: f"{_since_epoch(moment) // timedelta(milliseconds=1)}",
    "r": lambda moment: f"{_hour12(moment):02d}:{moment:%M:%S} {_half(moment).upper()}",
    # The date.
    "B": lambda moment: _MONTHS[moment.month - 1],
    "b": lambda moment: _MONTHS[moment.month - 1][:3],
    "h": lambda moment: _MONTHS[moment.month - 1][:3],
    "A": lambda moment: _DAYS[moment.weekday()],
    "a": lambda moment: _DAYS[moment.weekday()][:3],
    "C": lambda moment: f"{moment.year // 100:02d}",
    "Y": lambda moment: f"{moment.year:04d}",
    "y": lambda moment: f"{moment.year % 100:02d}",
    "G": lambda moment: f"{moment.isocalendar().year:04d}",
    "g": lambda moment: f"{moment.isocalendar().year % 100:02d}",
    "V": lambda moment: f"{moment.isocalendar().week:02d}",
    "U": lambda moment: _week(moment, calendar.SUNDAY),
    "W": lambda moment: _week(moment, calendar.MONDAY),
    "u": lambda moment: f"{moment.isoweekday()}",
    "w": lambda moment: f"{moment.isoweekday() % 7}",
    "j": lambda moment: f"{moment.timetuple().tm_yday:03d}",
    "m": lambda moment: f"{moment.month:02d}",
    "d": lambda moment: f"{moment.day:02d}",
    "e": lambda moment: f"{moment.day}",
    # Neither.
    "n": lambda moment: "\n",
    "t": lambda moment: "\t",
    "%": lambda moment: "%",
}
_SHORTHANDS: Final = {
    "R": "%H:%M",
    "T": "%H:%M:%S",
    "X": "%H:%M:%S",
    "D": "%m/%d/%y",
    "x": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "c": "%a %b %d %T %Z %Y",
}
