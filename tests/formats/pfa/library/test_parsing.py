import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import INT, STRING

TO_INT = made("parse.int", STRING, INT)
TO_LONG = made("parse.long", STRING, INT)
TO_FLOAT = made("parse.float", STRING)
TO_DOUBLE = made("parse.double", STRING)
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("text", "base", "expected"),
    [
        (" \n 314 \t", 5, 84),
        ("-FF", 16, -255),
        ("+123", 10, 123),
        ("zz", 36, 1295),
        ("0b1", 16, 177),
        ("0x1", 36, 1189),
    ],
)
def test_whole_numbers_in_any_base(text: str, base: int, expected: int) -> None:
    assert TO_INT(text, base) == expected
    assert TO_LONG(text, base) == expected


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("", 10),
        ("12.3", 10),
        ("12a", 10),
        ("1_0", 10),
        ("0x1f", 16),
        ("-0o7", 8),
        ("0b1", 2),
        ("+-1", 10),
        ("1 2", 10),
        ("١", 10),
        ("9" * 5000, 10),
    ],
)
def test_what_is_no_whole_number(text: str, base: int) -> None:
    fails(33000, lambda: TO_INT(text, base))
    fails(33010, lambda: TO_LONG(text, base))


def test_whole_numbers_have_so_many_bits() -> None:
    assert TO_INT("-2147483648", 10) == -(2**31)
    fails(33000, lambda: TO_INT("2147483648", 10))
    assert TO_LONG("7fffffffffffffff", 16) == 2**63 - 1
    fails(33010, lambda: TO_LONG("8000000000000000", 16))


@pytest.mark.parametrize("base", [-1, 0, 1, 37])
def test_bases_that_there_are_not(base: int) -> None:
    fails(33001, lambda: TO_INT("1", base))
    fails(33011, lambda: TO_LONG("nothing", base))


@settings(max_examples=25, deadline=None)
@given(st.integers(-(2**63), 2**63 - 1), st.integers(2, 36))
def test_what_is_written_in_a_base_is_read_in_it(number: int, base: int) -> None:
    left, text = abs(number), ""
    while left:
        left, digit = divmod(left, base)
        text = DIGITS[digit] + text
    assert TO_LONG("-" * (number < 0) + (text or "0"), base) == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.14", 3.14),
        (" -5. ", -5.0),
        (".5", 0.5),
        ("3E+2", 300.0),
        ("1e999", math.inf),
        ("-Inf", -math.inf),
        ("+inf", math.inf),
    ],
)
def test_numbers_with_a_point(text: str, expected: float) -> None:
    assert TO_DOUBLE(text) == expected
    assert TO_FLOAT(text) == pytest.approx(expected, rel=1e-7)


def test_not_a_number_can_be_read() -> None:
    assert math.isnan(TO_DOUBLE(" nAN "))
    assert math.isnan(TO_FLOAT("nan"))


@pytest.mark.parametrize(
    "text", ["", ".", "e5", "1e", "1_0.0", "infinity", "-nan", "0x1p3", "1.5.2", "3.14e12e13", "٣"]
)
def test_what_is_no_number(text: str) -> None:
    fails(33020, lambda: TO_FLOAT(text))
    fails(33030, lambda: TO_DOUBLE(text))


def test_a_float_has_32_bits() -> None:
    assert TO_FLOAT("0.1") == 0.10000000149011612
    assert TO_FLOAT("3.4028234e38") == 3.4028234663852886e38
    assert TO_FLOAT("3.4028236e38") == math.inf
    assert TO_FLOAT("1e-46") == 0.0
    assert TO_DOUBLE("4.9e-324") == 5e-324
