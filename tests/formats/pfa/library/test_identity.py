import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pfa_calls import record

from salver.formats.pfa.avro.types import DOUBLE, INT, NULL, STRING, Array, Enum, Field, Map, Record, Type, Union
from salver.formats.pfa.library.identity import identities, identity
from salver.formats.pfa.values.order import equality

NUMBERS = st.sampled_from([0.0, -0.0, 1.0, math.nan, float("nan"), math.inf])
MAYBE = Union([NULL, DOUBLE, STRING])
MAYBES = st.none() | st.tuples(st.just("double"), NUMBERS) | st.tuples(st.just("string"), st.sampled_from("ab"))
POINT = record("Point", at=Array(DOUBLE), label=MAYBE)
POINTS = st.fixed_dictionaries({"at": st.lists(NUMBERS, max_size=2), "label": MAYBES})


def same(of: Type, one: Any, other: Any) -> bool:
    first, second = identities(of)([one, other])
    assert hash(first) is not None
    return bool(first == second and hash(first) == hash(second))


@given(POINTS, POINTS)
def test_keys_are_the_same_where_avro_says_equal(one: Any, other: Any) -> None:
    assert same(POINT, one, other) is equality(POINT)(one, other)
    assert same(MAYBE, one["label"], other["label"]) is equality(MAYBE)(one["label"], other["label"])


def test_plain_values_are_their_own_keys() -> None:
    for of in (INT, STRING, Enum("E", ["a"]), Union([NULL, INT])):
        assert identity(of) is None
    values = [1, 2]
    assert identities(INT)(values) is values


def test_fields_without_an_order_do_not_count() -> None:
    of = Record("R", [Field("x", INT), Field("note", STRING, order="ignore")])
    assert same(of, {"x": 1, "note": "a"}, {"x": 1, "note": "b"})
    assert not same(of, {"x": 1, "note": "a"}, {"x": 2, "note": "a"})


def test_maps_are_the_same_in_any_order() -> None:
    assert same(Map(INT), {"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert same(Map(DOUBLE), {"a": math.nan}, {"a": float("nan")})
    assert not same(Map(INT), {"a": 1}, {"b": 1})


def test_records_may_hold_themselves() -> None:
    of = Record("List")
    of.fields = (Field("head", DOUBLE), Field("tail", Union([NULL, of])))
    one = {"head": math.nan, "tail": ("List", {"head": 1.0, "tail": None})}
    other = {"head": float("nan"), "tail": ("List", {"head": 1.0, "tail": None})}
    assert same(of, one, other)
    assert not same(of, one, {**other, "tail": None})
