from __future__ import annotations

import json
import math
from typing import Any

import pytest

from salver.formats.pfa.avro.types import (
    BYTES,
    DOUBLE,
    FLOAT,
    INT,
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
from salver.formats.pfa.values.encode import encoder

TREE = Record("Tree", namespace="org.example")
TREE.fields = (Field("value", Union([INT, BYTES])), Field("next", Union([NULL, TREE])))
PLAIN = Record("Plain")
PLAIN.fields = (Field("x", DOUBLE), Field("inner", Array(PLAIN)))


@pytest.mark.parametrize(
    ("of", "value", "plain"),
    [
        (NULL, None, None),
        (INT, 3, 3),
        (STRING, "x", "x"),
        (Enum("Kind", ["a"]), "a", "a"),
        (Union([NULL, DOUBLE]), None, None),
        (Union([NULL, DOUBLE]), ("double", 3.5), {"double": 3.5}),
        (Array(Union([INT, STRING])), [("int", 3), ("string", "x")], [{"int": 3}, {"string": "x"}]),
        (Map(Union([NULL, INT])), {"a": None, "b": ("int", 1)}, {"a": None, "b": {"int": 1}}),
        (
            TREE,
            {"value": ("int", 1), "next": ("org.example.Tree", {"value": ("int", 2), "next": None})},
            {"value": {"int": 1}, "next": {"org.example.Tree": {"value": {"int": 2}, "next": None}}},
        ),
    ],
)
def test_unions_are_tagged_and_all_else_is_as_it_is(of: Type, value: Any, plain: Any) -> None:
    assert encoder(of)(value) == plain


def test_bytes_are_left_or_become_text() -> None:
    value = {"value": ("bytes", b"\x00\xff"), "next": None}
    assert encoder(TREE)(value) == {"value": {"bytes": b"\x00\xff"}, "next": None}
    assert encoder(TREE, bytes_as="text")(value) == {"value": {"bytes": "\x00\xff"}, "next": None}
    assert encoder(Fixed("Key", 2), bytes_as="base64")(b"\x00\xff") == "AP8="


def test_numbers_that_json_cannot_write_become_words() -> None:
    values = [1.5, math.nan, math.inf, -math.inf, 1e308, -0.0]
    assert encoder(Array(DOUBLE), words=True)(values) == [1.5, "nan", "inf", "-inf", 1e308, -0.0]
    assert encoder(Union([NULL, FLOAT]), words=True)(("float", math.inf)) == {"float": "inf"}
    assert math.isnan(encoder(DOUBLE)(math.nan))


def test_what_holds_other_values_is_copied() -> None:
    inner = [{"x": 2.5, "inner": []}]
    copy = encoder(PLAIN)({"x": 1.5, "inner": inner})
    assert copy == {"x": 1.5, "inner": inner}
    assert copy["inner"] is not inner
    numbers = [1.5]
    assert encoder(Array(DOUBLE))(numbers) == numbers
    assert encoder(Array(DOUBLE))(numbers) is not numbers


def test_a_value_is_not_changed_by_being_written() -> None:
    value = {"value": ("bytes", b"\xff"), "next": ("org.example.Tree", {"value": ("int", 1), "next": None})}
    before = repr(value)
    json.dumps(encoder(TREE, bytes_as="text")(value))
    assert repr(value) == before
