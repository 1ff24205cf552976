"""Signatures as text become patterns."""

from __future__ import annotations

import pytest

from salver.formats.pfa.avro.types import DOUBLE, INT, NULL, STRING
from salver.formats.pfa.library.patterns import (
    ArrayOf,
    Exact,
    FieldNames,
    FunctionOf,
    Letter,
    MapOf,
    NamedLetter,
    Pattern,
    UnionOf,
    parse_signature,
)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("int", Exact(INT)),
        ("array(map(double))", ArrayOf(MapOf(Exact(DOUBLE)))),
        ("union(null, string)", UnionOf((Exact(NULL), Exact(STRING)))),
        ("fcn(int, any A) -> A", FunctionOf((Exact(INT), Letter("A")), Letter("A"))),
        ("fcn() -> int", FunctionOf((), Exact(INT))),
        ("any A", Letter("A")),
        ("any A of int double", Letter("A", (INT, DOUBLE))),
        ("enum E", NamedLetter("enum", "E")),
        ("fixed F", NamedLetter("fixed", "F")),
        ("enum F fields D", FieldNames("F", "D")),
        ("record R {}", NamedLetter("record", "R")),
        ("record R {x: int, y: any A}", NamedLetter("record", "R", {"x": Exact(INT), "y": Letter("A")})),
    ],
)
def test_a_type_is_read(text: str, pattern: Pattern) -> None:
    read = parse_signature(f"(x: {text}) -> int")
    assert read.params == (("x", pattern),)
    assert read.ret == Exact(INT)


def test_parameters_come_in_order_with_their_names() -> None:
    read = parse_signature("(first: int, second: array(any A), third: A) -> A")
    assert [name for name, _ in read.params] == ["first", "second", "third"]
    assert read.ret == Letter("A")


def test_a_letter_keeps_its_kind_where_it_is_mentioned_again() -> None:
    read = parse_signature("(d: record D {}, t: record T {pass: union(T, any S)}) -> D")
    assert read.ret == NamedLetter("record", "D")
    tree = read.params[1][1]
    assert isinstance(tree, NamedLetter)
    assert tree.fields["pass"] == UnionOf((NamedLetter("record", "T"), Letter("S")))


@pytest.mark.parametrize(
    "text", ["", "(x: int)", "x: int -> int", "(x int) -> int", "(x: nothing) -> int", "(x: array int) -> int"]
)
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"signature wants|is no type"):
        parse_signature(text)
