import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pfa_calls import fixed, made

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, INT, NULL, STRING, Array, Function, Type, Union
from salver.formats.pfa.errors import PFATimeoutError
from salver.formats.pfa.library.registry import Clock

CLOCK = Clock()
INTS = Array(INT)
DOUBLES = Array(DOUBLE)
SEARCHES = ("a.contains", "a.count", "a.index", "a.rindex")
SMALL = st.lists(st.integers(0, 2), max_size=8)


def asked(name: str, haystack: Any, needle: Any, items: Type, of: Type) -> Any:
    return made(name, Array(items), of)(CLOCK, haystack, needle)


@pytest.mark.parametrize(
    ("name", "found", "missing"), list(zip(SEARCHES, (True, 2, 1, 3), (False, 0, -1, -1), strict=True))
)
def test_one_value_is_found(name: str, found: Any, missing: Any) -> None:
    assert asked(name, [5, 7, 6, 7], 7, INT, INT) is found
    assert asked(name, [5, 7, 6, 7], 8, INT, INT) is missing
    assert asked(name, [], 7, INT, INT) is missing


@pytest.mark.parametrize(
    ("name", "found", "missing"), list(zip(SEARCHES, (True, 2, 1, 3), (False, 0, -1, -1), strict=True))
)
def test_what_a_function_wishes_is_found(name: str, found: Any, missing: Any) -> None:
    wish = Function([INT], BOOLEAN)
    assert asked(name, [5, 7, 6, 7], lambda x: x > 6, INT, wish) is found
    assert asked(name, [5, 7, 6, 7], lambda x: x > 7, INT, wish) is missing


@pytest.mark.parametrize(
    ("name", "found", "missing"), list(zip(SEARCHES, (True, 2, 1, 2), (False, 0, -1, -1), strict=True))
)
def test_rows_are_found_even_where_they_overlap(name: str, found: Any, missing: Any) -> None:
    assert asked(name, [1, 2, 2, 2], [2, 2], INT, INTS) is found
    assert asked(name, [1, 2, 2, 2], [2, 1], INT, INTS) is missing
    assert asked(name, [1], [1, 1], INT, INTS) is missing


@pytest.mark.parametrize(("name", "expected"), list(zip(SEARCHES, (True, 0, 0, 3), strict=True)))
def test_an_empty_row_is_everywhere_but_not_counted(name: str, expected: Any) -> None:
    assert asked(name, [1, 2, 3], [], INT, INTS) == expected


@given(SMALL, SMALL.filter(bool))
def test_rows_are_found_as_in_texts(haystack: list[int], needle: list[int]) -> None:
    text, part = "".join(map(str, haystack)), "".join(map(str, needle))
    assert asked("a.contains", haystack, needle, INT, INTS) is (part in text)
    assert asked("a.index", haystack, needle, INT, INTS) == text.find(part)
    assert asked("a.rindex", haystack, needle, INT, INTS) == text.rfind(part)
    starts = [at for at in range(len(text)) if text.startswith(part, at)]
    assert asked("a.count", haystack, needle, INT, INTS) == len(starts)
    assert made("a.startswith", INTS, INTS)(haystack, needle) is text.startswith(part)
    assert made("a.endswith", INTS, INTS)(haystack, needle) is text.endswith(part)


def test_not_a_number_is_found_as_avro_orders_it() -> None:
    numbers = [1.0, math.nan, 2.0]
    other = float("nan")
    assert asked("a.index", numbers, other, DOUBLE, DOUBLE) == 1
    assert asked("a.rindex", numbers, [other, 2.0], DOUBLE, DOUBLES) == 1
    assert made("a.startswith", DOUBLES, DOUBLE)([other], math.nan) is True


def test_values_of_unions_are_found_with_their_tags() -> None:
    of = Union([NULL, INT, STRING])
    values = [None, ("int", 1), ("string", "1")]
    assert asked("a.index", values, ("string", "1"), of, of) == 2
    assert asked("a.count", values, None, of, of) == 1


@given(st.lists(st.floats(0, 3).map(round).map(float) | st.just(math.nan)), st.sampled_from([0.0, 1.0, math.nan]))
def test_arrays_that_never_change_answer_as_any_others(haystack: list[float], needle: float) -> None:
    for name in SEARCHES:
        known = made(name, DOUBLES, DOUBLE, constants=fixed(0, haystack))
        assert known(CLOCK, haystack, needle) == asked(name, haystack, needle, DOUBLE, DOUBLE)


def test_the_ends_of_an_empty_array_are_nothing() -> None:
    for name in ("a.startswith", "a.endswith"):
        assert made(name, INTS, INT)([], 1) is False
        assert made(name, INTS, INTS)([], []) is True
        assert made(name, INTS, INTS)([1], []) is True


def test_one_value_is_at_an_end() -> None:
    assert made("a.startswith", INTS, INT)([1, 2], 1) is True
    assert made("a.endswith", INTS, INT)([1, 2], 1) is False
    assert made("a.endswith", INTS, INT)([1, 2], 2) is True


def test_a_long_search_ends_when_the_time_is_over() -> None:
    class Over(Clock):
        def check(self) -> None:
            raise PFATimeoutError("over")

    with pytest.raises(PFATimeoutError):
        made("a.count", INTS, INTS)(Over(), [1] * 10, [1] * 5)
