import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import DOUBLE, INT, STRING

MARCH_4 = 1425508527.52482
"""Wednesday, 4 March 2015, 22:35:27 in UTC."""
NAMES = ["year", "monthOfYear", "dayOfYear", "dayOfMonth", "dayOfWeek", "hourOfDay", "minuteOfHour", "secondOfMinute"]
STAMP = made("time.makeTimestamp", *[INT] * 7, STRING)


def told(name: str, ts: float, zone: str = "") -> Any:
    return made(f"time.{name}", DOUBLE, STRING)(ts, zone)


@pytest.mark.parametrize(("name", "expected"), list(zip(NAMES, [2015, 3, 63, 4, 2, 22, 35, 27], strict=True)))
def test_what_the_calendar_and_the_clock_say(name: str, expected: int) -> None:
    assert told(name, MARCH_4) == expected
    assert told(name, MARCH_4, "Etc/UTC") == expected


@pytest.mark.parametrize(
    ("zone", "hour", "day"),
    [("Europe/Paris", 23, 4), ("Asia/Tokyo", 7, 5), ("America/Argentina/Buenos_Aires", 19, 4), ("Etc/GMT+5", 17, 4)],
)
def test_zones(zone: str, hour: int, day: int) -> None:
    assert told("hourOfDay", MARCH_4, zone) == hour
    assert told("dayOfMonth", MARCH_4, zone) == day


def test_summer_time_holds_in_summer_also_in_years_to_come() -> None:
    assert told("hourOfDay", STAMP(2015, 7, 1, 12, 0, 0, 0, ""), "Europe/Paris") == 14
    assert told("hourOfDay", STAMP(2100, 7, 1, 12, 0, 0, 0, ""), "Europe/Paris") == 14


def test_days_of_leap_years() -> None:
    assert told("dayOfYear", STAMP(2016, 12, 31, 0, 0, 0, 0, "")) == 366
    assert told("dayOfYear", STAMP(1, 12, 31, 0, 0, 0, 0, "")) == 365


@pytest.mark.parametrize(("ts", "second"), [(-0.1, 59), (-1e-9, 59), (0.9999999, 0), (-1.0, 59), (-1.1, 58)])
def test_a_second_that_has_begun_counts(ts: float, second: int) -> None:
    assert told("secondOfMinute", ts) == second
    assert told("year", ts) == (1970 if ts >= 0 else 1969)


@pytest.mark.parametrize(
    "zone",
    [
        "where/ever",
        "utc ",
        "Asia",
        "../UTC",
        "/etc/passwd",
        "right/UTC",
        "posixrules",
        "a\0b",
        "é",
        "+01:00",
        "x" * 10**5,
    ],
)
def test_zones_that_there_are_not(zone: str) -> None:
    fails(40000, lambda: told("year", 0.0, zone))
    fails(40091, lambda: made("time.isSecondOfMinute", DOUBLE, STRING, DOUBLE, DOUBLE)(0.0, zone, 0.0, 1.0))
    fails(40080, lambda: STAMP(1970, 1, 1, 0, 0, 0, 0, zone))


@pytest.mark.parametrize("ts", [-62135596801.0, 253402300799.5, math.nan, math.inf, -math.inf])
def test_timestamps_out_of_range(ts: float) -> None:
    fails(40001, lambda: told("year", ts, "where/ever"))
    fails(40161, lambda: told("isWeekend", ts))


def test_the_range_holds_in_the_zone_too() -> None:
    assert told("year", -62135596800.0) == 1
    assert told("year", 253402300799.0) == 9999
    assert told("year", 253402300799.0, "America/Chicago") == 9999
    fails(40001, lambda: told("year", -62135596800.0, "America/Chicago"))
    fails(40001, lambda: told("year", 253402300799.0, "Asia/Tokyo"))


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("isSecondOfMinute", 27, 40090),
        ("isMinuteOfHour", 35, 40100),
        ("isHourOfDay", 22, 40110),
        ("isDayOfWeek", 2, 40120),
        ("isDayOfMonth", 4, 40130),
        ("isMonthOfYear", 3, 40140),
        ("isDayOfYear", 63, 40150),
    ],
)
def test_ranges_have_their_beginning_and_not_their_end(name: str, value: int, code: int) -> None:
    within = made(f"time.{name}", DOUBLE, STRING, DOUBLE, DOUBLE)
    assert within(MARCH_4, "", float(value), value + 0.5)
    assert not within(MARCH_4, "", value - 1.0, float(value))
    assert not within(MARCH_4, "", math.nan, 100.0)
    fails(code, lambda: within(math.nan, "where/ever", 5.0, 5.0))
    fails(code + 1, lambda: within(MARCH_4, "where/ever", 5.0, 6.0))
    fails(code + 2, lambda: within(math.inf, "where/ever", 5.0, 6.0))


def test_work_is_done_from_monday_to_friday_from_nine_to_five() -> None:
    days = [told("isWorkHours", STAMP(2015, 3, 2 + day, 16, 59, 59, 999, "")) for day in range(7)]
    assert days == [True] * 5 + [False] * 2
    assert [told("isWeekend", STAMP(2015, 3, 2 + day, 0, 0, 0, 0, "")) for day in range(7)] == [False] * 5 + [True] * 2
    assert [told("isWorkHours", STAMP(2015, 3, 2, hour, 0, 0, 0, "")) for hour in (8, 9, 17)] == [False, True, False]


@pytest.mark.parametrize(
    ("zone", "expected"), [("", 1426085406.245), ("Europe/Paris", 1426081806.245), ("Atlantic/Azores", 1426089006.245)]
)
def test_timestamps_are_made(zone: str, expected: float) -> None:
    assert STAMP(2015, 3, 11, 14, 50, 6, 245, zone) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        (0, 1, 1, 0, 0, 0, 0),
        (10000, 1, 1, 0, 0, 0, 0),
        (2015, 2, 29, 0, 0, 0, 0),
        (2015, 1, 1, 24, 0, 0, 0),
        (2015, 1, 1, 0, 0, 60, 0),
        (2015, 1, 1, 0, 0, 0, 1000),
        (2015, 1, 1, 0, 0, 0, -1),
        (2**31 - 1,) * 7,
    ],
)
def test_dates_that_there_are_not(wrong: tuple[int, ...]) -> None:
    fails(40081, lambda: STAMP(*wrong, ""))


def test_when_the_clock_is_changed() -> None:
    fails(40081, lambda: STAMP(2015, 3, 29, 2, 30, 0, 0, "Europe/Paris"))
    assert told("hourOfDay", STAMP(2015, 10, 25, 2, 30, 0, 0, "Europe/Paris"), "") == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(-62135596800, 253402300799))
def test_a_timestamp_is_made_of_what_it_tells(ts: int) -> None:
    year, month, day, hour, minute, second = (
        told(name, float(ts))
        for name in ("year", "monthOfYear", "dayOfMonth", "hourOfDay", "minuteOfHour", "secondOfMinute")
    )
    assert STAMP(year, month, day, hour, minute, second, 0, "") == ts
