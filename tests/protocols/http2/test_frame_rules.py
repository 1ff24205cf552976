"""Rules of RFC 9113 §3, §4, §6: what a frame may be and where it may stand."""

from __future__ import annotations

import pytest
from http2_peer import (
    ACK,
    CONTINUATION,
    DATA,
    ENABLE_PUSH,
    END_HEADERS,
    END_STREAM,
    GET,
    GOAWAY,
    HEADER_TABLE_SIZE,
    HEADERS,
    INITIAL_WINDOW_SIZE,
    MAX_FRAME_SIZE,
    MAX_HEADER_LIST_SIZE,
    PADDED,
    PING,
    PREFACE,
    PRIORITISED,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    Peer,
    raw,
    rst_stream,
    settings,
    window_update,
)

from salver.core.errors import BadInput
from salver.protocols.http2.connection import Connection
from salver.protocols.http2.errors import ErrorCode
from salver.protocols.http2.events import DataReceived, Ended, RequestReceived
from salver.protocols.http2.limits import Http2Limits

PROTOCOL_ERROR, FRAME_SIZE_ERROR = ErrorCode.PROTOCOL_ERROR, ErrorCode.FRAME_SIZE_ERROR
COMPRESSION_ERROR, FLOW_CONTROL_ERROR = ErrorCode.COMPRESSION_ERROR, ErrorCode.FLOW_CONTROL_ERROR


def fresh(*data: bytes) -> Ended | None:
    """How a new connection ends that hears this first."""
    connection = Connection()
    connection.start()
    events = connection.receive(b"".join(data))
    return events[-1] if events and isinstance(events[-1], Ended) else None


# §3.4


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\n\r\n", b"P0", PREFACE[:-1] + b"x", b"\0" * 40], ids=repr)
def test_a_wrong_preface_is_refused(first: bytes):
    ended = fresh(first)
    assert ended is not None
    assert ended.code is PROTOCOL_ERROR


def test_a_preface_may_come_in_pieces():
    assert fresh(PREFACE[:10]) is None


@pytest.mark.parametrize(
    "first",
    [raw(PING, 0, 0, b"x" * 8), raw(SETTINGS, ACK, 0), raw(HEADERS, END_HEADERS, 1, b"\x82")],
    ids=["PING", "SETTINGS-ACK", "HEADERS"],
)
def test_settings_come_first(first: bytes):
    ended = fresh(PREFACE, first)
    assert ended is not None
    assert ended.code is PROTOCOL_ERROR


def test_a_server_has_no_preface_but_settings():
    connection = Connection(client=True)
    connection.start()
    assert connection.receive(settings()) == []
    (ended,) = connection.receive(raw(GOAWAY, 0, 1, b"x" * 8))
    assert isinstance(ended, Ended)


# §4.1, §4.2, §4.3


def test_frames_nobody_knows_are_ignored():
    peer = Peer()
    assert peer.say(raw(0x16, 0, 0, b"x" * 8), raw(0xFF, 0xFF, 5)) == []
    peer.lives()


def test_flags_nobody_knows_are_ignored():
    peer = Peer()
    peer.say(raw(PING, 0xFE, 0, b"x" * 8))
    assert peer.names() == [("Ping", 0)]


def test_the_reserved_bit_is_ignored():
    peer = Peer()
    peer.say(raw(PING, 0, 1 << 31, b"x" * 8))
    assert peer.names() == [("Ping", 0)]


@pytest.mark.parametrize("kind", [DATA, HEADERS, SETTINGS, 0x42], ids=["DATA", "HEADERS", "SETTINGS", "unknown"])
def test_a_frame_beyond_the_largest_is_refused_before_it_has_come(kind: int):
    peer = Peer()
    peer.say(peer.headers(1))
    peer.ends(FRAME_SIZE_ERROR, raw(kind, 0, 0 if kind == SETTINGS else 1, b"x" * 16_385)[:9])


def test_the_largest_frame_is_taken():
    peer = Peer()
    peer.say(peer.headers(1))
    (data,) = peer.say(raw(DATA, 0, 1, b"x" * 16_384))
    assert isinstance(data, DataReceived)


def test_a_larger_frame_is_taken_where_we_said_so():
    peer = Peer(Http2Limits(max_frame_bytes=100_000))
    peer.say(peer.headers(1))
    (data,) = peer.say(raw(DATA, 0, 1, b"x" * 100_000))
    assert isinstance(data, DataReceived)
    peer.ends(FRAME_SIZE_ERROR, raw(DATA, 0, 1, b"x" * 100_001))


def test_a_broken_header_block_ends_the_connection():
    Peer().ends(COMPRESSION_ERROR, raw(HEADERS, END_HEADERS | END_STREAM, 1, b"\x82\xff\xff\xff\xff\xff\xff"))


def test_a_broken_header_block_of_a_refused_stream_ends_the_connection():
    peer = Peer(Http2Limits(max_concurrent_streams=1))
    peer.say(peer.headers(1))
    peer.ends(COMPRESSION_ERROR, raw(HEADERS, END_HEADERS, 3, b"\xbf\xbf\xff"))


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(raw(PING, 0, 0, b"x" * 8), id="PING"),
        pytest.param(raw(PRIORITY, 0, 1, b"x" * 5), id="PRIORITY"),
        pytest.param(raw(DATA, 0, 1, b"x"), id="DATA"),
        pytest.param(raw(HEADERS, END_HEADERS, 3, b"\x82\x86\x84"), id="HEADERS"),
        pytest.param(raw(0xFE, 0, 1, b"x"), id="unknown"),
        pytest.param(raw(CONTINUATION, END_HEADERS, 3, b"\x86\x84"), id="CONTINUATION-of-another-stream"),
        pytest.param(raw(CONTINUATION, END_HEADERS, 0, b"\x86\x84"), id="CONTINUATION-of-no-stream"),
    ],
)
def test_nothing_stands_within_a_header_block(between: bytes):
    Peer().ends(PROTOCOL_ERROR, raw(HEADERS, END_STREAM, 1, b"\x82"), between)


# §6.1, §6.2: padding


@pytest.mark.parametrize("kind", [DATA, HEADERS], ids=["DATA", "HEADERS"])
@pytest.mark.parametrize("length", [3, 4, 255])
def test_padding_is_shorter_than_its_frame(kind: int, length: int):
    peer = Peer()
    peer.say(peer.headers(1))
    peer.ends(PROTOCOL_ERROR, raw(kind, PADDED | END_HEADERS, 1, bytes((length,)) + b"\x82\x86"))


@pytest.mark.parametrize("kind", [DATA, HEADERS], ids=["DATA", "HEADERS"])
def test_padding_has_a_length(kind: int):
    peer = Peer()
    peer.say(peer.headers(1))
    peer.ends(FRAME_SIZE_ERROR, raw(kind, PADDED | END_HEADERS, 1))


def test_a_body_may_be_all_padding():
    peer = Peer()
    peer.say(peer.headers(1))
    (data,) = peer.say(raw(DATA, PADDED, 1, b"\x04\0\0\0\0"))
    assert isinstance(data, DataReceived)
    assert (data.data, data.counted) == (b"", 5)


# §6.3


def test_priority_is_checked():
    peer = Peer()
    peer.say(peer.headers(1))
    peer.resets(1, FRAME_SIZE_ERROR, raw(PRIORITY, 0, 1, b"x" * 4))
    peer.ends(FRAME_SIZE_ERROR, raw(PRIORITY, 0, 2001, b"x" * 6))


@pytest.mark.parametrize("number", [1, 3])
def test_a_stream_does_not_depend_on_itself(number: int):
    peer = Peer()
    peer.say(peer.headers(1))
    peer.ends(PROTOCOL_ERROR, raw(PRIORITY, 0, number, number.to_bytes(4, "big") + b"\x10"))


def test_headers_do_not_depend_on_themselves():
    flags = END_HEADERS | END_STREAM | PRIORITISED
    Peer().ends(PROTOCOL_ERROR, raw(HEADERS, flags, 1, b"\x80\0\0\x01\x10\x82\x86\x84"))


def test_headers_have_room_for_their_priority():
    Peer().ends(FRAME_SIZE_ERROR, raw(HEADERS, END_HEADERS | PRIORITISED, 1, b"\0\0\0\0"))


@pytest.mark.parametrize("number", [1, 2, 99])
def test_priority_may_stand_anywhere(number: int):
    peer = Peer()
    peer.say(peer.headers(1, end=True))
    peer.connection.send_headers(1, ((b":status", b"200"),), end=True)
    peer.heard()
    assert peer.say(raw(PRIORITY, 0, number, b"\0\0\0\x05\x10")) == []
    peer.lives()


# §6: stream identifiers and sizes


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(raw(DATA, 0, 0, b"x"), id="DATA"),
        pytest.param(raw(HEADERS, END_HEADERS, 0, b"\x82\x86\x84"), id="HEADERS"),
        pytest.param(raw(PRIORITY, 0, 0, b"x" * 5), id="PRIORITY"),
        pytest.param(rst_stream(0), id="RST_STREAM"),
        pytest.param(raw(CONTINUATION, END_HEADERS, 0, b"\x82"), id="CONTINUATION"),
    ],
)
def test_frames_of_streams_name_one(frame: bytes):
    Peer().ends(PROTOCOL_ERROR, frame)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(raw(SETTINGS, 0, 1), id="SETTINGS"),
        pytest.param(raw(SETTINGS, ACK, 1), id="SETTINGS-ACK"),
        pytest.param(raw(PING, 0, 1, b"x" * 8), id="PING"),
        pytest.param(raw(GOAWAY, 0, 1, b"\0" * 8), id="GOAWAY"),
    ],
)
def test_frames_of_the_connection_name_no_stream(frame: bytes):
    peer = Peer()
    peer.say(peer.headers(1))
    peer.ends(PROTOCOL_ERROR, frame)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(raw(RST_STREAM, 0, 1, b"\0" * 3), id="RST_STREAM-3"),
        pytest.param(raw(RST_STREAM, 0, 1, b"\0" * 5), id="RST_STREAM-5"),
        pytest.param(raw(SETTINGS, 0, 0, b"\0" * 5), id="SETTINGS-5"),
        pytest.param(raw(SETTINGS, ACK, 0, b"\0" * 6), id="SETTINGS-ACK-6"),
        pytest.param(raw(PING, 0, 0, b"\0" * 7), id="PING-7"),
        pytest.param(raw(PING, ACK, 0, b"\0" * 9), id="PING-9"),
        pytest.param(raw(GOAWAY, 0, 0, b"\0" * 7), id="GOAWAY-7"),
        pytest.param(raw(WINDOW_UPDATE, 0, 0, b"\0\0\x01"), id="WINDOW_UPDATE-3"),
        pytest.param(raw(WINDOW_UPDATE, 0, 1, b"\0\0\0\0\x01"), id="WINDOW_UPDATE-5"),
    ],
)
def test_frames_have_their_size(frame: bytes):
    peer = Peer()
    peer.say(peer.headers(1))
    peer.ends(FRAME_SIZE_ERROR, frame)


# §6.5


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        pytest.param((ENABLE_PUSH, 2), PROTOCOL_ERROR, id="ENABLE_PUSH-2"),
        pytest.param((INITIAL_WINDOW_SIZE, 1 << 31), FLOW_CONTROL_ERROR, id="INITIAL_WINDOW_SIZE-2**31"),
        pytest.param((MAX_FRAME_SIZE, 16_383), PROTOCOL_ERROR, id="MAX_FRAME_SIZE-too-small"),
        pytest.param((MAX_FRAME_SIZE, 1 << 24), PROTOCOL_ERROR, id="MAX_FRAME_SIZE-too-large"),
    ],
)
def test_settings_have_their_bounds(setting: tuple[int, int], code: ErrorCode):
    Peer().ends(code, settings(setting))


def test_a_server_does_not_enable_push():
    Peer(of_client=True).ends(PROTOCOL_ERROR, settings((ENABLE_PUSH, 1)))
    assert Peer(of_client=True).say(settings((ENABLE_PUSH, 0))) == []


def test_settings_nobody_knows_are_ignored():
    peer = Peer()
    assert peer.say(settings((0x77, 1), (0, 0))) == []
    assert peer.names() == [("Settings", 0)]
    peer.lives()


def test_settings_are_acknowledged_in_their_order():
    peer = Peer()
    peer.say(settings((INITIAL_WINDOW_SIZE, 1)), raw(PING, 0, 0, b"x" * 8), settings())
    assert peer.names() == [("Settings", 0), ("Ping", 0), ("Settings", 0)]


def test_of_several_values_the_last_counts():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 100), (INITIAL_WINDOW_SIZE, 1)))
    peer.say(peer.headers(1, end=True))
    peer.connection.send_data(1, b"abc", end=True)
    assert [frame.data for frame in peer.heard()] == [b"a"]


def test_an_acknowledgement_nobody_waits_for_is_ignored():
    peer = Peer(Http2Limits(stream_window_bytes=1000))
    assert peer.say(raw(SETTINGS, ACK, 0), raw(SETTINGS, ACK, 0)) == []
    peer.lives()


def test_max_frame_size_of_the_peer_is_kept():
    peer = Peer(said=settings((MAX_FRAME_SIZE, 20_000), (INITIAL_WINDOW_SIZE, 1 << 20)))
    peer.say(peer.headers(1, end=True))
    peer.connection.send_headers(1, ((b":status", b"200"), (b"long", b"x" * 30_000)))
    peer.connection.send_data(1, b"y" * 45_000, end=True)
    head, more, *body = peer.heard()
    assert (type(head).__name__, head.body_len, type(more).__name__) == ("HeadersFrame", 20_000, "ContinuationFrame")
    assert [frame.body_len for frame in body] == [20_000, 20_000, 5_000]


def test_header_table_size_of_the_peer_is_kept():
    peer = Peer(said=settings((HEADER_TABLE_SIZE, 0)))
    peer.decoder.max_allowed_table_size = 0
    peer.say(peer.headers(1, end=True), peer.headers(3, end=True), settings((HEADER_TABLE_SIZE, 100)))
    for number in (1, 3):
        peer.connection.send_headers(number, ((b":status", b"200"), (b"a", b"b")), end=True)
        peer.say(settings((HEADER_TABLE_SIZE, 50)))
    blocks = [frame.data for frame in peer.heard() if type(frame).__name__ == "HeadersFrame"]
    assert list(map(peer.read, blocks)) == [[(":status", "200"), ("a", "b")]] * 2
    assert [block[0] for block in blocks] == [0x20, 0x88]


def test_max_header_list_size_of_the_peer_is_told():
    assert Peer().connection.peer_max_header_bytes is None
    assert Peer(said=settings((MAX_HEADER_LIST_SIZE, 8192))).connection.peer_max_header_bytes == 8192


def test_a_client_keeps_to_max_header_list_size():
    peer = Peer(of_client=True, said=settings((MAX_HEADER_LIST_SIZE, 100)))
    number = peer.connection.open()
    with pytest.raises(BadInput, match="header fields of 189 bytes; the server takes 100"):
        peer.connection.send_headers(number, ((b":method", b"GET"), (b"long", b"x" * 111)))
    peer.connection.send_reset(number, ErrorCode.CANCEL)
    assert peer.heard() == []  # the server knows of no stream that could be reset


# §6.6


@pytest.mark.parametrize("of_client", [False, True], ids=["server", "client"])
def test_push_is_refused(of_client: bool):
    peer = Peer(of_client=of_client)
    if of_client:
        peer.connection.send_headers(peer.connection.open(), ((b":method", b"GET"),), end=True)
    peer.ends(PROTOCOL_ERROR, raw(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\x02\x82\x86\x84"))


# §6.7


def test_a_ping_that_answers_is_not_answered():
    peer = Peer()
    assert peer.say(raw(PING, ACK, 0, b"x" * 8)) == []
    assert peer.heard() == []


# §6.10


@pytest.mark.parametrize("flags", [0, END_HEADERS])
def test_continuation_follows_an_open_block(flags: int):
    peer = Peer()
    peer.say(peer.headers(1))
    peer.ends(PROTOCOL_ERROR, raw(CONTINUATION, flags, 1, b"\x82"))


def test_continuation_may_be_cut_anywhere():
    peer = Peer()
    block = peer.block(GET)
    pieces = [raw(CONTINUATION, 0, 1, block[start : start + 2]) for start in range(2, len(block), 2)]
    (event,) = peer.say(raw(HEADERS, END_STREAM, 1, block[:2]), *pieces, raw(CONTINUATION, END_HEADERS, 1))
    assert isinstance(event, RequestReceived)
    assert [(name.decode(), value.decode()) for name, value in event.headers] == GET
    assert event.ended
    assert peer.say(window_update(1, 5)) == []
