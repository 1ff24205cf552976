"""Every type of frame, byte by byte: what RFC 9113 §6 draws against what is written and read."""

from __future__ import annotations

import pytest
from http2_peer import OK, PREFACE, Peer, raw, settings

from salver.protocols.http2 import frames
from salver.protocols.http2.connection import Connection, encode_static
from salver.protocols.http2.errors import ErrorCode
from salver.protocols.http2.events import (
    DataReceived,
    Drained,
    RequestReceived,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from salver.protocols.http2.limits import Http2Limits

GET_BLOCK = bytes.fromhex("82 86 84")  # GET, http, / of the static table


def written(hexadecimal: str) -> bytes:
    return bytes.fromhex(hexadecimal.replace("|", " "))


@pytest.mark.parametrize(
    ("made", "drawn"),
    [
        pytest.param(frames.frame(0, 1, 3, b"abc"), "000003|00|01|00000003| 616263", id="DATA"),
        pytest.param(frames.rst_stream(5, 8), "000004|03|00|00000005| 00000008", id="RST_STREAM"),
        pytest.param(
            frames.settings([(3, 100), (4, 65536)]), "00000c|04|00|00000000| 0003 00000064 0004 00010000", id="SETTINGS"
        ),
        pytest.param(frames.SETTINGS_ACK, "000000|04|01|00000000", id="SETTINGS-ACK"),
        pytest.param(frames.ping(b"12345678"), "000008|06|00|00000000| 3132333435363738", id="PING"),
        pytest.param(frames.ping(b"12345678", ack=True), "000008|06|01|00000000| 3132333435363738", id="PING-ACK"),
        pytest.param(frames.goaway(7, 2, b"why"), "00000b|07|00|00000000| 00000007 00000002 776879", id="GOAWAY"),
        pytest.param(frames.window_update(9, 1000), "000004|08|00|00000009| 000003e8", id="WINDOW_UPDATE"),
        pytest.param(
            b"".join(frames.header_frames(1, GET_BLOCK, end=True, max_bytes=16384)),
            "000003|01|05|00000001| 828684",
            id="HEADERS",
        ),
        pytest.param(
            b"".join(frames.header_frames(1, GET_BLOCK, end=True, max_bytes=1)),
            "000001|01|01|00000001| 82  000001|09|00|00000001| 86  000001|09|04|00000001| 84",
            id="HEADERS-CONTINUATION",
        ),
    ],
)
def test_written_as_drawn(made: bytes, drawn: str):
    assert made == written(drawn)


def test_a_server_says_its_settings_first():
    connection = Connection(limits=Http2Limits(max_concurrent_streams=5, stream_window_bytes=1 << 20))
    connection.start()
    assert connection.take() == written(
        "000018|04|00|00000000| 0003 00000005  0004 00100000  0006 00010000  0009 00000001"
        "000004|08|00|00000000| 00ff0001"
    )
    assert connection.take() == b""


def test_a_client_says_the_preface_and_its_settings_first():
    connection = Connection(client=True, limits=Http2Limits(max_frame_bytes=1 << 15))
    connection.start()
    assert connection.take() == PREFACE + written(
        "000018|04|00|00000000| 0002 00000000  0004 00100000  0005 00008000  0006 00010000"
        "000004|08|00|00000000| 00ff0001"
    )


def test_data_is_read():
    peer = Peer()
    peer.say(peer.headers(1))
    one, two = peer.say(written("000003|00|00|00000001| 616263"), written("000005|00|09|00000001| 02 78 79 0000"))
    assert isinstance(one, DataReceived)
    assert isinstance(two, DataReceived)
    assert (one.stream, one.data, one.counted, one.ended) == (1, b"abc", 3, False)
    assert (two.stream, two.data, two.counted, two.ended) == (1, b"xy", 5, True)


@pytest.mark.parametrize(
    "drawn",
    [
        pytest.param("000003|01|05|00000001| 828684", id="plain"),
        pytest.param("000006|01|0d|00000001| 02 828684 0000", id="padded"),
        pytest.param("000008|01|25|00000001| 80000003 10 828684", id="with-priority"),
        pytest.param("00000a|01|2d|00000001| 01 00000003 ff 828684 00", id="padded-with-priority"),
        pytest.param("000001|01|01|00000001| 82  000002|09|04|00000001| 8684", id="with-CONTINUATION"),
        pytest.param(
            "000000|01|01|00000001  000003|09|00|00000001| 828684 000000|09|04|00000001", id="in-empty-pieces"
        ),
        pytest.param("000003|01|05|80000001| 828684", id="reserved-bit"),
        pytest.param("000003|01|d7|00000001| 828684", id="unknown-flags"),
    ],
)
def test_headers_are_read(drawn: str):
    (event,) = Peer().say(written(drawn))
    assert isinstance(event, RequestReceived)
    assert event.headers == ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"))
    assert (event.stream, event.ended) == (1, True)


def test_trailers_are_read():
    peer = Peer()
    peer.say(peer.headers(1), raw(0, 0, 1, b"abc"))
    (event,) = peer.say(written("00000f|01|05|00000001| 00 05 636865636b 07 73756d3d313233"))
    assert isinstance(event, TrailersReceived)
    assert event.headers == ((b"check", b"sum=123"),)


def test_an_answer_is_written():
    peer = Peer()
    peer.say(peer.headers(1, end=True))
    peer.connection.send_headers(1, encode_static([(b":status", b"200"), (b"a", b"b")]))
    peer.connection.send_data(1, b"xyz")
    peer.connection.send_headers(1, ((b"grpc-status", b"0"),), end=True)
    assert peer.connection.take() == written(
        "000006|01|04|00000001| 88 00 01 61 01 62"
        "000003|00|00|00000001| 78797a"
        "00000f|01|05|00000001| 00 0b 677270632d737461747573 01 30"
    )


def test_the_end_of_a_body_needs_no_bytes():
    peer = Peer()
    peer.say(peer.headers(1, end=True))
    peer.connection.send_headers(1, ((b":status", b"200"),))
    peer.connection.send_data(1, b"")
    peer.connection.send_data(1, b"", end=True)
    assert peer.connection.take() == written("000001|01|04|00000001| 88 000000|00|01|00000001")


def test_priority_says_nothing():
    peer = Peer()
    assert peer.say(written("000005|02|00|00000003| 00000001 20")) == []
    peer.lives()


def test_rst_stream_is_read():
    peer = Peer()
    peer.say(peer.headers(1))
    (event,) = peer.say(written("000004|03|00|00000001| 00000008"))
    assert isinstance(event, StreamReset)
    assert (event.stream, event.code) == (1, ErrorCode.CANCEL)


def test_codes_nobody_knows_are_internal_errors():
    peer = Peer()
    peer.say(peer.headers(1))
    (event,) = peer.say(written("000004|03|00|00000001| 0000ff00"))
    assert isinstance(event, StreamReset)
    assert event.code is ErrorCode.INTERNAL_ERROR


def test_settings_are_acknowledged():
    peer = Peer()
    peer.say(settings((1, 100), (4, 5), (0xFFFF, 1)))
    assert peer.connection.take() == written("000000|04|01|00000000")


def test_ping_is_answered_with_its_bytes():
    peer = Peer()
    assert peer.say(written("000008|06|00|00000000| 0102030405060708")) == []
    assert peer.connection.take() == written("000008|06|01|00000000| 0102030405060708")


def test_goaway_is_read():
    peer = Peer()
    (event,) = peer.say(written("00000a|07|00|00000000| 80000007 0000000b 6869"))
    assert isinstance(event, Drained)
    assert (event.last_stream, event.code, event.unprocessed) == (7, ErrorCode.ENHANCE_YOUR_CALM, ())


def test_window_update_is_read():
    peer = Peer(said=settings((4, 0)))
    peer.say(peer.headers(1, end=True))
    peer.connection.send_data(1, b"abc")
    assert peer.connection.take() == b""
    peer.say(written("000004|08|00|00000001| 80000002"))
    assert peer.connection.take() == written("000002|00|00|00000001| 6162")


def test_frames_nobody_knows_are_ignored():
    peer = Peer()
    assert peer.say(raw(0xBB, 0xFF, 77, b"whatever")) == []
    peer.lives()


def test_a_response_is_read():
    peer = Peer(of_client=True)
    number = peer.connection.open()
    peer.connection.send_headers(number, ((b":method", b"GET"),), end=True)
    (early,) = peer.say(peer.headers(1, [(":status", "103"), ("link", "x")]))
    final, data = peer.say(peer.headers(1, OK), raw(0, 1, 1, b"body"))
    assert isinstance(early, ResponseReceived)
    assert isinstance(final, ResponseReceived)
    assert isinstance(data, DataReceived)
    assert (early.informational, early.headers) == (True, ((b":status", b"103"), (b"link", b"x")))
    assert (final.informational, final.ended, final.headers) == (False, False, ((b":status", b"200"),))


@pytest.mark.parametrize("step", [1, 2, 7, 9, 10, 33])
def test_bytes_may_come_cut_anywhere(step: int):
    whole = PREFACE + settings((4, 100)) + written("000003|01|04|00000001| 828684") + raw(0, 1, 1, b"x" * 50)
    connection = Connection()
    connection.start()
    events = []
    for start in range(0, len(whole), step):
        events += connection.receive(whole[start : start + step])
    request, data = events
    assert isinstance(request, RequestReceived)
    assert isinstance(data, DataReceived)
    assert data.data == b"x" * 50
