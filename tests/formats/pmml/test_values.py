"""Values of every dataType: what a request or a document may say, and how it is held and shown."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pytest

from salver.formats.pmml.values import KINDS, cast, is_value, read, shown_as, write, written

SINGLE = float(np.float32(0.1))


@pytest.mark.parametrize(
    ("value", "type_", "held"),
    [
        ("a", "string", "a"),
        (7, "string", "7"),
        (7.0, "string", "7.0"),
        (True, "string", "true"),
        (b"x", "string", "x"),
        (" 1.5 ", "double", 1.5),
        ("1e3", "double", 1000.0),
        (np.int8(3), "double", 3.0),
        (True, "double", 1.0),
        ("INF", "double", math.inf),
        (10**400, "double", math.inf),
        (-(10**400), "double", -math.inf),
        ("0.1", "float", SINGLE),
        (0.1, "float", SINGLE),
        (1e300, "float", math.inf),
        ("2.0", "integer", 2.0),
        (2.0, "integer", 2.0),
        ("-0", "integer", 0.0),
        ("TRUE", "boolean", 1.0),
        ("0", "boolean", 0.0),
        (1, "boolean", 1.0),
        (np.bool_(False), "boolean", 0.0),
        ("1970-01-02", "date", 1.0),
        (datetime.date(1969, 12, 31), "date", -1.0),
        (np.datetime64("2000-01-01"), "date", 10957.0),
        ("1970-01-02T00:00:01", "dateTime", 86401.0),
        ("1970-01-01T01:00:00+01:00", "dateTime", 0.0),
        (datetime.datetime(1970, 1, 1, 0, 0, 5), "dateTime", 5.0),
        ("12:30:01", "time", 45001.0),
        (datetime.time(0, 1), "time", 60.0),
        ("1960-01-03", "dateDaysSince[1960]", 2.0),
        (17, "dateDaysSince[1980]", 17.0),
        ("1980-01-01T00:01:00", "dateTimeSecondsSince[1980]", 60.0),
        ("00:02:00", "timeSeconds", 120.0),
    ],
)
def test_what_is_a_value(value: Any, type_: str, held: Any):
    assert read(value, type_) == held
    assert is_value(value, type_)


@pytest.mark.parametrize("type_", KINDS)
@pytest.mark.parametrize("value", [None, math.nan, np.float32("nan")])
def test_what_is_missing(value: Any, type_: str):
    held = read(value, type_)
    assert held is None if type_ == "string" else math.isnan(held)


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("", "double"),
        ("many", "double"),
        ("1_000", "double"),
        ("1,5", "double"),
        ("0x1", "double"),
        ("1 2", "double"),
        ([1], "double"),
        ({}, "double"),
        ("2.5", "integer"),
        (2.5, "integer"),
        (math.inf, "integer"),
        (10**400, "integer"),
        ("yes", "boolean"),
        (2, "boolean"),
        ("31.12.2020", "date"),
        ("2020-02-30", "date"),
        (5, "date"),
        ("25:00:00", "time"),
        ("noon", "timeSeconds"),
    ],
)
def test_what_is_none(value: Any, type_: str):
    assert not is_value(value, type_)
    with pytest.raises(ValueError):
        read(value, type_)


@pytest.mark.parametrize(
    ("held", "type_", "shown"),
    [
        (7.0, "double", 7.0),
        (7.0, "integer", 7),
        (1.0, "boolean", True),
        (1.0, "date", "1970-01-02"),
        (86401.0, "dateTime", "1970-01-02T00:00:01"),
        (45001.0, "time", "12:30:01"),
        ("a", "string", "a"),
        (math.nan, "double", None),
        (None, "string", None),
    ],
)
def test_how_they_are_shown(held: Any, type_: str, shown: Any):
    assert shown_as(held, type_) == shown
    assert type(shown_as(held, type_)) is type(shown)


@pytest.mark.parametrize(
    ("value", "text"), [(7, "7"), (7.0, "7.0"), (True, "true"), (np.float64(0.5), "0.5"), (1e21, "1e+21"), ("a", "a")]
)
def test_how_they_are_written(value: Any, text: str):
    assert write(value) == text


def test_columns_become_those_of_another_type():
    numbers = np.array([7.0, 2.5, np.nan])
    whole, broken = cast(numbers, "double", "integer")
    assert whole.tolist()[0] == 7
    assert np.isnan(whole[1:]).all()
    assert broken is not None
    assert broken.tolist() == [False, True, False]
    assert cast(numbers, "double", "string")[0].tolist() == ["7.0", "2.5", None]
    assert cast(np.array([0.1]), "double", "float")[0].tolist() == [SINGLE]
    read_back, broken = cast(np.array(["7", "x", None], object), "string", "double")
    assert read_back[0] == 7
    assert np.isnan(read_back[1:]).all()
    assert broken is not None
    assert broken.tolist() == [False, True, False]
    assert cast(np.array([0.0, 1.0, np.nan]), "boolean", "string")[0].tolist() == ["false", "true", None]
    assert cast(numbers, "double", "double")[0] is numbers


def test_what_is_written_reads_back():
    for type_, held in (("double", 0.1), ("integer", -3.0), ("boolean", 1.0), ("date", 18_000.0), ("time", 60.0)):
        assert read(written(held, type_), type_) == held
