import math
import statistics
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pfa_calls import fails, made, record

from salver.formats.pfa.avro.types import DOUBLE, FLOAT, INT, LONG, STRING, Array, Enum, Type

DOUBLES = Array(DOUBLE)
INTS = Array(INT)
HIGHEST = 2**31 - 1
FINITE = st.floats(-1e6, 1e6)


def asked(name: str, values: list[Any], items: Type = DOUBLE) -> Any:
    return made(name, Array(items))(values)


def test_sums_and_products_of_nothing() -> None:
    for items in (INT, LONG, FLOAT, DOUBLE):
        nought, one = asked("a.sum", [], items), asked("a.product", [], items)
        assert (nought, one) == (0, 1)
        assert type(nought) is type(one) is (int if items in (INT, LONG) else float)


@pytest.mark.parametrize(("items", "highest", "more"), [(INT, HIGHEST, 0), (LONG, 2**63 - 1, 1)])
def test_whole_numbers_overflow(items: Type, highest: int, more: int) -> None:
    assert asked("a.sum", [highest, 1, -1], items) == highest
    assert asked("a.sum", [-highest, -1], items) == -highest - 1
    fails(15400 + more, lambda: asked("a.sum", [highest, 1], items))
    assert asked("a.product", [highest, highest, 0], items) == 0
    assert asked("a.product", [highest + 1 >> 1, -2], items) == -highest - 1
    fails(15410 + more, lambda: asked("a.product", [highest, 2], items))
    fails(15410 + more, lambda: asked("a.product", [2] * 100_000, items))
    fails(15410 + more, lambda: asked("a.product", [-highest - 1, -1], items))


def test_floating_numbers_do_not_overflow() -> None:
    assert asked("a.sum", [1e308, 1e308]) == math.inf
    assert asked("a.product", [1e308, -10.0]) == -math.inf
    assert math.isnan(asked("a.sum", [math.inf, -math.inf]))
    assert asked("a.sum", [1e16, 1.0, 1.0]) == 1e16


def test_means() -> None:
    assert asked("a.mean", [1.0, 2.0, 6.0]) == 3.0
    assert asked("a.geomean", [2.0, 8.0]) == 4.0
    assert math.isnan(asked("a.mean", []))
    assert math.isnan(asked("a.geomean", []))
    assert math.isnan(asked("a.geomean", [-2.0, 2.0]))
    assert asked("a.geomean", [1e200, 1e200]) == math.inf


def test_sums_of_logarithms() -> None:
    assert asked("a.lnsum", [1.0, math.e, math.e]) == pytest.approx(2.0)
    assert asked("a.lnsum", []) == 0.0
    assert asked("a.lnsum", [0.0, 1.0]) == -math.inf
    assert math.isnan(asked("a.lnsum", [-1.0]))
    assert math.isnan(asked("a.lnsum", [math.inf, 0.0]))


def test_logarithms_of_sums_do_not_leave_the_range() -> None:
    assert asked("a.logsumexp", [1000.0, 1000.0]) == pytest.approx(1000.6931471805599)
    assert asked("a.logsumexp", [1.0, 2.0, 3.0]) == pytest.approx(3.4076059644443806)
    for numbers in ([], [math.inf], [-math.inf, -math.inf], [1.0, math.nan], [math.nan, 1.0]):
        assert math.isnan(asked("a.logsumexp", numbers))


@given(st.lists(FINITE, min_size=1, max_size=9))
def test_the_median_is_in_the_middle(numbers: list[float]) -> None:
    assert asked("a.median", numbers) == statistics.median(numbers)
    whole = [int(number) for number in numbers]
    assert asked("a.median", whole, INT) == statistics.median_low(whole)


def test_the_median_of_what_is_no_number_is_the_lower_one() -> None:
    assert asked("a.median", ["c", "a", "b", "d"], STRING) == "b"
    sizes = Enum("Size", ["small", "large", "huge"])
    assert asked("a.median", ["huge", "large", "small"], sizes) == "large"
    assert asked("a.median", [1.0, math.nan, 2.0]) == 2.0
    assert math.isnan(asked("a.median", [1.0, math.nan]))
    fails(15450, lambda: asked("a.median", []))


def test_the_mode_is_what_is_there_most_often_and_of_several_their_median() -> None:
    assert asked("a.mode", [1, 2, 2, 3], INT) == 2
    assert asked("a.mode", [4, 1, 3, 2], INT) == 2
    assert asked("a.mode", [1.0, 2.0, 2.0, 1.0, 3.0]) == 1.5
    assert math.isnan(asked("a.mode", [1.0, math.nan, float("nan")]))
    pair = record("Pair", x=INT, y=DOUBLE)
    one = {"x": 1, "y": 0.5}
    assert asked("a.mode", [{"x": 0, "y": 0.0}, one, dict(one)], pair) == one
    fails(15470, lambda: asked("a.mode", []))


def test_parts_of_floating_numbers_are_in_proportion() -> None:
    ntile = made("a.ntile", DOUBLES, DOUBLE)
    numbers = [5.0, 1.0, 3.0, 2.0, 4.0]
    assert [ntile(numbers, p) for p in (-1.0, 0.0, 0.25, 0.6, 1.0, math.inf)] == [1.0, 1.0, 2.0, 3.4, 5.0, 5.0]
    fails(15460, lambda: ntile([], math.nan))
    fails(15461, lambda: ntile([1.0], math.nan))


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=9), st.floats(-0.5, 1.5))
def test_parts_of_other_values_are_the_lower_ones(values: list[int], p: float) -> None:
    place = math.floor(Fraction((len(values) - 1.0) * min(max(p, 0.0), 1.0)))
    assert made("a.ntile", INTS, DOUBLE)(values, p) == sorted(values)[place]
