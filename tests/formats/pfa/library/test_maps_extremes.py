import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, INT, STRING, Enum, Function, Map, Type
from salver.formats.pfa.library.registry import Clock
from salver.formats.pfa.values.order import NoOrder

few = settings(max_examples=25, deadline=None)
CLOCK = Clock()
WORST = [("map.argmax", 26120), ("map.argmin", 26130)]
BY = [("map.argmaxLT", 26140), ("map.argminLT", 26150)]
SOME = [("map.argmaxN", 26160), ("map.argminN", 26170)]
SOME_BY = [("map.argmaxNLT", 26180), ("map.argminNLT", 26190)]
MAPS = st.dictionaries(st.text("abc", max_size=3), st.integers(0, 3), min_size=1)


def less_of(of: Type) -> Function:
    return Function([of, of], BOOLEAN)


def less(x: int, y: int) -> bool:
    return x < y


def test_extremes_are_found() -> None:
    m = {"one": 5.5, "two": 2.2, "three": 7.7, "four": 4.4, "five": 6.6}
    assert made("map.argmax", Map(DOUBLE))(m) == "three"
    assert made("map.argmin", Map(DOUBLE))(m) == "two"
    assert made("map.argmaxN", Map(DOUBLE), INT)(m, 3) == ["three", "five", "one"]
    assert made("map.argminN", Map(DOUBLE), INT)(m, 3) == ["two", "four", "one"]


def test_values_are_ordered_as_avro_does() -> None:
    m = {"a": math.inf, "b": math.nan, "c": -math.inf}
    assert made("map.argmax", Map(DOUBLE))(m) == "b"
    assert made("map.argminN", Map(DOUBLE), INT)(m, 9) == ["c", "a", "b"]
    assert made("map.argmax", Map(Enum("Size", ["small", "large"])))({"a": "small", "b": "large"}) == "b"
    with pytest.raises(NoOrder):
        made("map.argmax", Map(Map(INT)))


@few
@given(MAPS, st.integers(0, 30))
def test_of_equal_values_the_least_key_comes_first(m: dict[str, int], n: int) -> None:
    by_key = sorted(m)
    for name, expected in (
        ("map.argmin", sorted(by_key, key=lambda key: m[key])),
        ("map.argmax", sorted(by_key, key=lambda key: -m[key])),
    ):
        assert made(name, Map(INT))(m) == expected[0]
        assert made(f"{name}N", Map(INT), INT)(m, n) == expected[:n]
        assert made(f"{name}LT", Map(INT), less_of(INT))(CLOCK, m, less) == expected[0]
        assert made(f"{name}NLT", Map(INT), INT, less_of(INT))(CLOCK, m, n, less) == expected[:n]


def test_a_function_that_says_no_order_is_asked_in_the_order_of_the_map() -> None:
    always: Callable[[int, int], bool] = lambda _x, _y: True  # noqa: E731
    never: Callable[[int, int], bool] = lambda _x, _y: False  # noqa: E731
    m = {"b": 1, "c": 2, "a": 3}
    best = made("map.argmaxNLT", Map(INT), INT, less_of(INT))
    assert best(CLOCK, m, 3, always) == ["a", "c", "b"]
    assert best(CLOCK, m, 3, never) == ["a", "b", "c"]


def test_nothing_is_best_of_nothing() -> None:
    for name, code in WORST:
        fails(code, lambda name=name: made(name, Map(INT))({}))  # type: ignore[misc]
    for name, code in BY:
        fails(code, lambda name=name: made(name, Map(INT), less_of(INT))(CLOCK, {}, less))  # type: ignore[misc]
    for name, code in SOME:
        some = made(name, Map(STRING), INT)
        fails(code, lambda some=some: some({}, -1))  # type: ignore[misc]
        fails(code + 1, lambda some=some: some({"a": "x"}, -1))  # type: ignore[misc]
    for name, code in SOME_BY:
        some = made(name, Map(INT), INT, less_of(INT))
        fails(code, lambda some=some: some(CLOCK, {}, -1, less))  # type: ignore[misc]
        fails(code + 1, lambda some=some: some(CLOCK, {"a": 1}, -1, less))  # type: ignore[misc]
