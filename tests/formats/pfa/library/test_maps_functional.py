from typing import Any

import pytest
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import INT, NULL, STRING, Function, Map, Type, Union
from salver.formats.pfa.library.maps_functional import (
    corresponds,
    corresponds_with_key,
    filtered,
    filtered_with_key,
    flat_mapped,
    flat_mapped_with_key,
    mapped,
    mapped_with_key,
    zip_mapped,
    zip_mapped_with_key,
)

M = {"a": 1, "b": 2, "c": 3}


def test_each_value_is_mapped() -> None:
    assert mapped(M, lambda x: x * 10) == {"a": 10, "b": 20, "c": 30}
    assert mapped_with_key(M, lambda key, x: key * x) == {"a": "a", "b": "bb", "c": "ccc"}
    assert mapped({}, lambda x: x) == {}


def test_some_values_stay() -> None:
    assert filtered(M, lambda x: x > 1) == {"b": 2, "c": 3}
    assert filtered_with_key(M, lambda key, x: key == "a" or x == 3) == {"a": 1, "c": 3}


@pytest.mark.parametrize(
    ("ret", "small"), [(Union([INT, NULL]), ("int", 1)), (Union([NULL, INT]), ("int", 1)), (INT, 1)]
)
def test_what_is_null_is_left_out_and_the_rest_taken_out_of_its_union(ret: Type, small: Any) -> None:
    plain = made("map.filterMap", Map(INT), Function([INT], ret))
    assert plain(M, lambda x: small if x < 3 else None) == {"a": 1, "b": 1}
    keyed = made("map.filterMapWithKey", Map(INT), Function([STRING, INT], ret))
    assert keyed(M, lambda key, _x: None if key == "a" else small) == {"b": 1, "c": 1}


def test_maps_of_all_values_become_one() -> None:
    assert flat_mapped(M, lambda x: {"odd" if x % 2 else "even": x}) == {"odd": 3, "even": 2}
    assert flat_mapped_with_key(M, lambda key, x: {key: x, key * 2: x} if x > 1 else {}) == {
        "b": 2,
        "bb": 2,
        "c": 3,
        "cc": 3,
    }


def test_values_under_the_same_keys_are_joined() -> None:
    other = {"c": 300, "b": 200, "a": 100}
    assert zip_mapped(M, other, lambda x, y: x + y) == {"a": 101, "b": 202, "c": 303}
    assert zip_mapped(M, other, M, lambda x, y, z: x + y + z) == {"a": 102, "b": 204, "c": 306}
    assert zip_mapped(M, M, M, M, lambda *four: sum(four)) == {"a": 4, "b": 8, "c": 12}
    assert zip_mapped_with_key(M, other, lambda key, x, y: f"{key}{x + y}") == {"a": "a101", "b": "b202", "c": "c303"}
    assert zip_mapped_with_key(M, M, M, M, lambda key, *four: key * sum(four))["a"] == "aaaa"
    assert zip_mapped({}, {}, lambda x, _y: x) == {}


def test_maps_to_be_joined_have_the_same_keys() -> None:
    for other in ({"a": 1}, {**M, "d": 4}, {"a": 1, "b": 2, "d": 3}):
        fails(26370, lambda other=other: zip_mapped(M, other, max))  # type: ignore[misc]
        fails(26370, lambda other=other: zip_mapped(M, M, M, other, max))  # type: ignore[misc]
        fails(26380, lambda other=other: zip_mapped_with_key(M, other, max))  # type: ignore[misc]


def test_maps_correspond_where_the_function_says_so_of_all() -> None:
    other = {"c": 3, "b": 2, "a": 1}
    assert corresponds(M, other, lambda x, y: x == y) is True
    assert corresponds(M, {**other, "a": 2}, lambda x, y: x == y) is False
    assert corresponds(M, {"a": 1}, lambda _x, _y: True) is False
    assert corresponds_with_key(M, other, lambda key, x, y: key in "abc" and x == y) is True
    assert corresponds_with_key(M, other, lambda key, _x, _y: key != "b") is False
    assert corresponds_with_key({}, {}, lambda _key, _x, _y: False) is True
