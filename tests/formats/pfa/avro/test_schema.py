"""Avro schemas become types; names are declared once and may be used anywhere in a document."""

from __future__ import annotations

from typing import Any

import pytest

from salver.formats.pfa.avro.schema import Schemas
from salver.formats.pfa.avro.types import (
    DOUBLE,
    INT,
    NO_DEFAULT,
    NULL,
    PRIMITIVES,
    STRING,
    Array,
    Enum,
    Fixed,
    Map,
    Record,
    Type,
    Union,
)
from salver.formats.pfa.errors import PFASyntaxError


def types_of(*schemas: Any) -> list[Type]:
    known = Schemas()
    places = [known.place(schema, f"s{at}") for at, schema in enumerate(schemas)]
    known.resolve()
    return [place.type for place in places]


def type_of(schema: Any) -> Type:
    return types_of(schema)[0]


def record_of(schema: Any) -> Record:
    found = type_of(schema)
    assert isinstance(found, Record)
    return found


def record(name: str, *fields: Any, **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(name: str, of: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": of, **more}


@pytest.mark.parametrize("name", sorted(PRIMITIVES))
def test_primitive_types_go_by_their_names(name: str) -> None:
    assert type_of(name) is PRIMITIVES[name]
    assert type_of({"type": name}) is PRIMITIVES[name]
    assert type_of({"type": {"type": name, "doc": "what it means"}}) is PRIMITIVES[name]


def test_arrays_maps_and_unions_hold_others() -> None:
    assert type_of({"type": "array", "items": {"type": "map", "values": ["null", "int"]}}) == Array(
        Map(Union([NULL, INT]))
    )


def test_a_record_has_fields_with_defaults_and_orders() -> None:
    found = record_of(
        record("R", field("x", "int", default=3), field("y", "string", order="descending"), namespace="com.example")
    )
    assert found.tag == "com.example.R"
    assert [(f.name, f.type, f.default, f.order) for f in found.fields] == [
        ("x", INT, 3, "ascending"),
        ("y", STRING, NO_DEFAULT, "descending"),
    ]


def test_enums_and_fixed_types_keep_what_they_say() -> None:
    found = type_of({"type": "enum", "name": "E", "symbols": ["b", "a"]})
    assert isinstance(found, Enum)
    assert found.symbols == ("b", "a")
    sized = type_of({"type": "fixed", "name": "F", "size": 0})
    assert isinstance(sized, Fixed)
    assert sized.size == 0


def test_a_name_may_be_used_before_it_is_declared_and_elsewhere() -> None:
    used, declared = types_of({"type": "array", "items": "R"}, record("R", field("x", "int")))
    assert isinstance(used, Array)
    assert used.items is declared


def test_a_record_may_hold_itself() -> None:
    tree = record_of(record("Tree", field("left", ["null", "Tree"]), field("value", "double")))
    left = tree.types["left"]
    assert isinstance(left, Union)
    assert left.types[1] is tree


def test_a_name_is_looked_up_in_the_name_space_around_it() -> None:
    outer = record_of(
        record("Outer", field("inner", record("Inner", field("x", "int"))), field("again", "Inner"), namespace="a.b")
    )
    inner = outer.types["inner"]
    assert inner.tag == "a.b.Inner"
    assert outer.types["again"] is inner


def test_a_full_name_says_its_name_space_itself() -> None:
    assert type_of(record("a.b.R", field("x", "int"), namespace="ignored")).tag == "a.b.R"


@pytest.mark.parametrize(
    ("schema", "path", "message"),
    [
        ("Nothing", "s0", "no type 'Nothing'"),
        ({"type": "Nothing"}, "s0.type", "no type 'Nothing'"),
        (3, "s0", "an Avro schema is"),
        ({"items": "int"}, "s0", "an Avro schema is"),
        ({"type": 3}, "s0.type", "the name of a type is text"),
        ({"type": "array"}, "s0", "an array must say its 'items'"),
        ({"type": "map"}, "s0", "a map must say its 'values'"),
        ({"type": "enum", "name": "E"}, "s0", "must say its 'symbols'"),
        ({"type": "record", "fields": []}, "s0", "must say its 'name'"),
        ({"type": "fixed", "name": "F"}, "s0", "must say its 'size'"),
        ([], "s0", "at least one type"),
        (["int", "int"], "s0[1]", "a union holds int once"),
        (["null", {"type": "array", "items": "int"}, {"type": "array", "items": "string"}], "s0[2]", "array once"),
        (["int", ["null", "string"]], "s0[1]", "does not hold a union"),
        (record("R", field("x", "int"), field("x", "int")), "s0.fields[1]", "is there twice"),
        (record("R", {"name": "x"}), "s0.fields[0]", "a field has"),
        (record("R", field("1x", "int")), "s0.fields[0].name", "no name for a field"),
        (record("R", field("x", "int", order="up")), "s0.fields[0]", "order of a field"),
        ({"type": "record", "name": "R", "fields": {}}, "s0.fields", "a list"),
        (record("1R"), "s0.name", "no name for a type"),
        (record("R", namespace=3), "s0.namespace", "no name space"),
        (record("int"), "s0", "is the name of a kind"),
        (record("record"), "s0", "is the name of a kind"),
        ({"type": "enum", "name": "E", "symbols": ["a", "a"]}, "s0.symbols", "twice"),
        ({"type": "enum", "name": "E", "symbols": ["a b"]}, "s0.symbols", "a list of names"),
        ({"type": "fixed", "name": "F", "size": -1}, "s0.size", "a number of bytes"),
        ({"type": "fixed", "name": "F", "size": True}, "s0.size", "a number of bytes"),
    ],
)
def test_what_is_no_schema_is_refused_with_its_place(schema: Any, path: str, message: str) -> None:
    with pytest.raises(PFASyntaxError, match=message) as refused:
        types_of(schema)
    assert refused.value.path == path


def test_a_second_declaration_is_refused_even_an_equal_one() -> None:
    with pytest.raises(PFASyntaxError, match="declared twice") as refused:
        types_of(record("R", field("x", "int")), record("R", field("x", "int")))
    assert refused.value.path == "s1"


def test_the_same_name_in_two_name_spaces_is_two_types() -> None:
    one, other = types_of(record("R", namespace="a"), record("R", namespace="b"))
    assert one != other


def test_a_type_is_not_there_before_all_are_known() -> None:
    with pytest.raises(LookupError, match="not been resolved"):
        _ = Schemas().place("int", "input").type


def test_a_default_is_not_read_as_a_schema() -> None:
    found = record_of(record("R", field("x", "double", default={"type": "record", "name": "R"})))
    assert found.types == {"x": DOUBLE}
