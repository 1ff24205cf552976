"""Data that do not fit the schema of the input are refused, and the field is named."""

from __future__ import annotations

from typing import Any

import pytest

from salver.formats.pfa import Engine, PFAInputError

Json = Any
PERSON = {
    "type": "record",
    "name": "Person",
    "fields": [
        {"name": "age", "type": "int"},
        {"name": "homes", "type": {"type": "array", "items": {"type": "map", "values": ["null", "double"]}}},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["a", "b"]}},
        {"name": "key", "type": {"type": "fixed", "name": "Key", "size": 2}},
    ],
}
RIGHT = {"age": 3, "homes": [{"x": {"double": 1.5}}, {"y": None}], "kind": "a", "key": b"ab"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("age", None),
        ("age", "3"),
        ("age", True),
        ("age", 3.0),
        ("age", 2**31),
        ("homes", {}),
        ("homes", "x"),
        ("homes[1]", [{}, 3]),
        ("homes[0].x", [{"x": "y"}]),
        ("homes[0].x", [{"x": {"int": 3}}]),
        ("homes[0].x", [{"x": {"double": 3.5, "null": None}}]),
        ("kind", "c"),
        ("kind", 1),
        ("kind", ["a"]),
        ("key", b"abc"),
        ("key", 17),
    ],
)
def test_data_that_do_not_fit_name_the_field(field: str, value: Json):
    engine = Engine.from_json({"input": PERSON, "output": "int", "action": "input.age"})
    assert engine.action(RIGHT) == 3
    with pytest.raises(PFAInputError) as error:
        engine.action({**RIGHT, field.split("[")[0]: value})
    assert field.split("[")[0] in str(error.value)
    assert error.value.path.endswith(field), error.value.path


def test_a_field_that_is_not_there_is_named():
    engine = Engine.from_json({"input": PERSON, "output": "int", "action": "input.age"})
    with pytest.raises(PFAInputError, match="kind"):
        engine.action({key: value for key, value in RIGHT.items() if key != "kind"})


@pytest.mark.parametrize("datum", [None, 3, "x", [], {"age": 3, 4: 5}, object(), {"age": object()}, float("nan")])
def test_whatever_comes_in_is_answered_or_refused(datum: Any):
    engine = Engine.from_json({"input": PERSON, "output": "int", "action": "input.age"})
    with pytest.raises(PFAInputError):
        engine.action(datum)
