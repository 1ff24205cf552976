"""PMML's data types: how their values are read from a document or a request, and written.

Kinds: "text" is held as str; "number", "boolean" (0, 1), "date" (days since 1970-01-01), "time" (seconds since
midnight) and "datetime" (seconds since 1970-01-01T00:00:00) as float. None, or NaN, is missing.
Section "Data Types" of the specification's DataDictionary page.
"""

from __future__ import annotations

import datetime
import math
import re
from typing import Any, Final

import numpy as np

from salver.formats.pmml.frame import Array

KINDS: Final = {
    "string": "text",
    "integer": "number",
    "float": "number",
    "double": "number",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "dateTime": "datetime",
    **{f"dateDaysSince[{year}]": "number" for year in (0, 1960, 1970, 1980)},
    "timeSeconds": "number",
    **{f"dateTimeSecondsSince[{year}]": "number" for year in (0, 1960, 1970, 1980)},
}
"""Every dataType and the kind of column that holds it."""

EPOCH: Final = datetime.datetime(1970, 1, 1)
_DAY_S: Final = 86_400
_DAYS: Final = re.compile(r"dateDaysSince\[(\d+)\]")
_SECONDS: Final = re.compile(r"dateTimeSecondsSince\[(\d+)\]")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|INF|inf|Infinity|NaN|nan)")
_TRUTH: Final = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}
MISSING: Final = math.nan


def read(value: Any, type_: str) -> Any:
    """One value of a request or a document as a column of that type holds it: a float, or str for text.

    None and NaN are missing: NaN, None for text. Raises ValueError for what is no value of the type.
    """
    if value is None or value != value:
        return None if type_ == "string" else MISSING
    kind = KINDS[type_]
    if kind == "text":
        return value if isinstance(value, str) else write(value)
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, str):
        return _read_text(value.strip(), type_, kind)
    if isinstance(value, (datetime.date, datetime.time, np.datetime64)):
        return _read_text(_iso(value), type_, kind)
    if isinstance(value, (bool, int, float, np.number, np.bool_)) and kind in ("number", "boolean"):
        return _fitting(_float(value), type_, kind)
    raise ValueError


def is_value(value: Any, type_: str) -> bool:
    """Whether `read` would take it."""
    try:
        read(value, type_)
    except ValueError:
        return False
    return True


def write(value: Any) -> str:
    """A value as text, as Java's engines write it: 7.0 is "7.0", 7 is "7", a truth value "true"."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    if isinstance(value, (datetime.date, datetime.time, np.datetime64)):
        return _iso(value)
    return str(value)


def written(value: Any, type_: str) -> str | None:
    """What a column of that type holds, as text: `written(7.0, "integer")` is "7". None for what is missing."""
    if value is None or value != value:
        return None
    shown = shown_as(value, type_)
    return write(shown)


def shown_as(value: Any, type_: str) -> Any:
    """What a column of that type holds, as Python says it: int, float, bool, or str (dates in ISO 8601)."""
    if value is None or value != value:
        return None
    kind = KINDS[type_]
    if kind == "boolean":
        return bool(value)
    if kind == "number" and type_ not in ("double", "float"):
        return int(value) if math.isfinite(value) else float(value)
    if kind == "number":
        return float(value)
    if kind == "date":
        return (EPOCH + datetime.timedelta(days=value)).date().isoformat()
    if kind == "datetime":
        return (EPOCH + datetime.timedelta(seconds=value)).isoformat()
    if kind == "time":
        hours, rest = divmod(int(value), 3600)
        return f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    return value


def cast(column: Array, from_type: str, to_type: str) -> tuple[Array, Array | None]:
    """A column of one type as another, and which entries could not be (then missing), None for none.

    A double becomes an integer only where it is one; a float is rounded to single precision.
    """
    if from_type == to_type:
        return column, None
    from_kind, to_kind = KINDS[from_type], KINDS[to_type]
    if to_kind == "text":
        return np.array([written(value, from_type) for value in column.tolist()], object), None
    if from_kind == "text" or from_kind != to_kind:
        return _cast_each(column, from_type, to_type)
    if to_type == "float":
        return column.astype(np.float32).astype(np.float64), None
    if to_type in ("double", "string") or from_type == "integer":
        return column, None
    broken = column != np.floor(column)
    broken &= column == column
    return (np.where(broken, MISSING, column), broken) if broken.any() else (column, None)


def _cast_each(column: Array, from_type: str, to_type: str) -> tuple[Array, Array | None]:
    out = np.full(len(column), MISSING)
    broken = np.zeros(len(column), bool)
    for row, value in enumerate(column.tolist()):
        try:
            out[row] = read(shown_as(value, from_type), to_type)
        except ValueError:
            broken[row] = True
    return out, broken if broken.any() else None


def _float(value: Any) -> float:
    """A number; an integer beyond all floats is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _fitting(value: float, type_: str, kind: str) -> float:
    if kind == "boolean":
        if value not in (0.0, 1.0):
            raise ValueError
    elif type_ == "float":
        with np.errstate(over="ignore"):
            return float(np.float32(value))
    elif type_ != "double" and not value.is_integer():
        raise ValueError
    return value


def _read_text(text: str, type_: str, kind: str) -> float:
    if kind == "boolean":
        value = _TRUTH.get(text.lower())
        if value is None:
            raise ValueError
        return value
    if kind == "number":
        if _NUMBER.fullmatch(text):
            return _fitting(float(text), type_, kind)
        return _since(text, type_)
    if kind == "time":
        return _seconds(datetime.time.fromisoformat(text))
    moment = _moment(text)
    days = (moment.date() - EPOCH.date()).days
    return float(days) if kind == "date" else (moment - EPOCH).total_seconds()


def _moment(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text)
    return moment if moment.tzinfo is None else moment.astimezone(datetime.UTC).replace(tzinfo=None)


def _since(text: str, type_: str) -> float:
    """A date written out where a count of days or seconds since some year is wanted."""
    if type_ == "timeSeconds":
        return _seconds(datetime.time.fromisoformat(text))
    days, seconds = _DAYS.fullmatch(type_), _SECONDS.fullmatch(type_)
    if days is not None:
        return float((_moment(text).date() - _start(int(days[1])).date()).days)
    if seconds is not None:
        return (_moment(text) - _start(int(seconds[1]))).total_seconds()
    raise ValueError


def _start(year: int) -> datetime.datetime:
    return datetime.datetime(max(year, 1), 1, 1)


def _seconds(time: datetime.time) -> float:
    return time.hour * 3600.0 + time.minute * 60 + time.second


def _iso(value: Any) -> str:
    if isinstance(value, np.datetime64):
        return _iso(value.astype("datetime64[us]").item())
    return str(value.isoformat())
