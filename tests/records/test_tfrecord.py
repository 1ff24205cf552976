"""The framing, held against files that TensorFlow wrote and against its published checksum."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.records.tfrecord import DataLoss, framed, read_records

SAVED_MODELS = Path(__file__).parents[3] / "shared" / "testdata" / "saved_models" / "generated"
WARMUP = "00000123/assets.extra/tf_serving_warmup_requests"
# The record b"hello" as tf.io.TFRecordWriter writes it.
HELLO = bytes.fromhex("0500000000000000eab2043e68656c6c6fbb1f1c19")
MANY = 1 << 20


def records(data: bytes, most: int = MANY) -> list[bytes]:
    return list(read_records(io.BytesIO(data), most))


def test_a_record_is_laid_out_as_tensorflow_lays_it_out():
    assert framed(b"hello") == HELLO


@given(st.lists(st.binary(max_size=200)))
def test_what_is_framed_is_read_back(written: list[bytes]):
    assert records(b"".join(map(framed, written))) == written


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=3), st.data())
def test_a_file_that_is_cut_short_or_changed_is_never_read_as_whole(written: list[bytes], data: st.DataObject):
    whole = b"".join(map(framed, written))
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DataLoss, match=r"(corrupted|truncated) record at \d+"):
        records(bytes(changed))
    ends = {sum(len(framed(record)) for record in written[:count]) for count in range(len(written))}
    if place not in ends:
        with pytest.raises(DataLoss, match=r"truncated record at \d+"):
            records(whole[:place])


def test_a_record_that_claims_more_than_is_allowed_is_not_read():
    with pytest.raises(DataLoss, match="corrupted record at 0"):
        records(framed(b"x" * 11), 10)


@pytest.mark.skipif(not SAVED_MODELS.is_dir(), reason="the shared test data is not there")
@pytest.mark.parametrize(
    ("folder", "count"), [("half_plus_two_warmup", 4), ("half_plus_two_warmup_1001_records", 1001)]
)
def test_files_of_tensorflow_are_read(folder: str, count: int):
    with (SAVED_MODELS / folder / WARMUP).open("rb") as file:
        read = list(read_records(file, MANY))
    assert len(read) == count
    assert b"".join(map(framed, read)) == (SAVED_MODELS / folder / WARMUP).read_bytes()


@pytest.mark.skipif(not SAVED_MODELS.is_dir(), reason="the shared test data is not there")
def test_a_broken_checksum_is_found():
    with (SAVED_MODELS / "half_plus_two_warmup_corrupt" / WARMUP).open("rb") as file, pytest.raises(DataLoss):
        list(read_records(file, MANY))
