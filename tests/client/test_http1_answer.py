"""The bytes of an answer, beside what `http.client` of the standard library makes of the same bytes."""

from __future__ import annotations

import gzip
import io
import zlib
from contextlib import suppress
from http.client import HTTPResponse
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.client.http1_answer import AnswerReader
from salver.core.errors import Internal
from salver.protocols.http import HttpResponse

SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One: 1\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: t\r\n\r\n"
CLOSED = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"
INFORMED = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + SIZED


class Read(io.BytesIO):
    def makefile(self, _mode: str) -> Read:
        return self


def library(data: bytes) -> tuple[int, bytes]:
    answer = HTTPResponse(Read(data))  # type: ignore[arg-type]
    answer.begin()
    return answer.status, answer.read()


def read(*pieces: bytes, max_bytes: int = 1000) -> tuple[HttpResponse | None, AnswerReader]:
    reader = AnswerReader(max_bytes, "it")
    for piece in pieces:
        found = reader.feed(piece)
        if found is not None:
            return found, reader
    return reader.end(), reader


@pytest.mark.parametrize("data", [SIZED, CHUNKED, CLOSED, EMPTY])
def test_it_reads_what_the_library_reads(data: bytes) -> None:
    answer, _ = read(data)
    assert answer is not None
    assert (answer.status, answer.body) == library(data)


@pytest.mark.parametrize("data", [SIZED, CHUNKED, CLOSED, EMPTY, INFORMED])
def test_however_it_is_cut(data: bytes) -> None:
    whole, _ = read(data)
    assert read(*(data[place : place + 1] for place in range(len(data))))[0] == whole
    for place in range(1, len(data)):
        assert read(data[:place], data[place:])[0] == whole


@given(st.binary(max_size=300), st.lists(st.integers(1, 50), max_size=20), st.data())
def test_chunks_of_any_size(body: bytes, sizes: list[int], data: Any) -> None:
    rest, coded = body, b""
    for size in [*sizes, max(len(body), 1)]:
        if rest:
            piece, rest = rest[:size], rest[size:]
            coded += b"%x\r\n%b\r\n" % (len(piece), piece)
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + coded + b"0\r\n\r\n"
    cut = data.draw(st.integers(0, len(raw)))
    answer, reader = read(raw[:cut], raw[cut:])
    assert answer is not None
    assert (answer.status, answer.body) == library(raw) == (200, body)
    assert reader.keeps


def test_headers_have_names_in_lower_case() -> None:
    answer, _ = read(SIZED)
    assert answer is not None
    assert answer.headers == ((b"content-length", b"5"), (b"x-one", b"1"))


def test_informational_answers_are_not_the_answer() -> None:
    assert read(INFORMED)[0] == read(SIZED)[0]


@pytest.mark.parametrize(
    ("data", "keeps"),
    [
        (SIZED, True),
        (CHUNKED, True),
        (EMPTY, True),
        (CLOSED, False),
        (SIZED.replace(b"X-One: 1", b"Connection: close"), False),
        (SIZED.replace(b"1.1", b"1.0"), False),
        (SIZED + b"HTTP/1.1 200 OK\r\n", False),
        (SIZED + b"garbage", False),
    ],
)
def test_whether_the_connection_can_be_used_again(data: bytes, keeps: bool) -> None:
    answer, reader = read(data)
    assert answer is not None
    assert answer.body in (b"hello", b"")
    assert reader.keeps is keeps


@pytest.mark.parametrize("data", [SIZED, CHUNKED])
def test_an_answer_cut_off_is_none(data: bytes) -> None:
    for place in range(1, len(data)):
        assert read(data[:place])[0] is None


@pytest.mark.parametrize(("coding", "code"), [(b"gzip", gzip.compress), (b"deflate", zlib.compress)])
def test_a_coded_answer_is_inflated(coding: bytes, code: Any) -> None:
    body = code(b"hello" * 100)
    answer, _ = read(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n%b" % (coding, len(body), body)
    )
    assert answer is not None
    assert answer.body == b"hello" * 100


def coded(coding: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n%b" % (coding, len(body), body)


BAD = {
    "another protocol": (b"220 smtp ready\r\n", "no HTTP"),
    "a length that is none": (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "no HTTP"),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "no HTTP"),
    "a chunk that is none": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", "no HTTP"),
    "another protocol on request": (b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", "no HTTP"),
    "a body too large": (b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + bytes(1001), "larger than 1000 bytes"),
    "inflating beyond": (coded(b"gzip", gzip.compress(bytes(1001))), "inflates to more than 1000 bytes"),
    "broken gzip": (coded(b"gzip", b"hello"), "broken gzip"),
    "an unknown coding": (coded(b"br", b"hello"), "'br' is not known"),
    "a head without end": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, "head of more than"),
    "headers without end": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000, "head of more than"),
    "only informational": (b"HTTP/1.1 100 Continue\r\n\r\n" * 11_000, "head of more than"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_none_is_refused(case: str) -> None:
    data, words = BAD[case]
    with pytest.raises(Internal, match=words):
        read(data)


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(data: bytes) -> None:
    for raw in (data, b"HTTP/1.1 200 OK\r\n" + data, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + data):
        with suppress(Internal):
            read(raw)
