from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BYTES,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    NULL,
    STRING,
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Record,
    Type,
    Union,
)
from salver.formats.pfa.errors import PFAInputError
from salver.formats.pfa.values.decode import decoder

SIZE = Enum("Size", ["small", "large"])
KEY = Fixed("Key", 2)
POINT = Record("Point", [Field("x", DOUBLE), Field("y", DOUBLE, 0.5)])
NAMED = Record("Named", [Field("name", STRING)], "org.example")
TREE = Record("Tree")
TREE.fields = (Field("value", INT), Field("next", Union([NULL, TREE])))


@pytest.mark.parametrize(
    ("of", "given", "value"),
    [
        (NULL, None, None),
        (BOOLEAN, True, True),
        (INT, 2**31 - 1, 2**31 - 1),
        (INT, -(2**31), -(2**31)),
        (LONG, -(2**63), -(2**63)),
        (FLOAT, 0.1, 0.10000000149011612),
        (FLOAT, 1e39, math.inf),
        (FLOAT, 16777217, 16777216.0),
        (DOUBLE, 3, 3.0),
        (DOUBLE, -0.0, -0.0),
        (STRING, "x", "x"),
        (BYTES, b"\x00\xff", b"\x00\xff"),
        (BYTES, "\x00\xff", b"\x00\xff"),
        (BYTES, bytearray(b"ab"), b"ab"),
        (BYTES, memoryview(b"ab"), b"ab"),
        (KEY, "ab", b"ab"),
        (SIZE, "large", "large"),
        (Array(DOUBLE), [1, 2.5], [1.0, 2.5]),
        (Array(DOUBLE), (1.5, 2.5), [1.5, 2.5]),
        (Array(STRING), [], []),
        (Map(LONG), {"a": 1}, {"a": 1}),
        (POINT, {"x": 1, "y": 2}, {"x": 1.0, "y": 2.0}),
        (POINT, {"x": 1}, {"x": 1.0, "y": 0.5}),
        (POINT, MappingProxyType({"y": 1, "x": 2}), {"x": 2.0, "y": 1.0}),
        (
            TREE,
            {"value": 1, "next": {"Tree": {"value": 2, "next": None}}},
            {
                "value": 1,
                "next": ("Tree", {"value": 2, "next": None}),
            },
        ),
        (
            TREE,
            {"value": 1, "next": {"value": 2, "next": None}},
            {
                "value": 1,
                "next": ("Tree", {"value": 2, "next": None}),
            },
        ),
    ],
)
def test_values_are_read_into_their_type(of: Type, given: Any, value: Any) -> None:
    found = decoder(of)(given)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("of", "given", "value"),
    [
        (DOUBLE, np.float64(1.5), 1.5),
        (DOUBLE, np.float32(0.5), 0.5),
        (DOUBLE, np.int64(3), 3.0),
        (FLOAT, np.float32(0.1), 0.10000000149011612),
        (INT, np.int64(3), 3),
        (LONG, np.uint8(3), 3),
        (BOOLEAN, np.True_, True),
        (STRING, np.str_("x"), "x"),
        (SIZE, np.str_("small"), "small"),
        (BYTES, np.bytes_(b"ab"), b"ab"),
        (Array(DOUBLE), np.array([1.5, 2.5]), [1.5, 2.5]),
        (Array(Array(INT)), np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
    ],
)
def test_numpy_values_become_plain_ones(of: Type, given: Any, value: Any) -> None:
    found = decoder(of)(given)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("of", "given", "value"),
    [
        (Union([NULL, DOUBLE]), None, None),
        (Union([NULL, DOUBLE]), 3, ("double", 3.0)),
        (Union([NULL, DOUBLE]), {"double": 3.5}, ("double", 3.5)),
        (Union([INT, DOUBLE]), 3, ("int", 3)),
        (Union([INT, DOUBLE]), {"double": 3}, ("double", 3.0)),
        (Union([INT, DOUBLE]), 3.0, ("double", 3.0)),
        (Union([INT, DOUBLE]), 2**31, ("double", 2147483648.0)),
        (Union([INT, LONG]), 2**31, ("long", 2**31)),
        (Union([FLOAT, DOUBLE]), 0.1, ("double", 0.1)),
        (Union([BOOLEAN, INT]), True, ("boolean", True)),
        (Union([STRING, BYTES]), b"ab", ("bytes", b"ab")),
        (Union([NULL, SIZE]), "small", ("Size", "small")),
        (Union([NULL, NAMED]), {"org.example.Named": {"name": "x"}}, ("org.example.Named", {"name": "x"})),
        (Union([NULL, NAMED]), {"name": "x"}, ("org.example.Named", {"name": "x"})),
        (Union([POINT, NAMED]), {"x": 1}, ("Point", {"x": 1.0, "y": 0.5})),
        (Union([Array(INT), Map(INT)]), {"array": [1]}, ("array", [1])),
        (Union([Array(INT), Map(INT)]), {"array": 1}, ("map", {"array": 1})),
        (Union([Array(INT), Map(INT)]), [1], ("array", [1])),
        (Union([Array(INT), Map(INT)]), [], ("array", [])),
    ],
)
def test_a_union_takes_a_tag_or_the_one_branch_that_fits(of: Type, given: Any, value: Any) -> None:
    assert decoder(of)(given) == value


def test_what_looks_like_a_tag_is_told_by_the_schema() -> None:
    record = Record("Holder", [Field("double", DOUBLE)])
    assert decoder(record)({"double": 3.5}) == {"double": 3.5}
    assert decoder(Union([NULL, record]))({"double": 3.5}) == ("Holder", {"double": 3.5})
    assert decoder(Union([NULL, Map(DOUBLE)]))({"map": 3.5}) == ("map", {"map": 3.5})
    assert decoder(Union([NULL, Map(DOUBLE)]))({"map": {"map": 3.5}}) == ("map", {"map": 3.5})


def test_fields_that_a_record_does_not_know_are_passed_over() -> None:
    record = Record("Known", [Field("x", DOUBLE)])
    assert decoder(record)({"x": 1.0, "more": [1, 2]}) == {"x": 1.0}


@pytest.mark.parametrize(
    ("of", "given"),
    [
        (NULL, 0),
        (BOOLEAN, 1),
        (BOOLEAN, "true"),
        (INT, True),
        (INT, 3.0),
        (INT, np.float64(3.0)),
        (INT, "3"),
        (INT, 2**31),
        (INT, np.int64(2**31)),
        (INT, None),
        (LONG, 2**63),
        (LONG, np.uint64(2**63)),
        (DOUBLE, False),
        (DOUBLE, "nan"),
        (DOUBLE, 10**400),
        (DOUBLE, 3j),
        (FLOAT, np.True_),
        (STRING, b"x"),
        (STRING, 3),
        (BYTES, "\u0100"),
        (BYTES, [1, 2]),
        (KEY, b"abc"),
        (SIZE, "huge"),
        (SIZE, 0),
        (SIZE, ["small"]),
        (Array(INT), "abc"),
        (Array(INT), {0: 1}),
        (Array(INT), {1, 2}),
        (Array(INT), [1, None]),
        (Array(INT), np.array([1.0])),
        (Map(INT), [("a", 1)]),
        (Map(INT), {1: 1}),
        (POINT, {"y": 1.0}),
        (POINT, [1.0, 2.0]),
        (Union([NULL, DOUBLE]), "x"),
        (Union([INT, DOUBLE]), True),
        (Union([DOUBLE, STRING]), None),
        (Union([DOUBLE, STRING]), {"int": 3}),
        (Union([DOUBLE, STRING]), {"double": 3.5, "string": "x"}),
        (Union([DOUBLE, STRING]), {}),
        (Union([STRING, SIZE]), "small"),
        (Union([NULL, DOUBLE]), {"null": None}),
    ],
)
def test_what_does_not_fit_is_refused(of: Type, given: Any) -> None:
    with pytest.raises(PFAInputError):
        decoder(of)(given)


@pytest.mark.parametrize(("word", "number"), [("inf", math.inf), ("-inf", -math.inf), ("Infinity", math.inf)])
def test_words_are_numbers_only_where_they_may_be(word: str, number: float) -> None:
    assert decoder(DOUBLE, words=True)(word) == number
    assert decoder(Array(FLOAT), words=True)([word, 1]) == [number, 1.0]
    assert decoder(Union([DOUBLE, STRING]), words=True)({"double": word}) == ("double", number)
    assert decoder(Union([DOUBLE, STRING]), words=True)(word) == ("string", word)
    with pytest.raises(PFAInputError):
        decoder(DOUBLE)(word)
    with pytest.raises(PFAInputError):
        decoder(DOUBLE, words=True)("infinite")


def test_the_word_nan_is_what_is_no_number() -> None:
    assert math.isnan(decoder(DOUBLE, words=True)("nan"))
    assert math.isnan(decoder(FLOAT, words=True)("NaN"))


def test_a_union_that_is_no_dict_is_read_by_its_tag_too() -> None:
    tagged: Mapping[str, Any] = MappingProxyType({"double": 3.5})
    assert decoder(Union([NULL, DOUBLE]))(tagged) == ("double", 3.5)


def test_text_of_numpy_is_plain_inside() -> None:
    (key,) = decoder(Map(INT))({np.str_("a"): 1})
    assert type(key) is str


def test_what_comes_in_is_neither_kept_nor_changed() -> None:
    given = {"a": [1.5]}
    found = decoder(Map(Array(DOUBLE)))(given)
    found["a"].append(2.5)
    assert given == {"a": [1.5]}


def test_names_of_fields_are_no_code() -> None:
    names = ["class", "x", "None", "__import__", "d0", "v1"]
    record = Record("Odd", [Field(name, INT) for name in names])
    assert decoder(record)(dict.fromkeys(names, 1)) == dict.fromkeys(names, 1)


def test_a_span_of_time_is_no_number() -> None:
    for of in (INT, LONG, DOUBLE):
        with pytest.raises(PFAInputError):
            decoder(of)(np.timedelta64(3, "s"))


def test_whatever_object_comes_is_refused() -> None:
    class Spiteful:
        def __hash__(self) -> int:
            raise ZeroDivisionError

        def __repr__(self) -> str:
            raise ZeroDivisionError

    for of in (NULL, INT, DOUBLE, STRING, BYTES, KEY, SIZE, Array(SIZE), POINT, Union([SIZE, INT])):
        with pytest.raises(PFAInputError):
            decoder(of)(Spiteful())


def test_values_nested_too_deep_are_refused() -> None:
    value: Any = None
    for _ in range(5000):
        value = {"value": 1, "next": {"Tree": value}} if value else {"value": 1, "next": None}
    with pytest.raises(PFAInputError, match="too deep"):
        decoder(TREE)(value)


def test_a_value_inside_itself_is_refused() -> None:
    value: dict[str, Any] = {"value": 1}
    value["next"] = value
    with pytest.raises(PFAInputError, match="too deep"):
        decoder(TREE)(value)
