"""What the operators mean, for each type of their arguments."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, INT, LONG, NULL, STRING, Array, Enum, Map, Type, Union
from salver.formats.pfa.library.core import power
from salver.formats.pfa.values.order import NoOrder

INF, NAN = math.inf, math.nan
LOGICAL = Union([BOOLEAN, NULL])
TRUTHS: dict[Any, Any] = {True: ("boolean", True), False: ("boolean", False), None: None}


def same(x: float, y: float) -> bool:
    """Equal, NaN and the sign of zero included."""
    return (x != x and y != y) or (x == y and math.copysign(1, x) == math.copysign(1, y))


@pytest.mark.parametrize(
    ("name", "of", "x", "y", "found"),
    [
        ("+", INT, 2**31 - 2, 1, 2**31 - 1),
        ("-", LONG, -(2**63) + 1, 1, -(2**63)),
        ("*", INT, -(2**16), 2**15, -(2**31)),
        ("//", INT, -17, 5, -3),
        ("//", LONG, 2**62 + 1, 1, 2**62 + 1),
        ("//", INT, -(2**31), -1, -(2**31)),
        ("//", LONG, -(2**63), -1, -(2**63)),
        ("%", INT, -17, 5, 3),
        ("%", LONG, 17, -5, -3),
        ("%%", INT, -17, 5, -2),
        ("%%", INT, 17, -5, 2),
        ("**", INT, 2, 30, 2**30),
        ("**", INT, 2, -1, 0),
        ("**", INT, -2, 3, -8),
        ("**", LONG, 2, 62, 2**62),
        ("**", INT, 0, 0, 1),
    ],
)
def test_whole_numbers(name: str, of: Type, x: int, y: int, found: int) -> None:
    answer = made(name, of, of)(x, y)
    assert (answer, type(answer)) == (found, int)


@pytest.mark.parametrize(
    ("name", "of", "x", "y", "code"),
    [
        ("+", INT, 2**31 - 1, 1, 18000),
        ("+", LONG, 2**63 - 1, 1, 18001),
        ("-", INT, -(2**31), 1, 18010),
        ("-", LONG, -(2**63), 1, 18011),
        ("*", INT, 2**16, 2**15, 18020),
        ("*", LONG, 2**32, 2**31, 18021),
        ("//", INT, 1, 0, 18040),
        ("%", LONG, 1, 0, 18060),
        ("%%", INT, 1, 0, 18070),
        ("**", INT, 2, 31, 18080),
        ("**", INT, 0, -1, 18080),
        ("**", LONG, 10, 19, 18081),
        ("**", LONG, 10, 400, 18081),
    ],
)
def test_whole_numbers_that_fail(name: str, of: Type, x: int, y: int, code: int) -> None:
    fails(code, lambda: made(name, of, of)(x, y))


def test_a_negative_number_may_have_a_bit_too_many() -> None:
    fails(18050, lambda: made("u-", INT)(-(2**31)))
    fails(18051, lambda: made("u-", LONG)(-(2**63)))
    assert made("u-", LONG)(-(2**31)) == 2**31
    assert same(made("u-", DOUBLE)(0.0), -0.0)


@pytest.mark.parametrize(
    ("name", "x", "y", "found"),
    [
        ("/", 1.0, 0.0, INF),
        ("/", 1.0, -0.0, -INF),
        ("/", -1.0, 0.0, -INF),
        ("/", 0.0, 0.0, NAN),
        ("/", NAN, 0.0, NAN),
        ("/", 1.0, INF, 0.0),
        ("+", 1e308, 1e308, INF),
        ("*", -1e308, 1e308, -INF),
        ("-", INF, INF, NAN),
        ("%", -17.5, 5.0, 2.5),
        ("%", 5.0, 0.0, NAN),
        ("%", INF, 5.0, NAN),
        ("%%", -17.5, 5.0, -2.5),
        ("%%", 5.0, INF, 5.0),
        ("%%", INF, 5.0, NAN),
        ("%%", 5.0, 0.0, NAN),
        ("%%", NAN, 5.0, NAN),
    ],
)
def test_floating_numbers_never_fail(name: str, x: float, y: float, found: float) -> None:
    assert same(made(name, DOUBLE, DOUBLE)(x, y), found)


@pytest.mark.parametrize(
    ("x", "y", "found"),
    [
        (2.0, 0.5, math.sqrt(2)),
        (NAN, 0.0, 1.0),
        (NAN, 1.0, NAN),
        (1.0, NAN, NAN),
        (1.0, INF, NAN),
        (-1.0, -INF, NAN),
        (0.5, INF, 0.0),
        (2.0, INF, INF),
        (10.0, 400.0, INF),
        (-10.0, 401.0, -INF),
        (-10.0, 400.0, INF),
        (0.0, -1.0, INF),
        (-0.0, -1.0, -INF),
        (-0.0, -2.0, INF),
        (-8.0, 1 / 3, NAN),
        (-0.0, 3.0, -0.0),
        (-INF, 3.0, -INF),
        (-INF, 2.0, INF),
    ],
)
def test_powers_are_those_of_java(x: float, y: float, found: float) -> None:
    assert same(power(x, y), found)


@given(st.floats(), st.floats())
@settings(max_examples=60, deadline=None)
def test_powers_always_are_floating_numbers(x: float, y: float) -> None:
    assert type(power(x, y)) is float
    assert type(made("%", DOUBLE, DOUBLE)(x, y)) is float
    assert type(made("%%", DOUBLE, DOUBLE)(x, y)) is float


@pytest.mark.parametrize(("x", "y"), [(NAN, 1.0), (1.0, NAN), (NAN, INF)])
def test_nan_is_the_greatest(x: float, y: float) -> None:
    assert same(made("max", DOUBLE, DOUBLE)(x, y), NAN)
    assert same(made("min", DOUBLE, DOUBLE)(x, y), y if x != x else x)
    assert made("<", DOUBLE, DOUBLE)(x, y) is (y != y)
    assert made(">", DOUBLE, DOUBLE)(x, y) is (x != x)


def test_any_values_of_one_type_are_compared() -> None:
    size = Enum("Size", ["small", "large", "huge"])
    assert made("cmp", size, size)("huge", "large") == 1
    assert made("<", size, size)("small", "large") is True
    assert made("cmp", Array(INT), Array(INT))([1, 2], [1, 2, 0]) == -1
    assert made("==", LOGICAL, LOGICAL)(None, ("boolean", False)) is False
    assert made("max", STRING, STRING)("b", "a") == "b"
    assert made("==", Array(DOUBLE), Array(DOUBLE))([NAN], [NAN]) is True
    assert made("!=", Array(DOUBLE), Array(DOUBLE))([NAN], [NAN]) is False


@pytest.mark.parametrize("name", ["==", "!=", "<", "<=", ">", ">=", "cmp", "max", "min"])
def test_maps_have_no_order(name: str) -> None:
    with pytest.raises(NoOrder):
        made(name, Map(INT), Map(INT))


@pytest.mark.parametrize("x", [True, False])
@pytest.mark.parametrize("y", [True, False])
def test_logic(x: bool, y: bool) -> None:
    assert made("&&", BOOLEAN, BOOLEAN)(x, y) is (x and y)
    assert made("||", BOOLEAN, BOOLEAN)(x, y) is (x or y)
    assert made("^^", BOOLEAN, BOOLEAN)(x, y) is (x != y)
    assert made("!", BOOLEAN)(x) is (not x)


@pytest.mark.parametrize(
    ("x", "y", "both", "either"),
    [
        (True, True, True, True),
        (True, None, None, True),
        (True, False, False, True),
        (None, True, None, True),
        (None, None, None, None),
        (None, False, False, None),
        (False, True, False, True),
        (False, None, False, None),
        (False, False, False, False),
    ],
)
def test_logic_with_what_is_not_known(x: bool | None, y: bool | None, both: bool | None, either: bool | None) -> None:
    assert made("&&&", LOGICAL, LOGICAL)(TRUTHS[x], TRUTHS[y]) == TRUTHS[both]
    assert made("|||", LOGICAL, LOGICAL)(TRUTHS[x], TRUTHS[y]) == TRUTHS[either]
    plain = [BOOLEAN if one is not None else NULL for one in (x, y)]
    assert made("&&&", *plain)(x, y) == TRUTHS[both]
    assert made("|||", *plain)(x, y) == TRUTHS[either]
    assert made("!!!", LOGICAL)(TRUTHS[x]) == TRUTHS[None if x is None else not x]


@pytest.mark.parametrize("of", [INT, LONG])
def test_bits(of: Type) -> None:
    assert made("&", of, of)(12, 10) == 8
    assert made("|", of, of)(12, 10) == 14
    assert made("^", of, of)(12, 10) == 6
    assert made("~", of)(12) == -13
