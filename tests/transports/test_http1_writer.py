"""Heads as the standard library's client reads them, and their bytes where the bytes matter."""

from __future__ import annotations

import pytest

from salver.protocols.http import HttpResponse
from salver.transports.http1_reader import LAST, PLAIN, Manner
from salver.transports.http1_writer import Http1Writer, chunk

OLD = Manner(keep_alive=True, old=True)


def test_the_common_answer_to_the_byte():
    writer = Http1Writer(clock=lambda: 784111777.5)
    assert writer.whole(HttpResponse(200, b"{}"), b"{}", PLAIN) == (
        b"HTTP/1.1 200 OK\r\n"
        b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        b"Content-Type: application/json\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    )


def test_the_date_moves_with_the_clock():
    now_s = [784111777.0]
    writer = Http1Writer(clock=lambda: now_s[0])
    dates = []
    for now_s[0] in (784111777.0, 784111777.9, 784111778.0, 784111837.2):
        dates.append(writer.whole(HttpResponse(200), b"", PLAIN).split(b"\r\n")[1][-12:])
    assert dates == [b"08:49:37 GMT", b"08:49:37 GMT", b"08:49:38 GMT", b"08:50:37 GMT"]


@pytest.mark.parametrize(
    ("response", "manner", "lines"),
    [
        (HttpResponse(404, b"abc", b"text/plain"), PLAIN, [b"HTTP/1.1 404 Not Found", b"Content-Length: 3"]),
        (HttpResponse(200, b"abc"), LAST, [b"Connection: close", b"Content-Length: 3"]),
        (HttpResponse(200, b"abc"), OLD, [b"Connection: keep-alive"]),
        (HttpResponse(299, b""), PLAIN, [b"HTTP/1.1 299 "]),
        (HttpResponse(200, b"", headers=((b"X-A", b"1"), (b"X-A", b"2"))), PLAIN, [b"X-A: 1", b"X-A: 2"]),
    ],
)
def test_lines_of_a_head(response, manner, lines):
    head = Http1Writer().whole(response, response.body, manner).partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert [line for line in lines if line not in head] == []


def test_no_content_type_where_there_is_none():
    assert b"Content-Type" not in Http1Writer().whole(HttpResponse(200, b"x", None), b"x", PLAIN)


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_can_have_no_body_has_none(status):
    raw = Http1Writer().whole(HttpResponse(status, b"x"), b"x", PLAIN)
    assert raw.endswith(b"\r\n\r\n")
    assert b"Content-Length" not in raw


def test_the_answer_to_head_tells_the_length_of_get(parse_answers):
    raw = Http1Writer().whole(HttpResponse(200, b"abc"), b"abc", Manner(bodiless=True))
    [answer] = parse_answers(raw, "HEAD")
    assert answer.headers["content-length"] == "3"


def test_chunks_are_read_back(parse_answers):
    raw = Http1Writer().head(HttpResponse(200), None, PLAIN) + chunk(b"x" * 300) + chunk(b"yz") + b"0\r\n\r\n"
    [answer] = parse_answers(raw)
    assert answer.body == b"x" * 300 + b"yz"
