"""Which signatures fit which arguments, and what their letters stand for."""

from __future__ import annotations

import pytest

from salver.formats.pfa.avro.accepts import accepts
from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BOTTOM,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    NULL,
    NUMBERS,
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
from salver.formats.pfa.library.patterns import parse_signature
from salver.formats.pfa.library.table import load_all
from salver.formats.pfa.library.unify import Match, match

POINT = Record("Point", [Field("x", DOUBLE), Field("y", DOUBLE)])
PLUS = "(x: any A of int long float double, y: A) -> A"
MAP = "(a: array(any A), f: fcn(A) -> any B) -> array(B)"


def fit(text: str, *given: Type) -> Match | None:
    return match(parse_signature(text), given)


def returned(text: str, *given: Type) -> Type:
    found = fit(text, *given)
    assert found is not None
    return found.ret


@pytest.mark.parametrize("wanted", NUMBERS)
@pytest.mark.parametrize("given", NUMBERS)
def test_a_number_fits_where_it_can_be_promoted(wanted: Type, given: Type) -> None:
    found = fit(f"(x: {wanted.tag}) -> int", given)
    assert (found is not None) is accepts(wanted, given)
    assert found is None or found.params == (wanted,)


def test_the_number_of_arguments_counts() -> None:
    assert fit("(x: int) -> int") is None
    assert fit("(x: int) -> int", INT, INT) is None
    assert fit("() -> int") is not None


@pytest.mark.parametrize(("one", "other", "ret"), [(INT, INT, INT), (INT, DOUBLE, DOUBLE), (FLOAT, LONG, FLOAT)])
def test_a_letter_becomes_what_accepts_all_it_has_met(one: Type, other: Type, ret: Type) -> None:
    found = fit(PLUS, one, other)
    assert found is not None
    assert (found.letters, found.params, found.ret) == ({"A": ret}, (ret, ret), ret)


@pytest.mark.parametrize("other", [STRING, NULL, BOTTOM, Union([INT, NULL]), Array(INT), BOOLEAN])
def test_a_letter_that_is_one_of_some_types_is_no_other(other: Type) -> None:
    assert fit(PLUS, INT, other) is None
    assert fit(PLUS, other, INT) is None


def test_a_letter_may_become_a_union() -> None:
    assert returned("(x: any A, y: A) -> A", INT, STRING) == Union([INT, STRING])
    assert returned("(a: array(any A), x: A) -> array(A)", Array(INT), NULL) == Array(Union([INT, NULL]))


def test_letters_are_met_within_arrays_maps_and_functions() -> None:
    assert returned(MAP, Array(INT), Function([INT], STRING)) == Array(STRING)
    assert returned("(m: map(any A)) -> array(A)", Map(POINT)) == Array(POINT)


def test_a_function_takes_at_least_what_it_will_be_given() -> None:
    assert fit(MAP, Array(INT), Function([DOUBLE], STRING)) is not None
    assert fit(MAP, Array(DOUBLE), Function([INT], STRING)) is None
    assert fit(MAP, Array(Union([INT, NULL])), Function([INT], STRING)) is None
    assert fit(MAP, Array(INT), Function([INT, INT], STRING)) is None
    assert fit(MAP, Array(INT), INT) is None
    assert fit("(f: fcn(int) -> double) -> int", Function([DOUBLE], INT)) is not None
    assert fit("(f: fcn(double) -> int) -> int", Function([INT], INT)) is None


def test_a_record_has_at_least_the_fields_that_are_wanted() -> None:
    assert fit("(r: record R {x: double}) -> double", POINT) is not None
    assert fit("(r: record R {z: double}) -> double", POINT) is None
    assert fit("(r: record R {x: int}) -> double", POINT) is None
    assert fit("(r: record R {}) -> R", Map(DOUBLE)) is None
    assert returned("(r: record R {x: any A}) -> A", POINT) is DOUBLE


def test_fields_are_not_promoted() -> None:
    counted = Record("Counted", [Field("count", INT)])
    assert fit("(r: record R {count: double}) -> double", counted) is None


def test_enums_and_fixed_types_fit_by_their_kind() -> None:
    size, short = Enum("Size", ["s", "l"]), Fixed("Short", 2)
    assert returned("(e: enum E) -> E", size) is size
    assert returned("(f: fixed F) -> F", short) is short
    assert fit("(e: enum E) -> E", short) is None
    assert fit("(x: enum E, y: E) -> int", size, Enum("Other", ["s"])) is None


def test_names_of_fields_are_those_of_the_record_in_order() -> None:
    text = "(d: record D {}, t: record T {field: enum F fields D}) -> int"
    assert fit(text, POINT, Record("T", [Field("field", Enum("F", ["x", "y"]))])) is not None
    assert fit(text, POINT, Record("T", [Field("field", Enum("F", ["y", "x"]))])) is None
    assert fit(text, POINT, Record("T", [Field("field", Enum("F", ["x"]))])) is None


def test_branches_of_a_union_fit_in_any_order() -> None:
    text = "(x: union(any A, null)) -> A"
    assert returned(text, Union([NULL, INT])) is INT
    assert returned(text, Union([STRING, NULL])) is STRING
    assert fit(text, Union([NULL, INT, STRING])) is None


def test_one_branch_of_a_union_fits_alone() -> None:
    assert fit("(x: union(boolean, null)) -> int", BOOLEAN) is not None
    assert fit("(x: union(boolean, null)) -> int", NULL) is not None
    assert fit("(x: union(boolean, null)) -> int", INT) is None


def test_a_record_is_told_from_the_other_branch_of_a_union() -> None:
    text = "(t: record T {pass: union(T, any S), fail: union(T, S)}) -> S"
    for order in (0, 1):
        tree = Record("Tree")
        onward = Union([tree, STRING] if order else [STRING, tree])
        tree.fields = (Field("pass", onward), Field("fail", onward))
        assert returned(text, tree) is STRING


def test_what_never_gives_a_value_fits_nowhere() -> None:
    assert fit("(x: any A) -> A", BOTTOM) is None
    assert fit("(x: int) -> int", BOTTOM) is None


def test_what_a_signature_makes_of_arguments_accepts_them() -> None:
    types: list[Type] = [
        INT,
        DOUBLE,
        STRING,
        NULL,
        Array(INT),
        Array(DOUBLE),
        Map(DOUBLE),
        POINT,
        Union([NULL, INT]),
        Function([DOUBLE], INT),
    ]
    for known in load_all().values():
        for signature in known.signatures:
            if len(signature.params) == 2:
                for one in types:
                    for other in types:
                        found = match(signature, [one, other])
                        assert found is None or all(map(accepts, found.params, (one, other))), (known.name, one, other)
