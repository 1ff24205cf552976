from __future__ import annotations

import math
from functools import cmp_to_key
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.formats.pfa.avro.types import (
    BYTES,
    DOUBLE,
    INT,
    NULL,
    STRING,
    Array,
    Enum,
    Field,
    Map,
    Record,
    Type,
    Union,
)
from salver.formats.pfa.values.order import NoOrder, comparison, equality, natural, sort_key

SIZE = Enum("Size", ["small", "large", "huge"])
MIXED = Record("Mixed", [Field("a", INT, ..., "descending"), Field("b", INT, ..., "ignore"), Field("c", DOUBLE)])
TREE = Record("Tree")
TREE.fields = (Field("value", INT), Field("next", Union([NULL, TREE])))


@pytest.mark.parametrize(
    ("of", "first", "second"),
    [
        (DOUBLE, 1.0, 2.0),
        (DOUBLE, math.inf, math.nan),
        (DOUBLE, -math.inf, 0.0),
        (STRING, "B", "a"),
        (BYTES, b"\x7f", b"\x80"),
        (SIZE, "large", "huge"),
        (Array(INT), [1], [1, 0]),
        (Array(INT), [1, 5], [2]),
        (Union([STRING, INT]), ("string", "z"), ("int", 0)),
        (Union([NULL, DOUBLE]), None, ("double", -math.inf)),
        (Union([NULL, DOUBLE]), ("double", 1.0), ("double", math.nan)),
        (MIXED, {"a": 2, "b": 0, "c": 0.0}, {"a": 1, "b": 0, "c": 0.0}),
        (MIXED, {"a": 1, "b": 9, "c": 1.0}, {"a": 1, "b": 0, "c": math.nan}),
        (TREE, {"value": 1, "next": None}, {"value": 1, "next": ("Tree", {"value": 0, "next": None})}),
    ],
)
def test_values_come_in_the_order_of_avro(of: Type, first: Any, second: Any) -> None:
    compare, equal = comparison(of), equality(of)
    assert (compare(first, second), compare(second, first)) == (-1, 1)
    assert compare(first, first) == compare(second, second) == 0
    assert equal(first, first)
    assert not equal(first, second)
    assert sorted([second, first], key=sort_key(of)) == [first, second]


def test_a_field_that_does_not_count_makes_no_difference() -> None:
    assert equality(MIXED)({"a": 1, "b": 0, "c": math.nan}, {"a": 1, "b": 5, "c": math.nan})


def test_zeros_of_both_signs_are_equal() -> None:
    assert comparison(DOUBLE)(0.0, -0.0) == 0


@pytest.mark.parametrize("of", [Map(INT), Array(Map(INT)), Record("Holder", [Field("x", Map(INT))])])
def test_maps_have_no_order(of: Type) -> None:
    for what in (comparison, equality, sort_key):
        with pytest.raises(NoOrder):
            what(of)


def test_a_map_in_a_field_that_does_not_count_does_no_harm() -> None:
    of = Record("Holder", [Field("x", Map(INT), ..., "ignore"), Field("y", INT)])
    assert comparison(of)({"x": {}, "y": 1}, {"x": {"a": 1}, "y": 2}) == -1


def test_only_what_python_orders_alike_is_natural() -> None:
    assert all(map(natural, (INT, STRING, BYTES, Array(Array(INT)))))
    assert not any(map(natural, (DOUBLE, SIZE, MIXED, Array(DOUBLE), Union([NULL, INT]))))


@given(st.lists(st.lists(st.floats(), max_size=3), max_size=6))
def test_the_key_to_sort_by_is_that_of_the_comparison(values: list[list[float]]) -> None:
    of = Array(DOUBLE)
    by_comparison = sorted(values, key=cmp_to_key(comparison(of)))
    assert repr(sorted(values, key=sort_key(of))) == repr(by_comparison)
