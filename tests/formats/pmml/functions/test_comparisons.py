"""Comparisons: of numbers, texts, truth values, dates, and of each with another."""

from __future__ import annotations

import pytest
from pmml_expressions import Rows, apply, constant, value, values

from salver.core.errors import BadInput

T, F, N = True, False, None


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("equal", [F, T, F, N, N]),
        ("notEqual", [T, F, T, N, N]),
        ("lessThan", [T, F, F, N, N]),
        ("lessOrEqual", [T, T, F, N, N]),
        ("greaterThan", [F, F, T, N, N]),
        ("greaterOrEqual", [F, T, T, N, N]),
    ],
)
def test_numbers(name, wanted):
    rows = {"x": [1, 2, 3, None, 1], "y": [2, 2, 2, 2, None]}
    assert values(apply(name, "x", "y"), rows) == wanted
    assert values(apply(name, "x", 2), rows) == [*wanted[:4], wanted[0]]
    assert values(apply(name, 2, "y"), rows) == [wanted[1]] * 4 + [N]


def test_equality_has_no_tolerance():
    assert value(apply("equal", apply("+", 0.1, 0.2), 0.3)) is False


def test_texts():
    rows = {"s:string": ["a", "b", "B", None], "t:string": ["b", "b", "b", "b"]}
    assert values(apply("equal", "s", "t"), rows) == [F, T, F, N]
    assert values(apply("notEqual", "s", constant("b")), rows) == [T, F, T, N]
    assert values(apply("equal", constant("b"), "s"), rows) == [F, T, F, N]
    assert values(apply("equal", apply("lowercase", "s"), constant("b")), rows) == [F, T, T, N]
    assert values(apply("lessThan", "s", "t"), rows) == [T, F, T, N]
    assert values(apply("greaterOrEqual", "s", constant("a")), rows) == [T, T, F, N]


def test_ordinal_texts_have_the_order_of_their_field():
    rows = Rows({"s:string": ["low", "high", "else", None]})
    field = rows.field("s")
    field.levels, field.optype = ("low", "mid", "high"), "ordinal"
    less = rows.compiled(apply("lessThan", "s", constant("mid")))
    same = rows.compiled(apply("greaterOrEqual", "s", "s"))
    frame = rows.frame()
    assert less.compute(frame).tolist()[:2] == [1.0, 0.0]
    assert same.compute(frame).tolist()[:2] == [1.0, 1.0]
    assert (less.compute(frame)[2:] != less.compute(frame)[2:]).all()
    with pytest.raises(BadInput, match="'top' is not among the ordered values"):
        rows.compiled(apply("lessThan", "s", constant("top")))


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("s", 10, [T, F, F]),
        (10, "s", [T, F, F]),
        ("n", constant("10"), [T, F, N]),
        ("n", constant("ten"), [F, F, N]),
        ("n", "s", [T, F, N]),
        ("b", constant("true"), [T, F, N]),
        ("b", constant("maybe"), [F, F, N]),
        ("b", "t", [T, F, N]),
        ("d", constant("2020-01-01"), [T, F, N]),
        ("d", constant("2020-01-01", "date"), [T, F, N]),
        ("d", constant("2020-01-01T00:00:00", "dateTime"), [T, F, N]),
        ("d", "m", [T, F, N]),
        ("s", constant(None), [N, N, N]),
        ("n", constant(None), [N, N, N]),
    ],
)
def test_values_of_different_kinds(first, second, wanted):
    rows = {
        "s:string": ["10", "10.0", "ten"],
        "t:string": ["true", "true", "x"],
        "n:integer": [10, 7, None],
        "b:boolean": [True, False, None],
        "d:date": ["2020-01-01", "2020-01-02", None],
        "m:dateTime": ["2020-01-01T00:00:00", "2020-01-02T00:00:01", None],
    }
    assert values(apply("equal", first, second), rows) == wanted


def test_texts_are_read_for_order():
    assert values(apply("lessThan", "s", 9), {"s:string": ["8.5", "10", None]}) == [T, F, N]
    assert values(apply("greaterThan", "d", constant("2020-01-01")), {"d:date": ["2020-01-02"]}) == [T]
    with pytest.raises(BadInput, match="'nine' is no double"):
        values(apply("lessThan", "x", constant("nine")), {"x": [1]})


def test_truth_values_are_numbers():
    assert values(apply("greaterThan", "b", 0.5), {"b:boolean": [True, False, None]}) == [T, F, N]


# Lists.


def test_what_is_in_a_list():
    rows = {"x": [1, 3, None], "y": [3, 3, 3]}
    assert values(apply("isIn", "x", 1, 2), rows) == [T, F, F]
    assert values(apply("isNotIn", "x", 1, 2), rows) == [F, T, T]
    assert values(apply("isIn", "x", 1, "y"), rows) == [T, T, F]
    assert values(apply("isIn", 3, "x", "y"), rows) == [T, T, T]
    assert values(apply("isIn", "x", constant("1"), constant("one")), rows) == [T, F, F]


def test_what_is_missing_is_in_a_list_with_something_missing():
    assert values(apply("isIn", "x", 1, constant(None)), {"x": [1, 3, None]}) == [T, F, T]
    assert values(apply("isNotIn", "x", 1, constant(None)), {"x": [1, 3, None]}) == [F, T, F]
    assert values(apply("isIn", "x", "y"), {"x": [None, None, 1], "y": [None, 1, None]}) == [T, F, F]


def test_texts_in_a_list():
    rows = {"s:string": ["a", "b", "1", "1.5", None]}
    assert values(apply("isIn", "s", constant("a"), 1, 1.5), rows) == [T, F, T, T, F]
    assert values(apply("isNotIn", apply("uppercase", "s"), constant("A")), rows) == [F, T, T, T, T]


def test_dates_in_a_list():
    listed = (constant("2020-01-01", "date"), constant("2020-01-03"))
    rows = {"m:dateTime": ["2020-01-01T00:00:00", "2020-01-03T00:00:00", "2020-01-01T00:00:01"]}
    assert values(apply("isIn", "m", *listed), rows) == [T, T, F]


def test_many_numbers_in_a_list():
    assert values(apply("isIn", "x", *range(50)), {"x": [49, 50, 0.5]}) == [T, F, F]


# What is there.


def test_what_is_missing_and_what_is_valid():
    rows = {"x": [1, None], "s:string": ["", None]}
    for field in rows:
        name = field[0]
        assert values(apply("isMissing", name), rows) == [F, T]
        assert values(apply("isNotMissing", name), rows) == [T, F]
        assert values(apply("isValid", name), rows) == [T, F]
        assert values(apply("isNotValid", name), rows) == [F, T]
    assert values(apply("isMissing", apply("ln", "x")), {"x": [1, -1]}) == [F, T]


def test_what_the_dictionary_calls_invalid():
    rows = Rows({"s:string": ["known", "unknown", None]})
    tests = {name: rows.compiled(apply(name, "s")) for name in ("isValid", "isNotValid", "isMissing")}
    frame = rows.frame()
    frame.invalid[0] = frame.column(rows.field("s")) == "unknown"
    assert tests["isValid"].compute(frame).tolist() == [1.0, 0.0, 0.0]
    assert tests["isNotValid"].compute(frame).tolist() == [0.0, 1.0, 1.0]
    assert tests["isMissing"].compute(frame).tolist() == [0.0, 0.0, 1.0]
