"""pack and unpack: bytes from values and back."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from pfa_forms import answer, code_of, refused

from salver.formats.pfa import PFASyntaxError


def packed(form: str, value: Any, of: str) -> Any:
    return answer({"pack": [{form: "input"}]}, value, takes=of, gives="bytes")


@pytest.mark.parametrize(
    ("form", "of", "value", "data"),
    [
        ("boolean", "boolean", True, b"\x01"),
        ("int8", "int", -2, b"\xfe"),
        ("unsigned byte", "int", 254, b"\xfe"),
        ("int16", "int", 258, b"\x01\x02"),
        ("<int16", "int", 258, b"\x02\x01"),
        ("little short", "int", 258, b"\x02\x01"),
        ("int", "int", 1, b"\x00\x00\x00\x01"),
        ("unsigned int", "long", 2**32 - 1, b"\xff" * 4),
        ("long long", "long", -1, b"\xff" * 8),
        ("unsigned long", "double", 1.0, b"\0" * 7 + b"\x01"),
        ("float", "float", 0.5, struct.pack(">f", 0.5)),
        ("<double", "double", 0.1, struct.pack("<d", 0.1)),
        ("network int64", "long", 1, struct.pack("!q", 1)),
        ("pad", "null", None, b"\0"),
        ("raw", "bytes", b"ab", b"ab"),
        ("raw2", "bytes", b"ab", b"ab"),
        ("null terminated", "bytes", b"ab", b"ab\0"),
        ("length prefixed", "bytes", b"ab", b"\x02ab"),
    ],
)
def test_a_value_is_written_in_its_format_and_read_again(form: str, of: str, value: Any, data: bytes) -> None:
    assert packed(form, value, of) == data
    if form == "raw":
        return
    back = {"unpack": "input", "format": [{"x": form}], "then": "x", "else": {"error": "not unpacked"}}
    found = answer(back, data, takes="bytes", gives=of)
    assert found == value
    assert type(found) is type(value)


def test_pieces_stand_one_after_another() -> None:
    pieces = {"pack": [{"int8": "input"}, {"raw": {"base64": "AAE="}}, {"<int16": {"+": ["input", 1]}}]}
    assert answer(pieces, 1, gives="bytes") == b"\x01\x00\x01\x02\x00"


def test_what_is_unpacked_has_its_names_and_order() -> None:
    form = {
        "unpack": "input",
        "format": [{"a": "int8"}, {"b": "pad"}, {"c": "int8"}],
        "then": {"-": [{"*": ["a", 10]}, "c"]},
        "else": -1,
    }
    assert answer(form, b"\x05\x00\x03", takes="bytes") == 47


@pytest.mark.parametrize("data", [b"", b"\x05", b"\x05\x00", b"\x05\x00\x03\x00"])
def test_bytes_that_are_too_few_or_too_many_are_not_unpacked(data: bytes) -> None:
    form = {"unpack": "input", "format": [{"a": "int8"}, {"c": "int16"}], "then": 1, "else": -1}
    assert answer(form, data, takes="bytes") == -1


def test_unpack_without_else_gives_null() -> None:
    assert (
        answer({"unpack": "input", "format": [{"a": "int8"}], "then": "a"}, b"\x01", takes="bytes", gives="null")
        is None
    )


def test_what_does_not_fit_its_format_has_a_code() -> None:
    assert code_of({"pack": [{"raw3": "input"}]}, b"ab", takes="bytes", gives="bytes") == 3000
    assert code_of({"pack": [{"prefixed": "input"}]}, b"x" * 256, takes="bytes", gives="bytes") == 3001


def test_what_cannot_be_packed_or_unpacked_is_refused() -> None:
    refused({"pack": [{"int": "input"}]}, takes="double", gives="bytes")
    refused({"pack": [{"int17": "input"}]}, gives="bytes")
    refused({"unpack": "input", "format": [{"x": "int"}], "then": 1, "else": 2})
    refused({"unpack": "input", "format": [{"x": "raw"}], "then": 1, "else": 2}, takes="bytes")
    refused({"unpack": "input", "format": [{"x": "int"}, {"x": "int"}], "then": 1, "else": 2}, takes="bytes")
    refused({"unpack": "input", "format": [], "then": 1, "else": 2}, PFASyntaxError, takes="bytes")


def test_symbols_that_are_unpacked_can_be_set_and_are_gone_after() -> None:
    form = {"unpack": "input", "format": [{"x": "int8"}], "then": [{"set": {"x": {"+": ["x", 1]}}}, "x"], "else": -1}
    assert answer(form, b"\x01", takes="bytes") == 2
    refused([form, "x"], takes="bytes")
