"""Floods and bombs: each is bounded, and ends with the right code. What honest clients do for long is no flood."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from http2_peer import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GET,
    HEADERS,
    INITIAL_WINDOW_SIZE,
    PADDED,
    PING,
    PRIORITY,
    SETTINGS,
    Peer,
    goaway,
    raw,
    rst_stream,
    settings,
    window_update,
)

from salver.core.errors import BadInput
from salver.protocols.http2.errors import ErrorCode
from salver.protocols.http2.events import DataReceived, Ended, RequestReceived
from salver.protocols.http2.limits import Http2Limits

CALM = ErrorCode.ENHANCE_YOUR_CALM
LIMITS = Http2Limits(max_resets=50, max_control_frames=50)
OK = ((b":status", b"200"),)
SIMPLE = b"\x82\x86\x84"


def asked(number: int, flags: int = END_HEADERS) -> bytes:
    return raw(HEADERS, flags, number, SIMPLE)


def odd(count: int) -> range:
    return range(1, 2 * count, 2)


# Streams that come to nothing.


def test_rapid_reset():
    """CVE-2023-44487."""
    peer = Peer(LIMITS)
    events = peer.say(*[asked(number) + rst_stream(number) for number in odd(60)])
    assert isinstance(events[-1], Ended)
    assert events[-1].code is CALM
    requests = [event.stream for event in events if isinstance(event, RequestReceived)]
    assert len(requests) == 50 + 3  # reads are progress, and there were three


def test_answers_do_not_pay_for_resets():
    peer = Peer(LIMITS)
    peer.say(asked(1, END_HEADERS | END_STREAM))
    for _ in range(100):
        peer.connection.send_data(1, b"x")
    peer.ends(CALM, *[asked(number) + rst_stream(number) for number in range(3, 123, 2)])


@pytest.mark.parametrize(
    ("mistake", "code"),
    [
        pytest.param(lambda n: window_update(n, 0), ErrorCode.PROTOCOL_ERROR, id="window-of-0"),
        pytest.param(lambda n: window_update(n, (1 << 31) - 1), ErrorCode.FLOW_CONTROL_ERROR, id="window-overflow"),
        pytest.param(lambda n: raw(PRIORITY, 0, n, b"x"), ErrorCode.FRAME_SIZE_ERROR, id="PRIORITY-of-1-byte"),
        pytest.param(lambda n: raw(HEADERS, END_HEADERS, n, SIMPLE), ErrorCode.PROTOCOL_ERROR, id="second-HEADERS"),
        pytest.param(lambda n: raw(DATA, 1, n) + raw(DATA, 0, n), ErrorCode.STREAM_CLOSED, id="DATA-behind-the-end"),
    ],
)
def test_made_you_reset(mistake, code: ErrorCode):
    """CVE-2025-8671: the client has us reset the streams."""
    peer = Peer(LIMITS)
    events = peer.say(*[asked(number) + mistake(number) for number in odd(60)])
    assert isinstance(events[-1], Ended)
    assert events[-1].code is CALM
    codes = {frame.error_code for frame in peer.heard() if type(frame).__name__ == "RstStreamFrame"}
    assert codes == {code}


def test_malformed_requests_without_end():
    peer = Peer(LIMITS)
    peer.ends(CALM, *[raw(HEADERS, END_HEADERS | END_STREAM, number, b"\x82") for number in odd(60)])


def test_empty_headers_without_end():
    """CVE-2019-9518."""
    peer = Peer(LIMITS)
    peer.ends(CALM, *[raw(HEADERS, END_HEADERS | END_STREAM, number) for number in odd(60)])


def test_refused_streams_without_end():
    peer = Peer(Http2Limits(max_concurrent_streams=1, max_resets=50))
    peer.ends(CALM, *[asked(number) for number in odd(60)])


def test_too_long_requests_without_end():
    peer = Peer(Http2Limits(max_header_bytes=100, max_resets=50))
    peer.ends(CALM, *[asked(number) for number in odd(60)])


def test_streams_behind_goaway_without_end():
    peer = Peer(LIMITS)
    peer.connection.goaway(ErrorCode.NO_ERROR)
    peer.connection.goaway(ErrorCode.NO_ERROR)
    peer.ends(CALM, *[asked(number) for number in odd(60)])


def test_a_client_that_gives_up_now_and_then_is_no_flood():
    peer = Peer(LIMITS)
    for number in range(1, 4000, 4):
        peer.say(asked(number), asked(number + 2, END_HEADERS | END_STREAM))
        peer.connection.send_headers(number + 2, OK, end=True)
        peer.say(rst_stream(number))
        peer.heard()
    peer.say(raw(PING, 0, 0, b"x" * 8))
    assert not peer.connection.ended


def test_answers_that_stop_an_upload_are_no_flood():
    peer = Peer(LIMITS)
    for number in odd(500):
        peer.say(asked(number), raw(DATA, 0, number, b"x" * 100))
        peer.connection.send_headers(number, OK, end=True)
        peer.say(raw(DATA, 0, number, b"x"))
        peer.heard()
    assert not peer.connection.ended


# Frames that bring nothing.


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(raw(PING, 0, 0, b"x" * 8), id="PING"),  # CVE-2019-9512
        pytest.param(raw(PING, ACK, 0, b"x" * 8), id="PING-ACK"),
        pytest.param(settings(), id="SETTINGS"),  # CVE-2019-9515
        pytest.param(settings((INITIAL_WINDOW_SIZE, 1)) + settings((INITIAL_WINDOW_SIZE, 2)), id="SETTINGS-windows"),
        pytest.param(raw(SETTINGS, ACK, 0), id="SETTINGS-ACK"),
        pytest.param(raw(PRIORITY, 0, 1, b"\0\0\0\x05\x01"), id="PRIORITY"),  # CVE-2019-9513
        pytest.param(raw(DATA, 0, 1), id="empty-DATA"),  # CVE-2019-9518
        pytest.param(raw(DATA, PADDED, 1, b"\x03\0\0\0"), id="DATA-of-padding"),
        pytest.param(raw(0xEE, 0, 0, b"x" * 100), id="unknown"),
        pytest.param(window_update(0, 1), id="WINDOW_UPDATE"),
        pytest.param(window_update(1, 1), id="WINDOW_UPDATE-of-a-stream"),
        pytest.param(window_update(3, 1), id="WINDOW_UPDATE-of-a-closed-stream"),
        pytest.param(rst_stream(3), id="RST_STREAM-of-a-closed-stream"),
        pytest.param(raw(DATA, 0, 5, b"x"), id="DATA-of-a-stream-we-reset"),
        pytest.param(goaway(0), id="GOAWAY"),
    ],
)
def test_frames_that_bring_nothing(frame: bytes):
    peer = Peer(LIMITS)
    peer.say(asked(1), asked(3), asked(5), rst_stream(3))
    peer.connection.send_reset(5, ErrorCode.CANCEL)
    peer.heard()
    peer.ends(CALM, *[frame] * 60)


def test_ping_now_and_then_is_no_flood():
    """Reads are progress: a connection may be kept alive for years without a request."""
    peer = Peer(LIMITS)
    for _ in range(2000):
        peer.say(raw(PING, 0, 0, b"x" * 8))
        assert peer.names() == [("Ping", 0)]
    assert not peer.connection.ended


def test_windows_for_a_long_answer_are_no_flood():
    peer = Peer(LIMITS)
    peer.say(asked(1, END_HEADERS | END_STREAM))
    for _ in range(100):
        for _ in range(20):
            peer.connection.send_data(1, b"x" * 100)
        peer.say(*[window_update(1, 100) + window_update(0, 100) + raw(PING, 0, 0, b"x" * 8)] * 20)
        peer.heard()
    assert not peer.connection.ended


def test_an_answer_taken_byte_by_byte():
    """CVE-2019-9511, CVE-2019-9517: crumbs are no progress."""
    peer = Peer(LIMITS, said=settings((INITIAL_WINDOW_SIZE, 0)))
    peer.say(asked(1, END_HEADERS | END_STREAM))
    peer.connection.send_data(1, b"x" * 100_000, end=True)
    peer.ends(CALM, *[window_update(1, 1)] * 60)


# Header blocks.


@pytest.mark.parametrize("piece", [b"", b"\x82", b"\x00\x01a\x64" + b"b" * 100], ids=["empty", "a-byte", "a-field"])
def test_continuation_without_end(piece: bytes):
    """CVE-2024-27316 and its kin."""
    peer = Peer()
    frames = [raw(CONTINUATION, 0, 1, piece)] * 17
    assert peer.say(raw(HEADERS, END_STREAM, 1, b"\x82"), *frames[:16]) == []
    peer.ends(CALM, frames[16])


def test_continuation_of_many_bytes():
    peer = Peer(Http2Limits(max_header_bytes=40_000))
    assert peer.say(raw(HEADERS, 0, 1, b"x" * 16_384), raw(CONTINUATION, 0, 1, b"x" * 16_384)) == []
    peer.ends(CALM, raw(CONTINUATION, 0, 1, b"x" * 16_384))


def test_a_bomb_of_header_fields():
    """A field of 4 kB, asked for 16,000 times in 16 kB."""
    peer = Peer()
    big = b"\x40\x01a\x7f\x81\x1e" + b"x" * (127 + 1 + 0x1E * 128)
    peer.say(raw(HEADERS, END_HEADERS | END_STREAM, 1, SIMPLE + big))
    tracemalloc.start()
    assert peer.say(raw(HEADERS, END_HEADERS | END_STREAM, 3, b"\xbe" * 16_000)) == []
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 500_000
    assert [frame.stream_id for frame in peer.heard()][-1] == 3  # answered: 431
    (event,) = peer.say(raw(HEADERS, END_HEADERS | END_STREAM, 5, SIMPLE + b"\xbe"))
    assert isinstance(event, RequestReceived)


def test_ever_new_header_blocks_do_not_pile_up():
    peer = Peer()
    tracemalloc.start()
    for number in odd(3000):
        fresh = b"\x00\x04%04x\x7f\x81\x01%04x" % (number, number) + b"x" * 252
        peer.say(raw(HEADERS, END_HEADERS | END_STREAM, number, SIMPLE + fresh))
        peer.connection.send_headers(number, OK, end=True)
        peer.events.clear()
        peer.heard()
    now, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert now < 1_000_000
    assert not peer.connection.ended


# Those that do not read.


def test_a_client_that_does_not_read_replies():
    """Reads are progress, but what nobody takes is bounded."""
    peer = Peer(Http2Limits(max_unsent_replies=100))
    for _ in range(100):
        assert peer.say(raw(PING, 0, 0, b"x" * 8)) == []
    (ended,) = peer.say(raw(PING, 0, 0, b"x" * 8), settings())
    assert isinstance(ended, Ended)
    assert ended.code is CALM


def test_a_client_that_opens_no_window_fills_only_its_streams():
    peer = Peer(Http2Limits(max_concurrent_streams=10), said=settings((INITIAL_WINDOW_SIZE, 0)))
    for number in odd(20):
        peer.say(asked(number, END_HEADERS | END_STREAM))
        peer.connection.send_headers(number, OK)
        peer.connection.send_data(number, b"x" * 1000, end=True)
    assert peer.connection.open_streams == 10
    assert sum(peer.connection.pending_bytes(number) for number in odd(20)) == 10_000


# Time.


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(settings(*[(INITIAL_WINDOW_SIZE, n % 2) for n in range(2730)]), id="SETTINGS-of-2730"),
        pytest.param(raw(HEADERS, END_HEADERS, 5001, b"\x3f\xe1\x1f\x20" * 4096), id="table-sizes"),
        pytest.param(raw(HEADERS, END_HEADERS, 5001, b"\x00\x81\xff\x81\xff" * 3200), id="broken-Huffman"),
    ],
)
def test_one_frame_does_not_take_long(frame: bytes):
    peer = Peer()
    peer.say(*[asked(number) for number in odd(1000)])
    started = time.process_time()
    peer.say(frame)
    assert time.process_time() - started < 0.1


def test_crumbs_of_a_frame_do_not_take_long():
    peer = Peer()
    peer.say(asked(1))
    frame = raw(DATA, 0, 1, b"x" * 16_384)
    started = time.process_time()
    events = [event for start in range(len(frame)) for event in peer.connection.receive(frame[start : start + 1])]
    assert [type(event) for event in events] == [DataReceived]
    assert time.process_time() - started < 0.5


# The limits themselves.


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("max_resets", 0, "max_resets must be more than 0, got 0"),
        ("max_frame_bytes", 1000, "max_frame_bytes must be at least 16384, got 1000"),
        ("max_frame_bytes", 1 << 24, "max_frame_bytes must be at most 16777215 in HTTP/2, got 16777216"),
        ("stream_window_bytes", 1 << 31, "stream_window_bytes must be at most 2147483647 in HTTP/2, got 2147483648"),
        ("connection_window_bytes", 100, "connection_window_bytes must be at least 65535, got 100"),
    ],
)
def test_limits_that_make_no_sense(name: str, value: int, message: str):
    with pytest.raises(BadInput) as raised:
        Http2Limits(**{name: value})
    assert raised.value.message == message


def test_a_request_within_the_limits_is_heard():
    (event,) = (peer := Peer(LIMITS)).say(peer.headers(1, GET, end=True))
    assert isinstance(event, RequestReceived)
