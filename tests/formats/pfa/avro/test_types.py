"""Types as values: what is equal, and what they are called."""

from __future__ import annotations

import pytest

from salver.formats.pfa.avro.types import (
    DOUBLE,
    INT,
    NULL,
    STRING,
    Array,
    Enum,
    Field,
    Fixed,
    Function,
    Map,
    Record,
    Type,
    Union,
)

SAME = [
    (Array(INT), Array(INT)),
    (Map(Array(DOUBLE)), Map(Array(DOUBLE))),
    (Union([NULL, INT]), Union([NULL, INT])),
    (Function([INT], STRING), Function([INT], STRING)),
    (Record("R", [Field("x", INT)]), Record("R")),
    (Enum("E", ["a"]), Enum("E", ["a"])),
]
DIFFERENT = [
    (Array(INT), Array(DOUBLE)),
    (Array(INT), Map(INT)),
    (Union([NULL, INT]), Union([INT, NULL])),
    (Function([INT], STRING), Function([STRING], INT)),
    (Record("R"), Record("R", (), "space")),
    (Record("R"), Enum("R", [])),
    (Fixed("F", 1), Fixed("G", 1)),
    (INT, DOUBLE),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_types_of_one_structure_are_equal_and_hash_alike(one: Type, other: Type) -> None:
    assert one == other
    assert hash(one) == hash(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_types_differ(one: Type, other: Type) -> None:
    assert one != other


def test_a_named_type_is_tagged_by_its_full_name() -> None:
    assert Record("R").tag == "R"
    assert Enum("E", ["a"], "com.example").tag == "com.example.E"


def test_a_union_knows_its_branches_by_their_tags() -> None:
    inner = Record("R", (), "space")
    of = Union([NULL, Array(INT), inner])
    assert of.branches == {"null": NULL, "array": Array(INT), "space.R": inner}


def test_a_record_knows_the_types_of_its_fields_in_order() -> None:
    assert list(Record("R", [Field("y", INT), Field("x", STRING)]).types.items()) == [("y", INT), ("x", STRING)]


def test_symbols_of_an_enum_have_ranks() -> None:
    assert Enum("E", ["small", "large"]).ranks == {"small": 0, "large": 1}


@pytest.mark.parametrize(
    ("of", "told"),
    [
        (INT, "int"),
        (Array(Map(DOUBLE)), "array of map of double"),
        (Union([NULL, Record("R", (), "a.b")]), "union of (null, a.b.R)"),
        (Function([INT, STRING], NULL), "function of (int, string) -> null"),
    ],
)
def test_types_are_told_in_words(of: Type, told: str) -> None:
    assert repr(of) == told


def test_a_record_may_hold_itself() -> None:
    tree = Record("Tree")
    tree.fields = (Field("next", Union([NULL, tree])),)
    assert tree.types["next"] == Union([NULL, tree])
    assert hash(tree) == hash(Record("Tree"))
    assert "Tree" in repr(tree.types["next"])
