"""Literals and what makes new values."""

from __future__ import annotations

import base64
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_forms import INTS, answer, array, refused, typed

from salver.formats.pfa import PFASyntaxError

POINT = {
    "type": "record",
    "name": "Point",
    "fields": [{"name": "x", "type": "double"}, {"name": "y", "type": "double"}],
}
MAYBE = ["null", "double", "string"]


@pytest.mark.parametrize(
    ("literal", "of", "value"),
    [
        (None, "null", None),
        (True, "boolean", True),
        (3, "int", 3),
        (2**40, "long", 2**40),
        (-3.5, "double", -3.5),
        ([["text"]], "string", "text"),
        ({"int": -(2**31)}, "int", -(2**31)),
        ({"long": -(2**63)}, "long", -(2**63)),
        ({"double": 3}, "double", 3.0),
        ({"float": 0.1}, "float", 0.10000000149011612),
        ({"float": 1e300}, "float", math.inf),
        ({"string": "'\"\\\n\x00\x01\x02}{"}, "string", "'\"\\\n\x00\x01\x02}{"),
        ({"base64": base64.b64encode(b"\x00\xff'").decode()}, "bytes", b"\x00\xff'"),
        (typed("bytes", "\x00\u00ff"), "bytes", b"\x00\xff"),
        (typed(INTS, [1, 2]), INTS, [1, 2]),
        (typed({"type": "map", "values": "double"}, {"a": 1}), {"type": "map", "values": "double"}, {"a": 1.0}),
        (typed(MAYBE, {"double": 3}), MAYBE, {"double": 3.0}),
        (typed(MAYBE, None), MAYBE, None),
    ],
)
def test_a_literal_is_its_value(literal: Any, of: Any, value: Any) -> None:
    found = answer(literal, gives=of)
    assert found == value
    assert type(found) is type(value)


def test_a_whole_number_is_an_int_and_becomes_what_is_wanted() -> None:
    found = answer(3, gives="double")
    assert (found, type(found)) == (3.0, float)


@given(st.floats(allow_nan=False))
@settings(max_examples=30, deadline=None)
def test_a_double_keeps_its_bits(number: float) -> None:
    found = answer({"double": number}, gives="double")
    assert (found, math.copysign(1, found)) == (number, math.copysign(1, number))


@given(st.text().filter(lambda text: text != "@"))  # which is a mark, as a key, and left out
@settings(max_examples=30, deadline=None)
def test_no_text_gets_out_of_its_quotes(text: str) -> None:
    assert answer({"string": text}, gives="string") == text
    assert answer(
        {"new": {text: 1}, "type": {"type": "map", "values": "int"}}, gives={"type": "map", "values": "int"}
    ) == {text: 1}


@pytest.mark.parametrize(
    ("of", "value", "path"),
    [
        ("int", 3.5, "action.value"),
        (INTS, [1, "x"], "action.value[1]"),
        (POINT, {"x": 1}, "action.value"),
        (MAYBE, {"int": "x"}, "action.value"),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_refused(of: Any, value: Any, path: str) -> None:
    assert refused(typed(of, value), gives=of if isinstance(of, str) else "int").path.startswith(path)


def test_new_makes_arrays_maps_and_records() -> None:
    assert answer(array("input", 2, of="double"), 1, gives={"type": "array", "items": "double"}) == [1.0, 2.0]
    ints = {"type": "map", "values": "int"}
    assert answer({"new": {"a": "input", "not a name": 2}, "type": ints}, 1, gives=ints) == {"a": 1, "not a name": 2}
    found = answer({"new": {"y": "input", "x": 2}, "type": POINT}, 1, gives="Point")
    assert found == {"x": 2.0, "y": 1.0}
    assert all(type(value) is float for value in found.values())


def test_what_is_put_into_a_union_is_tagged() -> None:
    maybe = {"type": "array", "items": MAYBE}
    assert answer({"new": ["input", None, ["x"]], "type": maybe}, 1, gives=maybe) == [
        {"double": 1.0},
        None,
        {"string": "x"},
    ]


def test_new_of_literals_is_not_shared_with_what_comes_out() -> None:
    made = answer(array(1, 2), gives=INTS)
    made.append(3)
    assert answer(array(1, 2), gives=INTS) == [1, 2]


@pytest.mark.parametrize(
    ("new", "of"),
    [
        ([1], {"type": "map", "values": "int"}),
        ({"a": 1}, INTS),
        ([1], "int"),
        (["input"], {"type": "array", "items": "string"}),
        ({"x": 1}, POINT),
        ({"x": 1, "y": 2, "z": 3}, POINT),
        ({"x": ["a"], "y": 2}, POINT),
    ],
)
def test_new_of_what_does_not_fit_is_refused(new: Any, of: Any) -> None:
    refused({"new": new, "type": of})


@pytest.mark.parametrize("literal", [{"int": 2**31}, 2**63, {"base64": "%"}, {"long": "3"}])
def test_a_literal_out_of_its_bounds_is_a_wrong_form(literal: Any) -> None:
    refused(literal, PFASyntaxError)
