"""Protobuf's wire format, against protobuf's own library."""

from __future__ import annotations

from contextlib import suppress

import pytest
from google.protobuf import any_pb2, struct_pb2, timestamp_pb2, wrappers_pb2
from hypothesis import given
from hypothesis import strategies as st

from salver.formats.protobuf_wire import delimited, fields, signed, string_map

TEXTS = st.text(st.characters(codec="utf-8"), max_size=300)


@given(TEXTS, st.binary(max_size=300))
def test_delimited_fields_are_read_and_written(url, value):
    message = any_pb2.Any(type_url=url, value=value).SerializeToString()
    expected = {number: part for number, part in ((1, url.encode()), (2, value)) if part}
    assert dict(fields(message)) == expected
    assert b"".join(delimited(number, part) for number, part in expected.items()) == message


@given(st.integers(-(2**63), 2**63 - 1))
def test_varints_are_read(number):
    message = wrappers_pb2.Int64Value(value=number).SerializeToString()
    assert [(field, signed(value)) for field, value in fields(message) if isinstance(value, int)] == (
        [(1, number)] if number else []
    )


@given(st.floats(allow_nan=False))
def test_fixed_sizes_are_passed_as_bytes(number):
    message = wrappers_pb2.DoubleValue(value=number).SerializeToString()
    assert [len(value) for _, value in fields(message) if isinstance(value, bytes)] == [8] * bool(message)


@given(st.dictionaries(TEXTS, TEXTS, max_size=20))
def test_a_map_is_written(entries):
    values = {key: struct_pb2.Value(string_value=value) for key, value in entries.items()}
    written = string_map(1, {key: value.SerializeToString() for key, value in values.items()})
    assert struct_pb2.Struct.FromString(written) == struct_pb2.Struct(fields=values)


@given(st.binary(max_size=40))
def test_hostile_bytes_are_read_or_refused(message):
    with suppress(ValueError):
        assert all(number >= 0 for number, _ in fields(message))


@pytest.mark.parametrize("cut", range(1, 12))
def test_what_is_cut_off_is_refused(cut):
    message = timestamp_pb2.Timestamp(seconds=-1).SerializeToString()
    assert len(message) == 11
    if cut < 11:
        with pytest.raises(ValueError, match="cut off"):
            list(fields(message[:cut]))
    else:
        assert [signed(value) for _, value in fields(message) if isinstance(value, int)] == [-1]
