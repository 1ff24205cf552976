import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made, record

from salver.formats.pfa.avro.types import (
    BYTES,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    NULL,
    STRING,
    Array,
    Fixed,
    Map,
    Type,
    Union,
)
from salver.formats.pfa.library.casts import signed, single, unsigned

few = settings(max_examples=25, deadline=None)
LONGS = st.integers(-(2**63), 2**63 - 1)


@few
@given(LONGS, st.integers(2, 64))
def test_signed_keeps_the_lowest_bits(x: int, bits: int) -> None:
    found = signed(x, bits)
    assert -(2 ** (bits - 1)) <= found < 2 ** (bits - 1)
    assert (found - x) % 2**bits == 0


@few
@given(LONGS, st.integers(1, 63))
def test_unsigned_keeps_the_lowest_bits(x: int, bits: int) -> None:
    found = unsigned(x, bits)
    assert 0 <= found < 2**bits
    assert (found - x) % 2**bits == 0


def test_a_long_has_no_more_bits() -> None:
    assert signed(255, 8) == -1
    assert unsigned(-1, 8) == 255
    for bits in (-1, 0, 1, 65):
        fails(17000, lambda bits=bits: signed(1, bits))  # type: ignore[misc]
    for bits in (-1, 0, 64):
        fails(17010, lambda bits=bits: unsigned(1, bits))  # type: ignore[misc]


@pytest.mark.parametrize(("x", "whole"), [(2.5, 3), (-2.5, -2), (2.4, 2), (-2.6, -3), (0.0, 0), (-0.4, 0)])
def test_numbers_are_rounded_and_halves_go_up(x: float, whole: int) -> None:
    for name in ("cast.int", "cast.long"):
        for of in (FLOAT, DOUBLE):
            found = made(name, of)(x)
            assert found == whole
            assert type(found) is int


def test_what_has_too_many_bits_is_an_error() -> None:
    to_int, to_long = made("cast.int", DOUBLE), made("cast.long", DOUBLE)
    assert to_int(2147483647.4) == 2147483647
    assert to_int(-2147483648.5) == -2147483648
    assert to_long(-(2.0**63)) == -(2**63)
    for x in (2147483647.5, -2147483648.6, math.nan, math.inf, -math.inf, 1e300):
        fails(17020, lambda x=x: to_int(x))  # type: ignore[misc]
    for x in (2.0**63, -1e19, math.nan, math.inf, -math.inf):
        fails(17030, lambda x=x: to_long(x))  # type: ignore[misc]
    fails(17020, lambda: made("cast.int", LONG)(2**31))
    assert made("cast.int", LONG)(2**31 - 1) == 2**31 - 1
    assert made("cast.long", INT)(7) == made("cast.int", INT)(7) == made("cast.long", LONG)(7) == 7


def test_floats_have_32_bits_and_doubles_64() -> None:
    assert single(0.1) == 0.10000000149011612
    assert single(16777217) == 16777216.0
    assert single(1e300) == math.inf
    assert math.isnan(single(math.nan))
    for of in (INT, LONG, FLOAT, DOUBLE):
        found = made("cast.double", of)(2.0 if of in (FLOAT, DOUBLE) else 2)
        assert found == 2.0
        assert type(found) is float


@pytest.mark.parametrize(
    ("of", "value", "text"),
    [
        (STRING, 'he"é', '"he\\"\\u00e9"'),
        (DOUBLE, 3.0, "3.0"),
        (DOUBLE, math.nan, '"nan"'),
        (DOUBLE, -math.inf, '"-inf"'),
        (Array(INT), [1, 2], "[1,2]"),
        (Map(INT), {"a": 1, "b": 2}, '{"a":1,"b":2}'),
        (BYTES, b"a\xff", '"a\\u00ff"'),
        (Fixed("F", 1), b"\x00", '"\\u0000"'),
        (Union([NULL, INT]), ("int", 1), '{"int":1}'),
        (Union([NULL, INT]), None, "null"),
        (record("R", x=INT, y=Union([NULL, STRING])), {"x": 1, "y": ("string", "a")}, '{"x":1,"y":{"string":"a"}}'),
        (STRING, "\ud800", '"\\ud800"'),
    ],
)
def test_json_is_that_of_avro_without_spaces(of: Type, value: object, text: str) -> None:
    assert made("cast.json", of)(value) == text
    json.loads(text)


def test_avro_is_its_binary_encoding() -> None:
    assert made("cast.avro", Union([NULL, STRING]))(("string", "foo")) == b"\x02\x06foo"
