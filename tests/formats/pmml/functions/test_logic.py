"""Kleene's logic, and choice."""

from __future__ import annotations

import pytest
from pmml_expressions import Rows, answers, apply, constant, type_of, values

T, F, N = True, False, None
ALL = {"p:boolean": [T, T, T, F, F, F, N, N, N], "q:boolean": [T, F, N, T, F, N, T, F, N]}


@pytest.mark.parametrize(
    ("name", "wanted"), [("and", [T, F, N, F, F, F, N, F, N]), ("or", [T, T, T, T, F, N, T, N, N])]
)
def test_three_values(name, wanted):
    assert values(apply(name, "p", "q"), ALL) == wanted
    assert values(apply(name, "p", "q", "p"), ALL) == wanted
    neutral = constant(name == "and")
    assert values(apply(name, "p", "q", neutral), ALL) == wanted


def test_not():
    assert values(apply("not", "p"), {"p:boolean": [T, F, N]}) == [F, T, N]


def test_other_kinds_are_read_as_truth_values():
    assert values(apply("not", "s"), {"s:string": ["true", "FALSE", None]}) == [F, T, N]
    assert values(apply("and", "x", constant(True)), {"x": [1, 0, None]}) == [T, F, N]
    found, refused = answers(apply("not", "x"), {"x": [2]})
    assert found == [N]
    assert refused == {0: "Apply gives '2.0', no boolean"}


def test_choice():
    rows = {"p:boolean": [T, F, N], "x": [1, 2, 3], "y": [10, 20, 30]}
    assert values(apply("if", "p", "x", "y"), rows) == [1, 20, None]
    assert values(apply("if", "p", "x"), rows) == [1, None, None]
    assert values(apply("if", "p", constant("a"), constant("b")), rows) == ["a", "b", None]
    assert values(apply("if", "p", constant(None), "y"), rows) == [None, 20, None]


@pytest.mark.parametrize(
    ("first", "second", "type_"),
    [
        (1, 2, "integer"),
        (1, 2.5, "double"),
        (constant("a"), 1, "string"),
        (constant(None), 1, "integer"),
        (constant(True), constant(False), "boolean"),
        (constant("2020-01-01", "date"), constant(None), "date"),
        (constant(True), 2, "integer"),
    ],
)
def test_a_choice_is_of_the_type_that_holds_both(first, second, type_):
    assert type_of(apply("if", "p", first, second), ALL) == type_


def test_numbers_and_texts_become_texts():
    assert values(apply("if", "p", 1, constant("one")), {"p:boolean": [T, F]}) == ["1", "one"]


def test_only_the_branch_that_is_chosen_may_refuse():
    rows = {"n:integer": [0, 2, 0], "p:boolean": [F, T, T]}
    found, refused = answers(apply("if", "p", apply("/", 10, "n"), -1), rows)
    assert found[:2] == [-1, 5]
    assert list(refused) == [2]


def test_what_must_not_be_looked_at_is_not_where_it_is_not_chosen():
    rows = Rows({"p:boolean": [F, T], "x": [1, 2]})
    expression = rows.compiled(apply("if", "p", "x", 7))
    frame = rows.frame()
    frame.doubt(rows.field("x"), frame.column(rows.field("x")) < 2, lambda row: "invalid")
    assert expression.compute(frame).tolist() == [7.0, 2.0]
    assert frame.refused == {}


def test_a_derived_field_is_computed_only_where_it_is_chosen():
    rows = Rows({"n:integer": [0, 2], "p:boolean": [F, T]})
    rows.scope.put("d", rows.derived(f'<DerivedField dataType="integer">{apply("/", 10, "n")}</DerivedField>'))
    expression = rows.compiled(apply("if", "p", "d", -1))
    frame = rows.frame()
    assert expression.compute(frame).tolist() == [-1.0, 5.0]
    assert frame.refused == {}
