import math
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import DOUBLE, FLOAT, INT, LONG, Type
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN

UNARY = [
    "acos",
    "asin",
    "atan",
    "ceil",
    "cos",
    "cosh",
    "exp",
    "expm1",
    "floor",
    "ln",
    "log10",
    "ln1p",
    "rint",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]


def of(name: str, x: float) -> Any:
    return made(f"m.{name}", DOUBLE)(x)


def test_constants() -> None:
    assert made("m.pi")() == math.pi
    assert made("m.e")() == math.e


@pytest.mark.parametrize("name", UNARY)
@settings(max_examples=20)
@given(x=st.floats())
def test_no_number_makes_a_function_fail(name: str, x: float) -> None:
    assert type(of(name, x)) is float


@pytest.mark.parametrize("name", UNARY)
def test_nan_stays_nan(name: str) -> None:
    assert math.isnan(of(name, math.nan))


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("acos", 1.1),
        ("asin", -1.1),
        ("sqrt", -0.1),
        ("ln", -1.0),
        ("log10", -math.inf),
        ("ln1p", -1.1),
        ("sin", math.inf),
        ("cos", -math.inf),
        ("tan", math.inf),
    ],
)
def test_what_is_not_defined_is_nan(name: str, x: float) -> None:
    assert math.isnan(of(name, x))


def test_what_is_too_large_is_infinite() -> None:
    assert of("exp", 1000.0) == of("expm1", 1000.0) == of("cosh", -1000.0) == of("sinh", 1000.0) == math.inf
    assert of("sinh", -1000.0) == of("ln", 0.0) == of("log10", 0.0) == of("ln1p", -1.0) == -math.inf
    assert made("m.hypot", DOUBLE, DOUBLE)(1e308, 1e308) == pytest.approx(1.4142135623730951e308)
    assert made("m.hypot", DOUBLE, DOUBLE)(math.nan, -math.inf) == math.inf


def test_small_numbers_are_exact() -> None:
    assert of("expm1", 1e-20) == 1e-20
    assert of("ln1p", 1e-20) == 1e-20


def test_the_angle_takes_y_first() -> None:
    assert made("m.atan2", DOUBLE, DOUBLE)(1.0, 0.0) == math.pi / 2


def test_whole_numbers_up_and_down() -> None:
    assert [of("ceil", x) for x in (1.2, -1.2, 1e300, math.inf)] == [2.0, -1.0, 1e300, math.inf]
    assert [of("floor", x) for x in (1.2, -1.2, 1e300, -math.inf)] == [1.0, -2.0, 1e300, -math.inf]
    assert [of("rint", x) for x in (0.5, 1.5, 2.5, -0.5, 2.6)] == [0.0, 2.0, 2.0, 0.0, 3.0]
    assert math.copysign(1.0, of("ceil", -0.5)) == -1.0


@pytest.mark.parametrize(("x", "rounded"), [(2.5, 3), (-2.5, -2), (2.4, 2), (-2.6, -3), (0.49999999999999994, 1)])
def test_halves_are_rounded_up(x: float, rounded: int) -> None:
    assert made("m.round", DOUBLE)(x) == rounded
    assert type(made("m.round", FLOAT)(x)) is int


def test_rounding_overflows_by_type() -> None:
    to_int, to_long = made("m.round", FLOAT), made("m.round", DOUBLE)
    assert to_int(float(INT_MIN)) == INT_MIN
    assert to_long(float(2**62)) == 2**62
    for x in (2.0**31, -(2.0**31) - 1.0, math.nan, math.inf):
        fails(27190, partial(to_int, x))
    for x in (2.0**63, -1e19, math.nan, -math.inf):
        fails(27191, partial(to_long, x))


@pytest.mark.parametrize(("kind", "low", "code"), [(INT, INT_MIN, 27020), (LONG, LONG_MIN, 27021)])
def test_the_lowest_whole_number_has_no_size(kind: Type, low: int, code: int) -> None:
    assert made("m.abs", kind)(low + 1) == -(low + 1)
    fails(code, lambda: made("m.abs", kind)(low))


def test_sizes_of_floating_numbers() -> None:
    assert made("m.abs", DOUBLE)(-math.inf) == math.inf
    assert made("m.abs", FLOAT)(-1.5) == 1.5


def test_signs() -> None:
    copied = made("m.copysign", DOUBLE, DOUBLE)
    assert [copied(2.0, sign) for sign in (-1.0, 0.0, -0.0)] == [2.0 * s for s in (-1, 1, -1)]
    assert copied(-2.0, -math.nan) == 2.0
    assert made("m.copysign", INT, INT)(5, -1) == -5
    assert made("m.copysign", INT, INT)(INT_MIN, 1) == INT_MIN
    assert made("m.copysign", LONG, LONG)(-LONG_MAX, 0) == LONG_MAX
    assert made("m.copysign", INT, INT)(INT_MAX, -1) == -INT_MAX
    signum = made("m.signum", DOUBLE)
    assert [signum(x) for x in (-math.inf, -0.0, 1e-300, math.nan)] == [-1, 0, 1, 0]
    assert type(signum(2.0)) is int


def test_logarithms_to_a_base() -> None:
    log = made("m.log", DOUBLE, INT)
    assert log(8.0, 2) == 3.0
    assert log(1000.0, 10) == pytest.approx(3.0)
    assert log(0.0, 2) == -math.inf
    assert math.isnan(log(-1.0, 2))
    fails(27170, lambda: log(2.0, 0))
    fails(27170, lambda: log(math.nan, -1))


def test_logarithms_to_the_base_of_one() -> None:
    log = made("m.log", DOUBLE, INT)
    assert [log(x, 1) for x in (0.0, 0.5, 2.0)] == [-math.inf, -math.inf, math.inf]
    assert all(math.isnan(log(x, 1)) for x in (1.0, -1.0, math.nan))
