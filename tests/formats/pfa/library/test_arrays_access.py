from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import INT, STRING, Array

INTS = Array(INT)
FIVE = [10, 11, 12, 13, 14]
PLACES = st.integers(-9, 9)


@pytest.mark.parametrize(
    ("name", "expected", "code"),
    [("a.head", 10, 15020), ("a.tail", FIVE[1:], 15030), ("a.last", 14, 15040), ("a.init", FIVE[:-1], 15050)],
)
def test_the_ends_of_an_array_are_there_unless_it_is_empty(name: str, expected: Any, code: int) -> None:
    part = made(name, INTS)
    assert part(FIVE) == expected
    fails(code, lambda: part([]))


def test_the_length_is_the_number_of_values() -> None:
    assert made("a.len", INTS)(FIVE) == 5
    assert made("a.len", INTS)([]) == 0


def test_parts_are_counted_from_either_end() -> None:
    subseq = made("a.subseq", INTS, INT, INT)
    assert subseq(FIVE, 1, 3) == [11, 12]
    assert subseq(FIVE, -2, 99) == [13, 14]
    assert subseq(FIVE, -99, 2) == [10, 11]
    assert subseq(FIVE, 3, 1) == []


def test_a_part_is_replaced_by_another_one() -> None:
    subseqto = made("a.subseqto", INTS, INT, INT, INTS)
    assert subseqto(FIVE, 1, 4, [0]) == [10, 0, 14]
    assert subseqto(FIVE, -1, 5, [1, 2]) == [10, 11, 12, 13, 1, 2]
    assert subseqto(FIVE, 3, 1, [0]) == [10, 11, 12, 0, 13, 14]
    assert subseqto(FIVE, 99, 100, [0]) == [*FIVE, 0]


@given(st.lists(st.integers(0, 9), max_size=6), PLACES, PLACES)
def test_what_is_removed_is_the_part(values: list[int], start: int, end: int) -> None:
    part = made("a.subseq", INTS, INT, INT)(values, start, end)
    assert made("a.remove", INTS, INT, INT)(values, start, end) == made("a.subseqto", INTS, INT, INT, INTS)(
        values, start, end, []
    )
    assert made("a.subseqto", INTS, INT, INT, INTS)(values, start, end, part) == values


@pytest.mark.parametrize(
    ("name", "act", "code"),
    [
        ("a.insert", lambda act, a, at: act(a, at, 0), 15160),
        ("a.replace", lambda act, a, at: act(a, at, 0), 15170),
        ("a.remove", lambda act, a, at: act(a, at), 15180),
    ],
)
def test_an_index_is_that_of_a_value(name: str, act: Callable[..., list[int]], code: int) -> None:
    changed = made(name, INTS, INT, *([INT] if name != "a.remove" else []))
    expected = {
        "a.insert": [10, 11, 12, 13, 0, 14],
        "a.replace": [10, 11, 12, 13, 0],
        "a.remove": [10, 11, 12, 13],
    }[name]
    assert act(changed, FIVE, 4) == act(changed, FIVE, -1) == expected
    assert len(act(changed, FIVE, -5)) == len(expected)
    for at in (5, -6, 2**31 - 1, -(2**31)):
        fails(code, lambda at=at: act(changed, FIVE, at))  # type: ignore[misc]
    fails(code, lambda: act(changed, [], 0))


def test_a_cycle_forgets_what_is_oldest() -> None:
    cycle = made("a.cycle", INTS, INT, INT)
    assert cycle([1, 2, 3], 4, 3) == [2, 3, 4]
    assert cycle([1], 2, 99) == [1, 2]
    assert cycle([1], 2, 0) == []
    fails(15150, lambda: cycle([1], 2, -1))


def test_what_rotates_off_the_beginning_comes_at_the_end() -> None:
    rotate = made("a.rotate", INTS, INT)
    assert rotate(FIVE, 2) == rotate(FIVE, 7) == [12, 13, 14, 10, 11]
    assert rotate([], 3) == []
    fails(15190, lambda: rotate(FIVE, -1))


def test_arrays_are_put_together() -> None:
    assert made("a.concat", INTS, INTS)([1], [2, 3]) == [1, 2, 3]
    assert made("a.append", INTS, INT)([1], 2) == [1, 2]
    assert made("a.reverse", INTS)([1, 2, 3]) == [3, 2, 1]
    assert made("a.flatten", Array(Array(STRING)))([["a"], [], ["b", "c"]]) == ["a", "b", "c"]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 5))
def test_nothing_is_changed_in_place(values: list[int], at: int) -> None:
    before, at = list(values), at % len(values)
    for act, arguments in (
        (made("a.subseqto", INTS, INT, INT, INTS), (at, at + 1, [7])),
        (made("a.append", INTS, INT), (7,)),
        (made("a.cycle", INTS, INT, INT), (7, 2)),
        (made("a.insert", INTS, INT, INT), (at, 7)),
        (made("a.replace", INTS, INT, INT), (at, 7)),
        (made("a.remove", INTS, INT), (at,)),
        (made("a.remove", INTS, INT, INT), (0, at)),
        (made("a.rotate", INTS, INT), (at,)),
    ):
        act(values, *arguments)
        assert values == before
