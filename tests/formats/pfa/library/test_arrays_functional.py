import math
import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pfa_calls import between, fails, fixed, made

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, INT, NULL, STRING, Array, Function, Type, Union

INTS = Array(INT)
VECTORS = Array(Array(DOUBLE))
LETTERS = ["a", "b", "c", "d", "e"]
JOIN = Function([STRING, STRING], STRING)


def asked(name: str, values: list[Any], compute: Any, *params: Type, ret: Type = INT) -> Any:
    return made(name, INTS, Function(params or [INT], ret))(values, compute)


def test_each_value_becomes_another_one() -> None:
    assert asked("a.map", [1, 2, 3], str, ret=STRING) == ["1", "2", "3"]
    assert asked("a.mapWithIndex", [5, 6], lambda at, x: at * x, INT, INT) == [0, 6]
    assert asked("a.flatMap", [1, 0, 2], lambda x: [x] * x, ret=INTS) == [1, 2, 2]
    assert asked("a.flatMapWithIndex", [7, 8, 9], lambda at, x: [x] * at, INT, INT, ret=INTS) == [8, 9, 9]


def test_some_values_stay() -> None:
    assert asked("a.filter", [1, 2, 3, 4], lambda x: x % 2 == 0, ret=BOOLEAN) == [2, 4]
    assert asked("a.filterWithIndex", [3, 3, 3], lambda at, x: at != 1, INT, INT, ret=BOOLEAN) == [3, 3]
    assert asked("a.takeWhile", [1, 2, 9, 1], lambda x: x < 5, ret=BOOLEAN) == [1, 2]
    assert asked("a.dropWhile", [1, 2, 9, 1], lambda x: x < 5, ret=BOOLEAN) == [9, 1]


def test_null_is_left_out_and_the_rest_comes_out_of_its_union() -> None:
    maybe = Union([NULL, INT])

    def odd(x: int) -> tuple[str, int] | None:
        return ("int", x) if x % 2 else None

    assert asked("a.filterMap", [1, 2, 3], odd, ret=maybe) == [1, 3]
    assert asked("a.filterMapWithIndex", [4, 5], lambda at, x: odd(at), INT, INT, ret=maybe) == [1]
    assert asked("a.filterMap", [1, 2], lambda x: x, ret=INT) == [1, 2]


@pytest.mark.parametrize("count", [2, 3, 4])
def test_arrays_of_one_length_are_zipped(count: int) -> None:
    arrays = [[1, 2], [10, 20], [100, 200], [1000, 2000]][:count]
    types = [INTS] * count
    zipped = made("a.zipmap", *types, Function([INT] * count, INT))
    assert zipped(*arrays, lambda *x: sum(x)) == [sum(one[0] for one in arrays), sum(one[1] for one in arrays)]
    with_index = made("a.zipmapWithIndex", *types, Function([INT] * (count + 1), INT))
    assert with_index(*arrays, lambda at, *x: at * sum(x)) == [0, sum(one[1] for one in arrays)]
    for at in range(count):
        others = [*arrays[:at], [1], *arrays[at + 1 :]]
        fails(15650, lambda others=others: zipped(*others, lambda *x: 0))  # type: ignore[misc]
        fails(15660, lambda others=others: with_index(*others, lambda *x: 0))  # type: ignore[misc]


def test_values_are_joined_from_either_end() -> None:
    assert made("a.reduce", Array(STRING), JOIN)(LETTERS, operator.add) == "abcde"
    assert made("a.reduceRight", Array(STRING), JOIN)(LETTERS, lambda x, tally: tally + x) == "edcba"
    assert made("a.fold", Array(STRING), STRING, JOIN)(LETTERS, "_", operator.add) == "_abcde"
    assert made("a.foldRight", Array(STRING), STRING, JOIN)(LETTERS, "_", lambda x, tally: tally + x) == "_edcba"
    assert made("a.fold", Array(STRING), STRING, JOIN)([], "_", operator.add) == "_"
    assert made("a.reduce", Array(STRING), JOIN)(["a"], operator.add) == "a"
    fails(15670, lambda: made("a.reduce", Array(STRING), JOIN)([], operator.add))
    fails(15680, lambda: made("a.reduceRight", Array(STRING), JOIN)([], operator.add))


NUMBERS = st.floats(-1e3, 1e3) | st.sampled_from([math.inf, -math.inf, math.nan, 1e16, -0.0])


@given(st.integers(0, 3).flatmap(lambda width: st.lists(st.lists(NUMBERS, min_size=width, max_size=width), min_size=1)))
def test_vectors_known_to_be_added_come_to_the_same(vectors: list[list[float]]) -> None:
    def add(x: list[float], y: list[float]) -> list[float]:
        return [one + other for one, other in zip(x, y, strict=True)]

    join = Function([Array(DOUBLE)] * 2, Array(DOUBLE))
    known = made("a.reduce", VECTORS, join, constants=fixed(1, between("la.add")))
    expected = made("a.reduce", VECTORS, join)(vectors, add)
    assert list(map(str, (x + 0.0 for x in known(vectors, add)))) == list(map(str, (x + 0.0 for x in expected)))


def test_vectors_of_different_lengths_are_left_to_the_function() -> None:
    join = Function([Array(DOUBLE)] * 2, Array(DOUBLE))
    known = made("a.reduce", VECTORS, join, constants=fixed(1, between("la.add")))
    assert known([[1.0], [2.0, 3.0]], lambda x, y: [9.0]) == [9.0]
    fails(15670, lambda: known([], operator.add))


def test_the_rest_is_not_asked_once_the_answer_is_sure() -> None:
    asked_of: list[int] = []

    def small(x: int) -> bool:
        asked_of.append(x)
        return x < 2

    assert asked("a.any", [1, 2, 3], small, ret=BOOLEAN) is True
    assert asked("a.all", [1, 2, 3], small, ret=BOOLEAN) is False
    assert asked_of == [1, 1, 2]
    assert asked("a.any", [], small, ret=BOOLEAN) is False
    assert asked("a.all", [], small, ret=BOOLEAN) is True


def test_arrays_correspond_only_at_one_length() -> None:
    corresponds = made("a.corresponds", INTS, INTS, Function([INT, INT], BOOLEAN))
    assert corresponds([1, 2], [2, 3], operator.lt) is True
    assert corresponds([1, 2], [2, 2], operator.lt) is False
    assert corresponds([1], [2, 3], operator.lt) is False
    with_index = made("a.correspondsWithIndex", INTS, INTS, Function([INT, INT, INT], BOOLEAN))
    assert with_index([5, 5], [5, 6], lambda at, x, y: x + at == y) is True
    assert with_index([5], [], lambda at, x, y: True) is False
