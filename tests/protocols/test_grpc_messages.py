"""Messages within a stream: cut anywhere, lying, compressed by the standard library, too large."""

import gzip
import itertools
import random
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.protocols.grpc import Code, Refused
from salver.protocols.grpc_messages import MessageReader, frame, frames

MAX_BYTES = 100_000


def on_the_wire(message, flag=0):
    return struct.pack(">BI", flag, len(message)) + message


def read(pieces, encoding=b"identity", max_bytes=MAX_BYTES):
    reader = MessageReader(encoding, max_bytes)
    messages = [bytes(message) for piece in pieces for message in reader.feed(piece)]
    reader.end()
    return messages


def refusal(pieces, **options):
    with pytest.raises(Refused) as caught:
        read(pieces, **options)
    return caught.value.status


@given(st.lists(st.binary(max_size=40), max_size=6), st.lists(st.integers(0, 240), max_size=8))
def test_messages_cut_anywhere(messages, cuts):
    raw = b"".join(frame(message) for message in messages)
    places = [0, *sorted(cut for cut in cuts if cut <= len(raw)), len(raw)]
    assert read([raw[a:b] for a, b in itertools.pairwise(places)]) == messages


def test_frames_are_as_the_document_says():
    assert frame(b"abc") == b"\x00\x00\x00\x00\x03abc"
    assert frame(b"") == bytes(5)


def test_a_large_message_comes_byte_by_byte_and_whole():
    message = bytes(range(256)) * 300
    raw = on_the_wire(message) * 2
    assert read([raw]) == [message, message]
    assert read([raw[i : i + 999] for i in range(0, len(raw), 999)]) == [message, message]


@pytest.mark.parametrize(
    ("encoding", "pack"), [(b"gzip", gzip.compress), (b"deflate", zlib.compress)], ids=["gzip", "deflate"]
)
def test_compressed_messages(encoding, pack):
    raw = on_the_wire(pack(b"a" * 5000), 1) + on_the_wire(b"plain") + on_the_wire(pack(b""), 1)
    assert read([raw[:7], raw[7:]], encoding) == [b"a" * 5000, b"plain", b""]


@pytest.mark.parametrize("size", [0, 52, 65_536, 65_537, 1_000_000])
def test_a_message_in_pieces(size):
    assert b"".join(frames(bytes(size), False)) == on_the_wire(bytes(size))


def test_answers_are_compressed_where_it_is_worth_it():
    assert frames(b"small", True) == (frame(b"small"),)
    for message in (b"a" * 5000, random.Random(3).randbytes(100_000)):
        packed = b"".join(frames(message, True))
        assert packed[0] == 1
        assert struct.unpack(">I", packed[1:5])[0] == len(packed) - 5
        assert gzip.decompress(packed[5:]) == message


@pytest.mark.parametrize("cut", [1, 4, 5, 7])
def test_a_stream_that_ends_within_a_message(cut):
    status = refusal([on_the_wire(b"abc")[:cut]])
    assert status.code is Code.INTERNAL
    assert "ended within a message" in status.message


def test_a_lying_length_is_a_message_that_does_not_end():
    assert refusal([struct.pack(">BI", 0, 50) + b"abc"]).message.endswith("3 of 50 bytes came")


@pytest.mark.parametrize("length", [MAX_BYTES + 1, 2**31 - 1, 2**32 - 1])
def test_a_claim_beyond_the_bound_is_refused_before_its_bytes(length):
    status = refusal([struct.pack(">BI", 0, length)])
    assert status.code is Code.RESOURCE_EXHAUSTED
    assert f"({length} vs. {MAX_BYTES})" in status.message


@pytest.mark.parametrize("flag", [2, 128, 255])
def test_a_flag_that_is_none(flag):
    assert refusal([on_the_wire(b"a", flag)], encoding=b"gzip").code is Code.INTERNAL


def test_a_compressed_flag_without_an_encoding():
    status = refusal([on_the_wire(gzip.compress(b"a"), 1)])
    assert status.code is Code.INTERNAL
    assert "grpc-encoding" in status.message


@pytest.mark.parametrize("packed", [b"junk", gzip.compress(b"a" * 99)[:-3]], ids=["junk", "cut"])
def test_a_compressed_message_that_is_broken(packed):
    assert refusal([on_the_wire(packed, 1)], encoding=b"gzip").code is Code.INTERNAL


def test_a_message_does_not_inflate_beyond_the_bound():
    packed = gzip.compress(bytes(MAX_BYTES + 1))
    assert len(packed) < 1000
    assert refusal([on_the_wire(packed, 1)], encoding=b"gzip").code is Code.RESOURCE_EXHAUSTED
    assert read([on_the_wire(gzip.compress(bytes(MAX_BYTES)), 1)], b"gzip") == [bytes(MAX_BYTES)]


@given(st.binary(max_size=200), st.sampled_from([b"identity", b"gzip", b"deflate"]))
def test_any_bytes_are_messages_or_refused(raw, encoding):
    try:
        messages = read([raw], encoding, 100)
    except Refused as refused:
        codes, messages = {refused.status.code}, []
    else:
        codes = set()
    assert codes <= {Code.INTERNAL, Code.RESOURCE_EXHAUSTED}
    assert all(len(message) <= 100 for message in messages)
