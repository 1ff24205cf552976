"""Laws that hold for the values of any type: its order is a total one, and what is converted is a value of the wider
type that means the same."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from salver.formats.pfa.avro.accepts import accepts
from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BYTES,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
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
from salver.formats.pfa.values.convert import converter
from salver.formats.pfa.values.floats import float32
from salver.formats.pfa.values.order import comparison, equality, sort_key

SIZE = Enum("Size", ["small", "large", "huge"])
PAIR = Record(
    "Pair", [Field("x", DOUBLE), Field("y", Array(INT), order="descending"), Field("z", STRING, order="ignore")]
)
SCALARS: dict[Type, st.SearchStrategy[Any]] = {
    NULL: st.none(),
    BOOLEAN: st.booleans(),
    INT: st.integers(-3, 3) | st.integers(-(2**31), 2**31 - 1),
    LONG: st.integers(-3, 3) | st.integers(-(2**63), 2**63 - 1),
    FLOAT: st.sampled_from([math.nan, 0.0, -0.0, math.inf]) | st.floats(width=32),
    DOUBLE: st.sampled_from([math.nan, 0.0, -0.0, math.inf]) | st.floats(),
    STRING: st.text(max_size=2),
    BYTES: st.binary(max_size=2),
    SIZE: st.sampled_from(SIZE.symbols),
}
LAWS = settings(max_examples=60, deadline=None)
TYPES = st.recursive(
    st.sampled_from([*SCALARS, PAIR]),
    lambda inner: (
        inner.map(Array)
        | st.lists(inner, min_size=2, max_size=3).map(
            lambda types: Union(list({one.tag: one for one in types if not isinstance(one, Union)}.values()) or [NULL])
        )
    ),
    max_leaves=4,
)


def values_of(of: Type) -> st.SearchStrategy[Any]:
    """Values of a type, as they are kept inside."""
    if isinstance(of, Array):
        return st.lists(values_of(of.items), max_size=3)
    if isinstance(of, Map):
        return st.dictionaries(st.sampled_from("ab"), values_of(of.values), max_size=2)
    if isinstance(of, Record):
        return st.fixed_dictionaries({name: values_of(kind) for name, kind in of.types.items()})
    if isinstance(of, Union):
        return st.one_of([_branch(branch) for branch in of.types])
    return SCALARS[of]


def _branch(branch: Type) -> st.SearchStrategy[Any]:
    return st.none() if branch is NULL else values_of(branch).map(lambda value: (branch.tag, value))


def is_value(value: Any, of: Type) -> bool:
    """Whether a value is kept as one of a type should be."""
    if isinstance(of, Array):
        return type(value) is list and all(is_value(one, of.items) for one in value)
    if isinstance(of, Map):
        return type(value) is dict and all(is_value(one, of.values) for one in value.values())
    if isinstance(of, Record):
        return value.keys() == of.types.keys() and all(is_value(value[name], kind) for name, kind in of.types.items())
    if isinstance(of, Union):
        return (value is None and NULL in of.types) or (
            value[0] in of.branches and is_value(value[1], of.branches[value[0]])
        )
    if of is FLOAT:
        return type(value) is float and (float32(value) == value or value != value)
    kinds: dict[Type, type] = {NULL: type(None), BOOLEAN: bool, INT: int, LONG: int, DOUBLE: float, BYTES: bytes}
    return type(value) is kinds.get(of, str)


@given(st.data(), TYPES)
@LAWS
def test_the_order_of_any_type_is_total(data: st.DataObject, of: Type) -> None:
    compare = comparison(of)
    x, y, z = (data.draw(values_of(of)) for _ in range(3))
    assert compare(x, x) == 0
    assert compare(x, y) == -compare(y, x)
    assert compare(x, y) in (-1, 0, 1)
    if compare(x, y) <= 0 and compare(y, z) <= 0:
        assert compare(x, z) <= 0


@given(st.data(), TYPES)
@LAWS
def test_what_is_equal_is_neither_before_nor_after(data: st.DataObject, of: Type) -> None:
    compare, equal = comparison(of), equality(of)
    x, y = (data.draw(values_of(of)) for _ in range(2))
    assert equal(x, y) is (compare(x, y) == 0)


@given(st.data(), TYPES)
@LAWS
def test_sorted_values_stand_in_order(data: st.DataObject, of: Type) -> None:
    compare = comparison(of)
    found = sorted(data.draw(st.lists(values_of(of), max_size=6)), key=sort_key(of))
    assert all(compare(one, other) <= 0 for one, other in pairwise(found))


@given(st.data(), TYPES, TYPES)
@LAWS
def test_what_is_converted_is_a_value_of_the_wider_type(data: st.DataObject, narrow: Type, extra: Type) -> None:
    for wanted in (narrow, extra, Array(DOUBLE), DOUBLE, Union([NULL, DOUBLE, STRING, Array(DOUBLE)])):
        if accepts(wanted, narrow):
            value = data.draw(values_of(narrow))
            step = converter(narrow, wanted)
            found = value if step is None else step(value)
            assert is_value(found, wanted), (narrow, wanted, value, found)


@given(st.data(), st.sampled_from([INT, LONG, FLOAT, DOUBLE]), st.sampled_from([INT, LONG, FLOAT, DOUBLE]))
@LAWS
def test_an_order_is_kept_by_conversion(data: st.DataObject, narrow: Type, wide: Type) -> None:
    if accepts(wide, narrow):
        x, y = (data.draw(values_of(narrow)) for _ in range(2))
        step = converter(narrow, wide) or (lambda value: value)
        if comparison(narrow)(x, y) <= 0:
            assert comparison(wide)(step(x), step(y)) <= 0
