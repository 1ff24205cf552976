import math

from hypothesis import given
from hypothesis import strategies as st
from pfa_calls import made

from salver.formats.pfa.avro.types import DOUBLE, INT, STRING, Array, Map

INTS = Array(INT)
DOUBLES = Array(DOUBLE)
VALUES = st.lists(st.integers(0, 4), max_size=6)
WORDS = ["hey", "there", "you", "hey", "guys", "there"]
OTHERS = ["hey", "there", "wow", "this", "is", "different"]


def test_each_value_stays_where_it_comes_first() -> None:
    assert made("a.distinct", Array(STRING))(WORDS) == ["hey", "there", "you", "guys"]
    assert made("a.union", Array(STRING), Array(STRING))(WORDS, OTHERS) == [
        *["hey", "there", "you", "guys"],
        *["wow", "this", "is", "different"],
    ]


def test_what_is_not_in_the_other_stays_as_often_as_it_is_there() -> None:
    assert made("a.diff", INTS, INTS)([1, 1, 2, 3], [2]) == [1, 1, 3]
    assert made("a.symdiff", INTS, INTS)([1, 1, 2], [2, 3, 3]) == [1, 1, 3, 3]


def test_what_is_in_both_comes_as_often_as_in_either() -> None:
    found = made("a.intersection", Array(STRING), Array(STRING))(WORDS, OTHERS)
    assert found == ["hey", "there", "hey", "there", "hey", "there"]


@given(VALUES, VALUES)
def test_they_are_sets(a: list[int], b: list[int]) -> None:
    one, other = set(a), set(b)
    for name, expected in (
        ("a.union", one | other),
        ("a.intersection", one & other),
        ("a.diff", one - other),
        ("a.symdiff", one ^ other),
    ):
        assert set(made(name, INTS, INTS)(a, b)) == expected
    assert made("a.seteq", INTS, INTS)(a, b) is (one == other)
    assert made("a.subset", INTS, INTS)(a, b) is (one <= other)
    assert made("a.disjoint", INTS, INTS)(a, b) is (not one & other)


@given(VALUES, VALUES)
def test_floating_numbers_make_the_same_sets(a: list[int], b: list[int]) -> None:
    x, y = [float(one) for one in a], [float(one) for one in b]
    for name in ("a.union", "a.intersection", "a.diff", "a.symdiff"):
        assert made(name, DOUBLES, DOUBLES)(x, y) == made(name, INTS, INTS)(a, b)
    assert made("a.distinct", DOUBLES)(x) == made("a.distinct", INTS)(a)


def test_not_a_number_is_one_value() -> None:
    numbers = [math.nan, 1.0, float("nan")]
    assert len(made("a.distinct", DOUBLES)(numbers)) == 2
    assert made("a.diff", DOUBLES, DOUBLES)(numbers, [float("nan")]) == [1.0]
    assert made("a.seteq", DOUBLES, DOUBLES)([math.nan], [float("nan"), math.nan]) is True


def test_arrays_and_maps_can_be_in_sets() -> None:
    assert made("a.distinct", Array(INTS))([[1], [1, 2], [1]]) == [[1], [1, 2]]
    assert made("a.distinct", Array(Map(INT)))([{"a": 1, "b": 2}, {"b": 2, "a": 1}]) == [{"a": 1, "b": 2}]
