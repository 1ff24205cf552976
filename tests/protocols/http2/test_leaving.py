"""GOAWAY (RFC 9113 §6.8): how both sides take leave, and what a client may ask again."""

from __future__ import annotations

import pytest
from http2_peer import ACK, DATA, END_STREAM, PING, Peer, goaway, raw

from salver.protocols.http2.errors import ErrorCode, Exhausted
from salver.protocols.http2.events import Drained, PongReceived, RequestReceived, StreamReset
from salver.protocols.http2.frames import MAX_STREAM

OK = ((b":status", b"200"),)


def test_a_server_leaves_in_two_steps():
    peer = Peer()
    peer.say(peer.headers(1, end=True))
    peer.connection.goaway()
    first, ping = peer.heard()
    assert (first.last_stream_id, first.error_code) == (MAX_STREAM, ErrorCode.NO_ERROR)
    gone = [peer.connection.left]
    (late,) = peer.say(peer.headers(3, end=True))  # was on its way
    assert isinstance(late, RequestReceived)
    assert peer.say(raw(PING, ACK, 0, ping.opaque_data)) == []
    (final,) = peer.heard()
    assert (final.last_stream_id, final.error_code) == (3, ErrorCode.NO_ERROR)
    gone.append(peer.connection.left)
    assert gone == [False, True]
    for number in (1, 3):
        peer.connection.send_headers(number, OK, end=True)
    assert peer.connection.idle


def test_streams_behind_the_last_are_ignored():
    peer = Peer()
    peer.say(peer.headers(1, end=True))
    peer.connection.goaway()
    peer.connection.goaway()
    peer.heard()
    events = peer.say(peer.headers(3, [("new", "1")]), raw(DATA, END_STREAM, 3, b"x"), peer.headers(5, end=True))
    assert events == []
    assert peer.heard() == []
    assert peer.connection.open_streams == 1
    assert not peer.connection.ended


def test_the_second_call_does_not_wait():
    peer = Peer()
    peer.connection.goaway()
    peer.connection.goaway()
    peer.connection.goaway()
    last = [frame.last_stream_id for frame in peer.heard() if type(frame).__name__ == "GoAwayFrame"]
    assert last == [MAX_STREAM, 0]


def test_an_error_does_not_wait():
    peer = Peer()
    peer.say(peer.headers(7, end=True))
    peer.connection.goaway(ErrorCode.ENHANCE_YOUR_CALM)
    (frame,) = peer.heard()
    assert (frame.last_stream_id, frame.error_code) == (7, ErrorCode.ENHANCE_YOUR_CALM)
    assert peer.connection.left


def test_a_client_leaves_at_once():
    peer = Peer(of_client=True)
    peer.connection.goaway()
    (frame,) = peer.heard()
    assert (frame.last_stream_id, frame.error_code) == (0, ErrorCode.NO_ERROR)
    with pytest.raises(Exhausted):
        peer.connection.open()


def test_the_last_goaway_names_the_last_stream():
    peer = Peer()
    peer.say(peer.headers(1, end=True), peer.headers(9, end=True))
    peer.say(raw(DATA, 0, 0, b"x"))
    assert peer.heard()[-1].last_stream_id == 9


def test_a_client_hears_which_streams_were_not_looked_at():
    peer = Peer(of_client=True)
    for number in (1, 3, 5):
        assert peer.connection.open() == number
        peer.connection.send_headers(number, ((b":method", b"GET"),), end=True)
    peer.heard()
    (drained,) = peer.say(goaway(1))
    assert isinstance(drained, Drained)
    assert (drained.last_stream, drained.code, drained.unprocessed) == (1, ErrorCode.NO_ERROR, (3, 5))
    assert peer.connection.open_streams == 1
    with pytest.raises(Exhausted):
        peer.connection.open()
    assert peer.say(peer.headers(3, end=True)) == []
    events = peer.say(peer.headers(1, end=True))
    assert len(events) == 1
    assert peer.connection.idle
    assert peer.heard() == []


def test_a_graceful_goaway_takes_nothing_away():
    peer = Peer(of_client=True)
    number = peer.connection.open()
    peer.connection.send_headers(number, ((b":method", b"GET"),), end=True)
    (drained,) = peer.say(goaway(MAX_STREAM))
    assert isinstance(drained, Drained)
    assert drained.unprocessed == ()
    (again,) = peer.say(goaway(0, ErrorCode.INTERNAL_ERROR))
    assert isinstance(again, Drained)
    assert (again.unprocessed, again.code) == ((1,), ErrorCode.INTERNAL_ERROR)


def test_a_client_that_leaves_still_gets_its_answers():
    peer = Peer()
    peer.say(peer.headers(1, end=True))
    (drained,) = peer.say(goaway(0))
    assert isinstance(drained, Drained)
    peer.connection.send_headers(1, OK, end=True)
    assert peer.names() == [("Headers", 1)]


def test_a_refused_stream_may_be_asked_again():
    peer = Peer(of_client=True)
    peer.connection.send_headers(peer.connection.open(), ((b":method", b"GET"),), end=True)
    (event,) = peer.say(raw(3, 0, 1, ErrorCode.REFUSED_STREAM.to_bytes(4, "big")))
    assert isinstance(event, StreamReset)
    assert event.code is ErrorCode.REFUSED_STREAM


def test_numbers_run_out():
    peer = Peer(of_client=True)
    peer.connection._next = MAX_STREAM  # two thousand million requests later
    assert peer.connection.open() == MAX_STREAM
    with pytest.raises(Exhausted):
        peer.connection.open()


def test_ping_is_answered_once():
    peer = Peer()
    peer.connection.ping()
    (ping,) = peer.heard()
    answer = raw(PING, ACK, 0, ping.opaque_data)
    (pong,) = peer.say(answer)
    assert isinstance(pong, PongReceived)
    assert peer.say(answer, raw(PING, ACK, 0, b"whatever")) == []


def test_nothing_is_said_when_all_is_over():
    peer = Peer()
    peer.ends(ErrorCode.PROTOCOL_ERROR, raw(DATA, 0, 0))
    peer.connection.ping()
    peer.connection.goaway()
    assert peer.connection.take() == b""
