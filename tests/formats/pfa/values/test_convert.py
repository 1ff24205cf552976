from __future__ import annotations

import math
from typing import Any

import pytest

from salver.formats.pfa.avro.types import (
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    NULL,
    STRING,
    Array,
    Field,
    Function,
    Map,
    Record,
    Type,
    Union,
)
from salver.formats.pfa.values.convert import branch_for, converter

POINT = Record("Point", [Field("x", DOUBLE)])


@pytest.mark.parametrize(
    ("given", "wanted", "value", "becomes"),
    [
        (INT, DOUBLE, 3, 3.0),
        (LONG, FLOAT, 16777217, 16777216.0),
        (DOUBLE, FLOAT, 0.1, 0.10000000149011612),
        (Array(INT), Array(DOUBLE), [1, 2], [1.0, 2.0]),
        (Map(Array(INT)), Map(Array(DOUBLE)), {"a": [1]}, {"a": [1.0]}),
        (INT, Union([NULL, INT]), 3, ("int", 3)),
        (INT, Union([NULL, DOUBLE]), 3, ("double", 3.0)),
        (INT, Union([DOUBLE, LONG]), 3, ("double", 3.0)),
        (Union([INT, STRING]), Union([STRING, DOUBLE]), ("int", 3), ("double", 3.0)),
        (Union([NULL, INT]), Union([NULL, DOUBLE]), None, None),
        (Union([INT, LONG]), DOUBLE, ("long", 3), 3.0),
        (POINT, Union([NULL, POINT]), {"x": 1.0}, ("Point", {"x": 1.0})),
        (Array(INT), Array(Union([NULL, DOUBLE])), [1], [("double", 1.0)]),
    ],
)
def test_a_value_becomes_one_of_the_wider_type(given: Type, wanted: Type, value: Any, becomes: Any) -> None:
    convert = converter(given, wanted)
    assert convert is not None
    assert repr(convert(value)) == repr(becomes)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (INT, INT),
        (INT, LONG),
        (FLOAT, DOUBLE),
        (NULL, Union([NULL, INT])),
        (Array(INT), Array(LONG)),
        (Union([NULL, INT]), Union([STRING, INT, NULL])),
        (Array(POINT), Array(POINT)),
    ],
)
def test_what_is_one_already_is_left_alone(given: Type, wanted: Type) -> None:
    assert converter(given, wanted) is None


def test_a_number_too_large_for_32_bits_is_infinite() -> None:
    convert = converter(DOUBLE, FLOAT)
    assert convert is not None
    assert convert(-1e300) == -math.inf


def test_a_function_takes_what_it_is_given_and_gives_what_is_wanted() -> None:
    convert = converter(Function([DOUBLE], INT), Function([INT], Union([NULL, INT])))
    assert convert is not None
    took: list[Any] = []

    def function(x: float) -> int:
        took.append(x)
        return int(x)

    assert convert(function)(3) == ("int", 3)
    assert repr(took) == "[3.0]"


def test_the_branch_of_the_same_tag_comes_first() -> None:
    assert branch_for(INT, Union([DOUBLE, INT])) is INT
    assert branch_for(INT, Union([DOUBLE, STRING])) is DOUBLE
