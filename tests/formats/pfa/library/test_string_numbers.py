import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, INT, LONG, NULL, STRING, Union
from salver.formats.pfa.values.floats import LONG_MAX, LONG_MIN

OPTIONAL = Union([INT, NULL])


@pytest.mark.parametrize(
    ("x", "width", "zeros", "expected"),
    [
        (255, 5, False, "   ff"),
        (255, -5, False, "ff   "),
        (255, 5, True, "000ff"),
        (255, 0, False, ""),
        (255, 1, False, "ff"),
    ],
)
def test_hexadecimal(x: int, width: int, zeros: bool, expected: str) -> None:
    assert made("s.hex", LONG, INT, BOOLEAN)(x, width, zeros) == expected


def test_hexadecimal_takes_no_negative_number() -> None:
    assert made("s.hex", LONG)(LONG_MAX) == "7fffffffffffffff"
    fails(39111, lambda: made("s.hex", LONG)(-1))
    fails(39111, lambda: made("s.hex", LONG, INT, BOOLEAN)(-1, -5, True))
    fails(39110, lambda: made("s.hex", LONG, INT, BOOLEAN)(1, -5, True))


@pytest.mark.parametrize("name", ["s.int", "s.number"])
def test_whole_numbers(name: str) -> None:
    padded = made(name, LONG, INT, BOOLEAN)
    assert made(name, LONG)(LONG_MIN) == "-9223372036854775808"
    assert padded(-5, 5, True) == "-0005"
    assert padded(-5, 5, False) == "   -5"
    assert padded(-5, -5, False) == "-5   "
    assert padded(-5, 0, True) == ""
    fails({"s.int": 39240, "s.number": 39120}[name], lambda: padded(5, -5, True))
    fails(0, lambda: padded(5, 2**31 - 1, False))


@pytest.mark.parametrize(
    ("x", "width", "precision", "expected"),
    [
        (0.5, None, None, "0.5"),
        (3.0, None, None, "3.0"),
        (1 / 3, None, None, "0.333333"),
        (-0.0, None, None, "0.0"),
        (1.5, 6, None, "   1.5"),
        (1.5, -6, None, "1.5   "),
        (1.5, 2, None, "1.5"),
        (-1.0, 8, 2, "   -1.00"),
        (100.0, None, 0, "100"),
        (0.0001, None, None, "0.0001"),
        (-1e-05, None, 2, "-1.00e-05"),
        (1e-05, 10, None, "   1.0e-05"),
        (100000.0, None, None, "100000.0"),
        (123456.0, None, None, "1.23456e+05"),
        (1e100, None, 3, "1.000e+100"),
        (math.nan, 5, None, "  nan"),
        (math.inf, None, 0, "inf"),
        (-math.inf, -6, None, "-inf  "),
    ],
)
def test_floating_point_numbers(x: float, width: int | None, precision: int | None, expected: str) -> None:
    tagged = [None if value is None else ("int", value) for value in (width, precision)]
    assert made("s.number", DOUBLE, OPTIONAL, OPTIONAL)(x, *tagged) == expected


def test_the_optional_numbers_may_be_of_plain_types() -> None:
    assert made("s.number", DOUBLE, INT, NULL)(1.5, 5, None) == "  1.5"
    assert made("s.number", DOUBLE, NULL, INT)(1.5, None, 3) == "1.500"


def test_where_exponents_begin_can_be_said() -> None:
    chosen = made("s.number", DOUBLE, NULL, NULL, DOUBLE, DOUBLE)
    assert chosen(0.5, None, None, 0.6, 10.0) == "5.0e-01"
    assert chosen(1e6, None, None, 0.6, math.inf) == "1000000.0"
    assert chosen(0.5, None, None, math.nan, 10.0) == "5.0e-01"
    assert chosen(0.0, None, None, 1.0, 10.0) == "0.0"


def test_a_precision_is_neither_negative_nor_endless() -> None:
    fails(39121, lambda: made("s.number", DOUBLE, INT, INT)(0.5, 5, -1))
    fails(0, lambda: made("s.number", DOUBLE, INT, INT)(0.5, 5, 2**31 - 1))
    fails(0, lambda: made("s.number", DOUBLE, INT, INT)(0.5, -(2**31), 1))


@settings(max_examples=25, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-20, 20))
def test_a_number_is_as_wide_as_wanted_and_can_be_read_again(x: float, width: int) -> None:
    text = made("s.number", DOUBLE, INT, NULL)(x, width, None)
    assert len(text) >= abs(width)
    assert made("parse.double", STRING)(text) == pytest.approx(x, rel=1e-2)
