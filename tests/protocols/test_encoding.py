from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import BadInput
from salver.protocols.encoding import TooLarge, deflate, inflate

BODY = b'{"instances": [[1.0, 2.0]]}' * 100
LIMIT = 1_000_000


@given(st.binary(max_size=300_000), st.sampled_from([b"gzip", b"deflate", b"x-gzip"]))
def test_what_other_libraries_code_is_undone(body: bytes, coding: bytes):
    coded = zlib.compress(body) if coding == b"deflate" else gzip.compress(body, mtime=0)
    assert inflate(coded, coding, LIMIT) == body


@given(st.binary(min_size=1024, max_size=5000))
def test_what_is_coded_other_libraries_undo(body: bytes):
    assert gzip.decompress(deflate(body, b"gzip")[1]) == body
    assert zlib.decompress(deflate(body, b"deflate")[1]) == body


def test_codings_are_undone_last_to_first():
    assert inflate(gzip.compress(zlib.compress(BODY)), b"deflate, identity ,GZIP", LIMIT) == BODY


def test_no_coding_is_the_body_itself():
    assert inflate(BODY, b"identity", LIMIT) is BODY
    assert inflate(b"", b"gzip", LIMIT) == b""


def test_parts_one_behind_the_other_are_one_body():
    assert (
        inflate(gzip.compress(BODY, mtime=0) + gzip.compress(b"") + gzip.compress(b"end"), b"gzip", LIMIT)
        == BODY + b"end"
    )


def test_parts_larger_than_a_piece():
    noise = bytes((number * 7919) % 251 for number in range(200_000))
    assert inflate(gzip.compress(noise, 0) * 2, b"gzip", LIMIT) == noise * 2


@pytest.mark.parametrize(("excess", "fits"), [(0, True), (1, False)])
def test_the_bound_is_exact(excess: int, fits: bool):
    body = gzip.compress(b"x" * (1000 + excess))
    if fits:
        assert inflate(body, b"gzip", 1000) == b"x" * 1000
    else:
        with pytest.raises(TooLarge, match="the gzip body inflates to more than 1000 bytes"):
            inflate(body, b"gzip", 1000)


def test_a_bomb_is_refused_before_it_goes_off():
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        inflate(bomb, b"gzip", 1_000_000)
    with pytest.raises(TooLarge):
        inflate(gzip.compress(bomb, mtime=0), b"gzip, gzip", 1_000_000)


def test_empty_parts_without_end_are_refused():
    with pytest.raises(BadInput, match="made of more than 4096 parts"):
        inflate(gzip.compress(b"") * 100_000, b"gzip", LIMIT)


def test_a_body_is_not_coded_over_and_over():
    with pytest.raises(BadInput, match="coded 1000 times over, wanted at most 3"):
        inflate(BODY, b",".join([b"gzip"] * 1000), LIMIT)


@pytest.mark.parametrize(
    ("body", "coding", "said"),
    [
        (BODY, b"gzip", "the body is broken gzip"),
        (gzip.compress(BODY, mtime=0)[:-20], b"gzip", "the gzip body ends in the middle"),
        (gzip.compress(BODY, mtime=0)[:-1], b"gzip", "ends in the middle"),
        (gzip.compress(BODY, mtime=0) + b"tail", b"gzip", "the body is broken gzip"),
        (gzip.compress(BODY, mtime=0)[:-8] + b"\0" * 8, b"gzip", "the body is broken gzip"),
        (BODY, b"br", "Content-Encoding 'br' is not known; wanted gzip or deflate"),
        (BODY, b"\xff", "is not known"),
    ],
)
def test_what_cannot_be_undone_is_said(body: bytes, coding: bytes, said: str):
    with pytest.raises(BadInput, match=said):
        inflate(body, coding, LIMIT)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (b"gzip", b"gzip"),
        (b"GZIP, deflate, br", b"gzip"),
        (b"br, deflate;q=0.5", b"deflate"),
        (b"gzip;q=0, deflate", b"deflate"),
        (b"gzip; q=0.000", b""),
        (b"identity", b""),
        (b"br", b""),
        (b"", b""),
        (b"\xff;;,,;q=", b""),
    ],
)
def test_an_answer_is_coded_as_the_client_takes_it(accepted: bytes, coding: bytes):
    named, body = deflate(BODY, accepted)
    assert named == coding
    assert (inflate(body, coding, LIMIT) if coding else body) == BODY
    assert deflate(b"small", accepted) == (b"", b"small")


def test_coding_gives_the_same_bytes_each_time():
    assert deflate(BODY, b"gzip") == deflate(BODY, b"gzip")
