import math

from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import made

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, INT, NULL, STRING, Array, Function, Map, Union
from salver.formats.pfa.library.maps_access import Values, all_except, join, only, remove, split, update, values

few = settings(max_examples=25, deadline=None)
MAPS = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 9))
KEYS = st.lists(st.sampled_from("abcdefg"))


def test_keys_and_values_are_in_one_order() -> None:
    m = {"b": 1, "a": 2}
    assert made("map.len", Map(INT))(m) == 2
    assert made("map.keys", Map(INT))(m) == ["b", "a"]
    assert values(m) == [1, 2]


def test_a_key_is_there_or_one_of_which_a_function_says_so() -> None:
    by_key, by_function = (made("map.containsKey", Map(INT), of) for of in (STRING, Function([STRING], BOOLEAN)))
    assert by_key({"a": 1}, "a") is True
    assert by_key({"a": 1}, "b") is False
    assert by_function({"a": 1, "b": 2}, lambda key: key > "a") is True
    assert by_function({}, lambda _key: True) is False


def test_a_value_is_there_or_one_of_which_a_function_says_so() -> None:
    by_value, by_function = (made("map.containsValue", Map(INT), of) for of in (INT, Function([INT], BOOLEAN)))
    assert by_value({"a": 1}, 1) is True
    assert by_value({"a": 1}, 2) is False
    assert by_function({"a": 1, "b": 2}, lambda value: value > 1) is True
    assert by_function({}, lambda _value: True) is False


def test_values_are_compared_as_avro_does() -> None:
    assert made("map.containsValue", Map(DOUBLE), DOUBLE)({"a": float("nan")}, math.nan) is True
    maybe = Union([NULL, DOUBLE])
    contains = made("map.containsValue", Map(maybe), maybe)
    assert contains({"a": ("double", math.nan)}, ("double", float("nan"))) is True
    assert contains({"a": ("double", 1.0)}, None) is False
    assert made("map.containsValue", Map(Map(INT)), Map(INT))({"x": {"a": 1, "b": 2}}, {"b": 2, "a": 1}) is True


def test_a_value_is_added_under_a_key_or_as_a_member_of_a_set() -> None:
    m = {"a": 1}
    assert made("map.add", Map(INT), STRING, INT)(m, "b", 2) == {"a": 1, "b": 2}
    assert made("map.add", Map(INT), STRING, INT)(m, "a", 2) == {"a": 2}
    assert made("map.add", Map(STRING), STRING)({}, "foo") == {"BmZvbw==": "foo"}
    assert m == {"a": 1}


def test_a_key_that_is_removed_need_not_be_there() -> None:
    m = {"a": 1, "b": 2}
    assert remove(m, "a") == {"b": 2}
    assert remove(m, "z") == {"a": 1, "b": 2}
    assert m == {"a": 1, "b": 2}


@few
@given(MAPS, KEYS)
def test_some_keys_and_the_others_make_the_map(m: Values, keys: list[str]) -> None:
    assert only(m, keys) | all_except(m, keys) == m
    assert only(m, keys).keys() <= set(keys)
    assert all_except(m, keys).keys().isdisjoint(keys)


@few
@given(st.lists(MAPS))
def test_the_last_of_some_maps_decides(maps: list[Values]) -> None:
    expected: Values = {}
    for one in maps:
        assert update(expected, one) == {**expected, **one}
        expected.update(one)
    assert join(maps) == expected
    assert join(split(expected)) == expected
    assert made("map.join", Array(Map(INT)))([]) == {}
