"""Binary formats, against Python's own `struct`."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.formats.pfa.avro.types import BYTES, DOUBLE, INT, LONG, NULL
from salver.formats.pfa.run.packing import Packing, packing, unpacker


def way(form: str) -> Packing:
    found = packing(form)
    assert found is not None, form
    return found


def again(form: str, data: bytes) -> Any:
    read = way(form).read
    assert read is not None
    return read(data, 0)


@pytest.mark.parametrize(
    ("form", "layout"),
    [
        ("int8", ">b"),
        ("unsigned int8", ">B"),
        ("<short", "<h"),
        ("> short", ">h"),
        ("! int", "!i"),
        ("little unsigned int", "<I"),
        ("big long", ">q"),
        ("network int16", "!h"),
        ("unsignedshort", ">H"),
    ],
)
def test_whole_numbers_are_written_as_struct_does(form: str, layout: str) -> None:
    bits = 8 * struct.calcsize(layout)
    low, high = (0, 2**bits - 1) if layout[-1].isupper() else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    for value in (low, low + 1, 0, 1, high - 1, high):
        data = struct.pack(layout, value)
        assert way(form).write(value) == data
        assert again(form, data) == (value, len(data))


@given(st.floats())
@settings(max_examples=50, deadline=None)
def test_floating_numbers_keep_their_bits(value: float) -> None:
    assert way("double").write(value) == struct.pack(">d", value)
    assert struct.pack(">d", again("little double", struct.pack("<d", value))[0]) == struct.pack(">d", value)


def test_a_number_with_too_many_bits_loses_the_upper_ones() -> None:
    assert way("int8").write(0x1FE) == b"\xfe"
    assert way("unsigned int8").write(-1) == b"\xff"
    assert way("unsigned long").write(2.0**64 + 2.0**20) == struct.pack(">Q", 2**20)
    assert way("unsigned long").write(float("nan")) == bytes(8)


def test_types_of_formats() -> None:
    assert [way(form).type for form in ("byte", "unsigned int", "unsigned long", "raw", "pad")] == [
        INT,
        LONG,
        DOUBLE,
        BYTES,
        NULL,
    ]


@pytest.mark.parametrize(
    "form", ["", "int7", "unsigned double", "raw -1", "raw1.5", "<raw", "<>int", "doublelong", "raw99999999999", "INT"]
)
def test_there_are_no_other_formats(form: str) -> None:
    assert packing(form) is None


@pytest.mark.parametrize(
    ("form", "data", "found"),
    [
        ("null terminated", b"ab\0c", (b"ab", 3)),
        ("terminated", b"\0", (b"", 1)),
        ("terminated", b"ab", None),
        ("length prefixed", b"\x02abc", (b"ab", 3)),
        ("prefixed", b"\x03ab", None),
        ("prefixed", b"", None),
        ("raw 2", b"abc", (b"ab", 2)),
        ("raw2", b"a", None),
        ("raw0", b"", (b"", 0)),
        ("pad", b"", None),
        ("int16", b"\x01", None),
        ("boolean", b"\x02", (True, 1)),
    ],
)
def test_what_is_read(form: str, data: bytes, found: Any) -> None:
    assert again(form, data) == found


def test_all_bytes_are_taken_apart_or_none() -> None:
    unpack = unpacker([way("int8"), way("prefixed")])
    assert unpack(b"\x05\x02ab") == (5, b"ab")
    assert unpack(b"\x05\x02abc") is None
    assert unpack(b"\x05\x02a") is None
    assert unpacker([])(b"") == ()


@given(st.binary(max_size=300), st.integers(-128, 127))
@settings(max_examples=50, deadline=None)
def test_what_was_written_is_read(data: bytes, number: int) -> None:
    ways = [way("int8"), way(f"raw{len(data)}"), way("double")]
    written = b"".join(one.write(value) for one, value in zip(ways, (number, data, 0.5), strict=True))
    assert unpacker(ways)(written) == (number, data, 0.5)
