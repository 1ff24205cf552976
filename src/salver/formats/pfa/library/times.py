"""time: what the calendar and the clock on the wall say at a timestamp, which is in seconds since 1970 began in UTC. A
zone has its name in the tz database; the empty name is UTC.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from salver.formats.pfa.library.registry import fail, function

_EARLIEST: Final = -62135596800.0
"""The beginning of the year 1."""
_LATEST: Final = 253402300799.0
"""The end of the year 9999."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAME: Final = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")
_NO_ZONES: Final = re.compile("(right|posix)/.*|posixrules|localtime|Factory")
"""Files that lie among those of the zones."""
_UNKNOWN: Final = "unrecognized timezone string"
_OUTSIDE: Final = "timestamp out of range"
_ZONED: Final = "(ts: double, zone: string) -> "
_WITHIN: Final = "(ts: double, zone: string, low: double, high: double) -> boolean"

Reading = Callable[[datetime], int]


@lru_cache(maxsize=1024)
def zone_named(name: str) -> tzinfo | None:
    """The zone of a name; None where there is none."""
    if not name:
        return UTC
    if not _NAME.fullmatch(name) or _NO_ZONES.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return None


def moment(ts: float, zone: str, unknown: int, outside: int) -> datetime:
    """The date and the time in a zone, to the second. Fails with one code or the other."""
    if not _EARLIEST <= ts <= _LATEST:
        fail(outside)
    where = zone_named(zone)
    if where is None:
        fail(unknown)
    try:
        return datetime.fromtimestamp(math.floor(ts), where)
    except (OverflowError, ValueError):
        fail(outside)


def _day_of_year(at: datetime) -> int:
    return at.toordinal() - datetime(at.year, 1, 1).toordinal() + 1


def _is_weekend(at: datetime) -> bool:
    return at.weekday() >= 5


def _is_work_hours(at: datetime) -> bool:
    return at.weekday() < 5 and 9 <= at.hour < 17


def _told(name: str, code: int, ret: str, reading: Reading) -> None:
    """Registers what is read off at a timestamp."""

    @function(f"time.{name}", _ZONED + ret, errors={code: _UNKNOWN, code + 1: _OUTSIDE})
    def tell(ts: float, zone: str) -> int:
        return reading(moment(ts, zone, code, code + 1))


def _tested(name: str, code: int, reading: Reading) -> None:
    """Registers whether what is read off lies from one number up to, but not, another."""

    @function(f"time.{name}", _WITHIN, errors={code: "bad time range", code + 1: _UNKNOWN, code + 2: _OUTSIDE})
    def test(ts: float, zone: str, low: float, high: float) -> bool:
        if low >= high:
            fail(code)
        return low <= reading(moment(ts, zone, code + 1, code + 2)) < high


_told("year", 40000, "int", lambda at: at.year)
_told("monthOfYear", 40010, "int", lambda at: at.month)
_told("dayOfYear", 40020, "int", _day_of_year)
_told("dayOfMonth", 40030, "int", lambda at: at.day)
_told("dayOfWeek", 40040, "int", lambda at: at.weekday())
_told("hourOfDay", 40050, "int", lambda at: at.hour)
_told("minuteOfHour", 40060, "int", lambda at: at.minute)
_told("secondOfMinute", 40070, "int", lambda at: at.second)
_tested("isSecondOfMinute", 40090, lambda at: at.second)
_tested("isMinuteOfHour", 40100, lambda at: at.minute)
_tested("isHourOfDay", 40110, lambda at: at.hour)
_tested("isDayOfWeek", 40120, lambda at: at.weekday())
_tested("isDayOfMonth", 40130, lambda at: at.day)
_tested("isMonthOfYear", 40140, lambda at: at.month)
_tested("isDayOfYear", 40150, _day_of_year)
_told("isWeekend", 40160, "boolean", _is_weekend)
_told("isWorkHours", 40170, "boolean", _is_work_hours)


@function(
    "time.makeTimestamp",
    "(year: int, month: int, day: int, hour: int, minute: int, second: int, millisecond: int, zone: string) -> double",
    errors={40080: _UNKNOWN, 40081: "timestamp undefined for given parameters"},
)
def _make_timestamp(
    year: int, month: int, day: int, hour: int, minute: int, second: int, millisecond: int, zone: str
) -> float:
    """The earlier of two, where the clock is put back. What a clock that is put forward leaves out is not defined."""
    where = zone_named(zone)
    if where is None:
        fail(40080)
    try:
        at = datetime(year, month, day, hour, minute, second, millisecond * 1000, where)
    except (ValueError, OverflowError):
        fail(40081)
    if _offset(at) < _offset(at.replace(fold=1)):
        fail(40081)
    return (at - _EPOCH).total_seconds()


def _offset(at: datetime) -> timedelta:
    return at.utcoffset() or timedelta()
