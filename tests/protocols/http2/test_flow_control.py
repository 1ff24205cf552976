"""Rules of RFC 9113 §5.2 and §6.9: windows, both ways."""

from __future__ import annotations

import time

import pytest
from http2_peer import (
    DATA,
    END_STREAM,
    HEADERS,
    INITIAL_WINDOW_SIZE,
    PADDED,
    PREFACE,
    SETTINGS,
    Peer,
    raw,
    rst_stream,
    settings,
    window_update,
)

from salver.protocols.http2.connection import Connection
from salver.protocols.http2.errors import ErrorCode
from salver.protocols.http2.events import DataReceived, WindowOpened
from salver.protocols.http2.limits import Http2Limits

FLOW_CONTROL_ERROR, PROTOCOL_ERROR = ErrorCode.FLOW_CONTROL_ERROR, ErrorCode.PROTOCOL_ERROR
OK = ((b":status", b"200"),)
SMALL = Http2Limits(stream_window_bytes=100_000, connection_window_bytes=150_000)
MOST = (1 << 31) - 1


def data_of(peer: Peer) -> list[tuple[int, bytes]]:
    """The bodies' pieces that the connection has sent since."""
    return [(frame.stream_id, frame.data) for frame in peer.heard() if type(frame).__name__ == "DataFrame"]


def updates_of(peer: Peer) -> list[tuple[int, int]]:
    return [(f.stream_id, f.window_increment) for f in peer.heard() if type(f).__name__ == "WindowUpdateFrame"]


def send(peer: Peer, number: int, count: int, *, flags: int = 0) -> int:
    """A body piece by piece, the whole taking `count` of the windows."""
    for start in range(0, count, 16_384):
        peer.say(raw(DATA, flags, number, b"x" * min(16_384, count - start)))
    return count


# What we may send.


def test_a_body_waits_for_the_streams_window():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 10)))
    peer.say(peer.headers(1, end=True))
    peer.connection.send_headers(1, OK)
    peer.connection.send_data(1, b"0123456789abcdef", end=True)
    assert data_of(peer) == [(1, b"0123456789")]
    assert peer.connection.pending_bytes(1) == 6
    (opened,) = peer.say(window_update(1, 4))
    assert isinstance(opened, WindowOpened)
    assert opened.stream == 1
    assert data_of(peer) == [(1, b"abcd")]
    peer.say(window_update(1, 100))
    (last,) = peer.heard()
    assert (last.data, "END_STREAM" in last.flags) == (b"ef", True)
    assert peer.connection.idle


def test_bodies_wait_for_the_connections_window():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, MOST)))
    peer.say(peer.headers(1, end=True))
    peer.connection.send_data(1, b"x" * 65_536, end=True)
    assert sum(len(data) for _, data in data_of(peer)) == 65_535
    assert peer.connection.pending_bytes(1) == 1
    peer.say(window_update(0, 10))
    assert data_of(peer) == [(1, b"x")]


def test_an_open_window_that_frees_nothing_is_not_told():
    peer = Peer()
    peer.say(peer.headers(1, end=True))
    assert peer.say(window_update(0, 5), window_update(1, 5)) == []


def test_trailers_wait_for_the_body():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 1)))
    peer.say(peer.headers(1, end=True))
    peer.connection.send_headers(1, OK)
    peer.connection.send_data(1, b"abc")
    peer.connection.send_headers(1, ((b"grpc-status", b"0"),), end=True)
    assert peer.names() == [("Headers", 1), ("Data", 1)]
    peer.say(window_update(1, 2))
    body, trailers = peer.heard()
    assert (body.data, "END_STREAM" in body.flags) == (b"bc", False)
    assert (type(trailers).__name__, "END_STREAM" in trailers.flags) == ("HeadersFrame", True)
    assert peer.connection.idle


def test_an_end_without_bytes_needs_no_window():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 3)))
    peer.say(peer.headers(1, end=True))
    peer.connection.send_data(1, b"abc")
    peer.say(settings((INITIAL_WINDOW_SIZE, 0)))
    peer.heard()
    peer.connection.send_data(1, b"", end=True)
    (last,) = peer.heard()
    assert (last.data, "END_STREAM" in last.flags) == (b"", True)


def test_an_end_behind_a_body_that_waits():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 1)))
    peer.say(peer.headers(1, end=True))
    peer.connection.send_data(1, b"ab")
    peer.connection.send_data(1, b"", end=True)
    assert data_of(peer) == [(1, b"a")]
    peer.say(window_update(1, 9))
    (last,) = peer.heard()
    assert (last.data, "END_STREAM" in last.flags) == (b"b", True)


def test_streams_take_turns():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, MOST)))
    peer.say(*[peer.headers(number, end=True) for number in (1, 3, 5)])
    peer.connection.send_data(1, b"." * 65_535)
    peer.heard()
    peer.connection.send_data(1, b"a" * 100_000, end=True)
    peer.connection.send_data(3, b"b" * 100_000, end=True)
    peer.connection.send_data(5, b"c" * 10, end=True)
    assert peer.heard() == []
    opened = peer.say(window_update(0, 16_384 * 4 + 10))
    assert [event.stream for event in opened if isinstance(event, WindowOpened)] == [1, 3, 5]
    assert [(number, len(data)) for number, data in data_of(peer)] == [
        *[(1, 16_384), (3, 16_384), (5, 10)],
        *[(1, 16_384), (3, 16_384)],
    ]


def test_a_stream_without_a_window_holds_up_nobody():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 5)))
    peer.say(peer.headers(1, end=True), peer.headers(3, end=True))
    peer.connection.send_data(1, b"a" * 10, end=True)
    peer.connection.send_data(3, b"b" * 5, end=True)
    assert data_of(peer) == [(1, b"aaaaa"), (3, b"bbbbb")]


def test_an_answer_that_waits_outlives_the_request():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 1)))
    peer.say(peer.headers(1))
    peer.connection.send_data(1, b"abc", end=True)
    peer.say(raw(DATA, END_STREAM, 1, b"x"))
    assert data_of(peer) == [(1, b"a")]
    peer.say(window_update(1, 9))
    assert data_of(peer) == [(1, b"bc")]
    assert peer.connection.idle


def test_pieces_leave_in_their_order():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 3)))
    peer.say(peer.headers(1, end=True))
    for piece in (b"ab", b"cd", b"ef"):
        peer.connection.send_data(1, piece)
    peer.say(window_update(1, 2), window_update(1, 100))
    assert b"".join(data for _, data in data_of(peer)) == b"abcdef"


def test_settings_shift_the_windows_of_open_streams():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 3)))
    peer.say(peer.headers(1, end=True))
    peer.connection.send_data(1, b"abcdef")
    assert data_of(peer) == [(1, b"abc")]
    (opened,) = peer.say(settings((INITIAL_WINDOW_SIZE, 5)))
    assert isinstance(opened, WindowOpened)
    assert data_of(peer) == [(1, b"de")]


def test_a_window_may_become_negative():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 10)))
    peer.say(peer.headers(1, end=True))
    peer.connection.send_data(1, b"0123456789abc")
    assert data_of(peer) == [(1, b"0123456789")]
    peer.say(settings((INITIAL_WINDOW_SIZE, 0)), window_update(1, 10))
    assert data_of(peer) == []
    peer.say(window_update(1, 1))
    assert data_of(peer) == [(1, b"a")]


def test_a_window_that_shrinks_while_a_stream_waits_its_turn():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 70_000)))
    peer.say(peer.headers(1, end=True))
    peer.connection.send_data(1, b"x" * 65_540, end=True)
    assert sum(len(data) for _, data in data_of(peer)) == 65_535
    peer.say(settings((INITIAL_WINDOW_SIZE, 100)), window_update(0, 1000))
    assert data_of(peer) == []
    peer.say(window_update(1, 70_000))
    assert data_of(peer) == [(1, b"x" * 5)]


def test_a_reset_drops_what_waits():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 1)))
    peer.say(peer.headers(1, end=True), peer.headers(3, end=True))
    peer.connection.send_data(1, b"abc", end=True)
    peer.connection.send_data(3, b"abc", end=True)
    peer.say(rst_stream(1))
    peer.connection.send_reset(3, ErrorCode.INTERNAL_ERROR)
    peer.heard()
    peer.say(window_update(0, 1000), settings((INITIAL_WINDOW_SIZE, 1000)))
    assert data_of(peer) == []
    assert peer.connection.idle


def test_a_reset_while_waiting_for_the_connections_window():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, MOST)))
    peer.say(peer.headers(1, end=True), peer.headers(3, end=True))
    peer.connection.send_data(1, b"x" * 70_000, end=True)
    peer.connection.send_data(3, b"y", end=True)
    peer.heard()
    peer.say(rst_stream(1), window_update(0, 1000))
    assert data_of(peer) == [(3, b"y")]


def test_a_stream_stands_in_line_once():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, MOST)))
    peer.say(*[peer.headers(number, end=True) for number in (1, 3, 5)])
    peer.connection.send_data(1, b"." * 65_535)
    for _ in range(3):
        peer.connection.send_data(3, b"abc")
    peer.connection.send_data(5, b"x")
    peer.say(settings((INITIAL_WINDOW_SIZE, MOST)), rst_stream(3))
    peer.heard()
    peer.say(window_update(0, 1000))
    assert data_of(peer) == [(5, b"x")]


def test_a_large_message_is_not_quadratic():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 100_000)))
    peer.say(peer.headers(1, end=True), window_update(0, MOST - 65_535))
    body = b"x" * 50_000_000
    started = time.process_time()
    peer.connection.send_data(1, body, end=True)
    sent = 100_000
    while sent < len(body):
        peer.connection.take()
        peer.say(window_update(1, 100_000))
        sent += 100_000
    assert peer.connection.idle
    assert time.process_time() - started < 2  # about 0.05; copying the rest each time would be 12 GB


# WINDOW_UPDATE of the peer.


def test_an_update_of_nothing_is_an_error_of_its_stream():
    peer = Peer()
    peer.say(peer.headers(1))
    peer.resets(1, PROTOCOL_ERROR, window_update(1, 0))
    peer.ends(PROTOCOL_ERROR, window_update(0, 0))


def test_the_streams_window_must_not_overflow():
    peer = Peer()
    peer.say(peer.headers(1))
    assert peer.say(window_update(1, MOST - 65_535)) == []
    peer.resets(1, FLOW_CONTROL_ERROR, window_update(1, 1))


def test_the_connections_window_must_not_overflow():
    peer = Peer()
    assert peer.say(window_update(0, MOST - 65_535)) == []
    peer.ends(FLOW_CONTROL_ERROR, window_update(0, 1))


def test_settings_must_not_make_a_window_overflow():
    peer = Peer()
    peer.say(peer.headers(1), window_update(1, 1000))
    peer.ends(FLOW_CONTROL_ERROR, settings((INITIAL_WINDOW_SIZE, MOST)))


# What the peer may send.


def test_a_window_is_given_back_only_as_the_application_takes():
    peer = Peer(SMALL)
    peer.say(peer.headers(1))
    send(peer, 1, 90_000)
    assert peer.heard() == []
    peer.connection.consumed(1, 49_999)
    assert peer.heard() == []
    peer.connection.consumed(1, 1)
    assert updates_of(peer) == [(1, 50_000)]
    peer.connection.consumed(1, 40_000)
    assert updates_of(peer) == [(0, 90_000)]
    send(peer, 1, 60_000)
    assert not peer.connection.ended


def test_data_beyond_the_streams_window():
    peer = Peer(SMALL)
    peer.say(peer.headers(1))
    send(peer, 1, 98_304)
    peer.resets(1, FLOW_CONTROL_ERROR, raw(DATA, 0, 1, b"x" * 1697))


def test_data_beyond_the_connections_window():
    peer = Peer(SMALL)
    peer.say(peer.headers(1), peer.headers(3))
    send(peer, 1, 98_304)
    send(peer, 3, 49_152)
    peer.ends(FLOW_CONTROL_ERROR, raw(DATA, 0, 3, b"x" * 2545))


def test_the_window_is_used_to_its_last_byte():
    peer = Peer(SMALL)
    peer.say(peer.headers(1))
    send(peer, 1, 98_304)
    (event,) = peer.say(raw(DATA, END_STREAM, 1, b"x" * 1696))
    assert isinstance(event, DataReceived)


def test_padding_counts():
    peer = Peer(SMALL)
    peer.say(peer.headers(1))
    for _ in range(6):
        peer.say(raw(DATA, PADDED, 1, b"\xff" + b"\0" * 16_383))
    peer.resets(1, FLOW_CONTROL_ERROR, raw(DATA, PADDED, 1, b"\xff" + b"\0" * 1696))


def test_a_small_window_holds_once_the_peer_knows_of_it():
    """Until it has acknowledged our settings, a peer may go by the default of 65,535 (§6.9.2)."""
    connection = Connection(limits=Http2Limits(stream_window_bytes=1000))
    connection.start()
    peer = Peer()
    peer.connection = connection
    peer.say(PREFACE, settings(), peer.headers(1), peer.headers(3))
    send(peer, 1, 60_000)
    peer.say(raw(SETTINGS, 1, 0))
    peer.say(raw(DATA, 0, 3, b"x" * 1000))
    peer.heard()
    peer.say(raw(DATA, 0, 3, b"x"), raw(DATA, 0, 1, b"x"))
    resets = [(frame.stream_id, frame.error_code) for frame in peer.heard()]
    assert resets == [(3, FLOW_CONTROL_ERROR), (1, FLOW_CONTROL_ERROR)]
    peer.lives()


def test_streams_that_end_give_back_what_nobody_took():
    peer = Peer(SMALL)
    for number in range(1, 41, 2):
        peer.say(peer.headers(number))
        send(peer, number, 70_000)
        peer.say(rst_stream(number))
    assert not peer.connection.ended
    assert sum(count for number, count in updates_of(peer) if not number) >= 20 * 70_000 - 75_000


def test_data_that_comes_too_late_is_given_back():
    peer = Peer(SMALL)
    peer.say(peer.headers(1))
    peer.connection.send_reset(1, ErrorCode.CANCEL)
    for _ in range(100):
        peer.say(raw(DATA, 0, 1, b"x" * 10_000))
    assert not peer.connection.ended
    assert sum(count for number, count in updates_of(peer) if not number) >= 900_000


def test_no_window_is_given_where_nothing_more_comes():
    peer = Peer(SMALL)
    peer.say(peer.headers(1))
    send(peer, 1, 60_000)
    peer.say(raw(DATA, END_STREAM, 1))
    peer.connection.consumed(1, 60_000)
    assert peer.heard() == []


def test_more_than_came_is_not_given_back():
    peer = Peer(SMALL)
    peer.say(peer.headers(1))
    send(peer, 1, 80_000)
    peer.connection.consumed(1, 1 << 40)
    assert updates_of(peer) == [(0, 80_000), (1, 80_000)]


def test_headers_need_no_window():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 0)))
    peer.say(peer.headers(1, end=True))
    peer.connection.send_headers(1, OK, end=True)
    assert [frame.type for frame in peer.heard()] == [HEADERS]


@pytest.mark.parametrize("limits", [Http2Limits(), SMALL], ids=["default", "small"])
def test_a_large_body_flows(limits: Http2Limits):
    client, server = Connection(client=True, limits=limits), Connection(limits=limits)
    client.start()
    server.start()
    server.receive(client.take())
    number = client.open()
    client.send_headers(
        number, ((b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"here"))
    )
    body = bytes(range(256)) * 10_000
    client.send_data(number, body, end=True)
    got = bytearray()
    while client.pending_bytes(number) or not client.idle:
        client.receive(server.take())
        for event in server.receive(client.take()):
            if isinstance(event, DataReceived):
                got += event.data
                server.consumed(number, event.counted)
                if event.ended:
                    server.send_headers(number, OK, end=True)
    assert got == body


def test_what_all_streams_keep_back_is_known():
    peer = Peer(said=settings((INITIAL_WINDOW_SIZE, 10)))
    for number, size in ((1, 100), (3, 5), (5, 50)):
        peer.say(peer.headers(number, end=True))
        peer.connection.send_headers(number, OK)
        peer.connection.send_data(number, bytes(size), end=True)
    assert peer.connection.kept_bytes == 90 + 40
    peer.say(window_update(1, 60))
    assert peer.connection.kept_bytes == 30 + 40
    peer.say(rst_stream(5))
    assert peer.connection.kept_bytes == peer.connection.pending_bytes(1) == 30
    peer.say(window_update(1, 60))
    assert peer.connection.kept_bytes == 0
