import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pfa_calls import made, record

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, INT, STRING, Array, Enum, Function, Map
from salver.formats.pfa.values.order import NoOrder

DOUBLES = Array(DOUBLE)
NUMBERS = st.lists(st.floats() | st.sampled_from([math.nan, math.inf, -math.inf]), max_size=8)


def test_values_are_sorted_as_avro_orders_them() -> None:
    assert made("a.sort", Array(INT))([3, 1, 2]) == [1, 2, 3]
    sizes = Enum("Size", ["small", "large", "huge"])
    assert made("a.sort", Array(sizes))(["huge", "small", "large"]) == ["small", "large", "huge"]
    assert made("a.sort", Array(STRING))(["b", "a", "Z"]) == ["Z", "a", "b"]
    pair = record("Pair", x=INT, y=INT)
    assert made("a.sort", Array(pair))([{"x": 2, "y": 0}, {"x": 1, "y": 1}, {"x": 1, "y": 0}]) == [
        {"x": 1, "y": 0},
        {"x": 1, "y": 1},
        {"x": 2, "y": 0},
    ]


@given(NUMBERS)
def test_what_is_not_a_number_comes_last(numbers: list[float]) -> None:
    found = made("a.sort", DOUBLES)(numbers)
    real = [x for x in numbers if not math.isnan(x)]
    assert found[: len(real)] == sorted(real)
    assert all(map(math.isnan, found[len(real) :]))
    assert len(found) == len(numbers)


def test_maps_have_no_order() -> None:
    with pytest.raises(NoOrder):
        made("a.sort", Array(Map(INT)))


def test_a_function_says_the_order_and_equals_keep_theirs() -> None:
    by = made("a.sortLT", Array(STRING), Function([STRING, STRING], BOOLEAN))
    assert by(["ccc", "bb", "aa", "d"], lambda x, y: len(x) < len(y)) == ["d", "bb", "aa", "ccc"]


def test_chance_gives_all_values_in_another_order_and_the_same_again() -> None:
    shuffle = made("a.shuffle", Array(INT))
    values = list(range(50))
    found = shuffle(random.Random(1), values)
    assert found != values == sorted(found)
    assert found == shuffle(random.Random(1), values)
    assert shuffle(random.Random(1), []) == []
