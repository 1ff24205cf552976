"""Rules of RFC 9113 §5.1: states of streams, their numbers, how many there may be."""

from __future__ import annotations

import pytest
from http2_peer import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GET,
    HEADERS,
    MAX_CONCURRENT_STREAMS,
    Peer,
    goaway,
    raw,
    rst_stream,
    settings,
    window_update,
)

from salver.protocols.http2.errors import ErrorCode, Exhausted, Refused
from salver.protocols.http2.events import DataReceived, RequestReceived, ResponseReceived, StreamReset, TrailersReceived
from salver.protocols.http2.limits import Http2Limits

PROTOCOL_ERROR, STREAM_CLOSED = ErrorCode.PROTOCOL_ERROR, ErrorCode.STREAM_CLOSED
OK = ((b":status", b"200"),)


def answered(peer: Peer, number: int) -> None:
    """A stream that both sides have ended."""
    peer.say(peer.headers(number, end=True))
    peer.connection.send_headers(number, OK, end=True)
    peer.heard()


# Idle.


@pytest.mark.parametrize("number", [1, 2, 7])
@pytest.mark.parametrize("kind", ["DATA", "RST_STREAM", "WINDOW_UPDATE"])
def test_idle_streams_take_only_headers(kind: str, number: int):
    frames = {
        "DATA": raw(DATA, 0, number, b"x"),
        "RST_STREAM": rst_stream(number),
        "WINDOW_UPDATE": window_update(number, 1),
    }
    Peer().ends(PROTOCOL_ERROR, frames[kind])


# Half-closed (remote), that is: the client has said everything, and the answer is under way.


@pytest.mark.parametrize("kind", ["DATA", "HEADERS"])
def test_half_closed_streams_take_no_more(kind: str):
    peer = Peer()
    peer.say(peer.headers(1, end=True))
    frame = raw(DATA, 0, 1, b"x") if kind == "DATA" else peer.headers(1, [("a", "b")], end=True)
    peer.resets(1, STREAM_CLOSED, frame)


def test_half_closed_streams_take_no_continuation():
    peer = Peer()
    peer.say(peer.headers(1, end=True))
    peer.ends(PROTOCOL_ERROR, raw(CONTINUATION, END_HEADERS, 1, b"\x82"))


def test_half_closed_streams_take_windows_and_resets():
    peer = Peer()
    peer.say(peer.headers(1, end=True))
    assert peer.say(window_update(1, 10)) == []
    (reset,) = peer.say(rst_stream(1))
    assert isinstance(reset, StreamReset)
    peer.lives()


# Closed.


def test_closed_streams_take_no_data():
    peer = Peer()
    answered(peer, 1)
    peer.resets(1, STREAM_CLOSED, raw(DATA, 0, 1, b"x"))


def test_closed_streams_take_no_headers():
    peer = Peer()
    answered(peer, 1)
    peer.ends(STREAM_CLOSED, peer.headers(1, GET, end=True))


def test_closed_streams_take_no_continuation():
    peer = Peer()
    answered(peer, 1)
    peer.ends(PROTOCOL_ERROR, raw(CONTINUATION, END_HEADERS, 1, b"\x82"))


def test_closed_streams_may_hear_what_was_under_way():
    peer = Peer()
    answered(peer, 1)
    assert peer.say(window_update(1, 10), rst_stream(1)) == []
    assert peer.heard() == []
    peer.lives()


def test_streams_the_client_reset_take_no_data():
    peer = Peer()
    peer.say(peer.headers(1), rst_stream(1))
    peer.resets(1, STREAM_CLOSED, raw(DATA, 0, 1, b"x"))


def test_streams_the_client_reset_take_no_headers():
    peer = Peer()
    peer.say(peer.headers(1), rst_stream(1))
    peer.ends(STREAM_CLOSED, peer.headers(1, [("a", "b")], end=True))


def test_streams_we_reset_ignore_what_was_under_way():
    peer = Peer()
    peer.say(peer.headers(1))
    peer.connection.send_reset(1, ErrorCode.CANCEL)
    assert peer.names() == [("RstStream", 1)]
    assert peer.say(raw(DATA, 0, 1, b"x"), window_update(1, 5), peer.headers(1, [("a", "b")], end=True)) == []
    assert peer.say(rst_stream(1)) == []
    assert peer.heard() == []
    peer.lives()  # the table of header blocks has heard the late trailers


def test_only_so_many_resets_are_remembered():
    peer = Peer()
    for number in range(1, 4003, 2):
        peer.say(peer.headers(number))
        peer.connection.send_reset(number, ErrorCode.CANCEL)
        peer.heard()
    assert peer.say(raw(DATA, 0, 4001, b"x")) == []
    peer.resets(1, STREAM_CLOSED, raw(DATA, 0, 1, b"x"))


# An answer before the request is whole.


def test_an_early_answer_stops_the_request():
    peer = Peer()
    peer.say(peer.headers(1))
    peer.connection.send_headers(1, OK, end=True)
    head, reset = peer.heard()
    assert "END_STREAM" in head.flags
    assert (reset.stream_id, reset.error_code) == (1, ErrorCode.NO_ERROR)
    assert peer.connection.idle
    assert peer.say(raw(DATA, END_STREAM, 1, b"x")) == []
    peer.lives()


# Numbers (§5.1.1).


def test_clients_use_odd_numbers():
    peer = Peer()
    peer.ends(PROTOCOL_ERROR, peer.headers(2, end=True))


def test_numbers_grow():
    peer = Peer()
    peer.say(peer.headers(5, end=True))
    peer.ends(PROTOCOL_ERROR, peer.headers(3, end=True))


def test_numbers_may_be_left_out():
    peer = Peer()
    events = peer.say(peer.headers(1, end=True), peer.headers(77, end=True), peer.headers(0x7FFFFFFF, end=True))
    assert [event.stream for event in events if isinstance(event, RequestReceived)] == [1, 77, 0x7FFFFFFF]
    assert peer.say(window_update(3, 1), rst_stream(75)) == []
    peer.ends(PROTOCOL_ERROR, raw(DATA, 0, 75, b"x"))


def test_gaps_do_not_pile_up():
    peer = Peer(Http2Limits(max_concurrent_streams=1))
    for number in range(1, 4001, 4):
        peer.say(peer.headers(number, end=True))
        peer.connection.send_headers(number, OK, end=True)
    peer.heard()
    assert peer.say(window_update(3, 1)) == []
    peer.resets(3, STREAM_CLOSED, raw(DATA, 0, 3, b"x"))  # forgotten: a closed stream like any other
    peer.ends(PROTOCOL_ERROR, raw(DATA, 0, 3995, b"x"))


def test_a_server_opens_no_streams():
    peer = Peer(of_client=True)
    peer.ends(PROTOCOL_ERROR, peer.headers(2))


@pytest.mark.parametrize("kind", ["HEADERS", "DATA", "RST_STREAM", "WINDOW_UPDATE"])
def test_answers_need_a_question(kind: str):
    peer = Peer(of_client=True)
    number = peer.connection.open()
    frames = {
        "HEADERS": peer.headers(number),
        "DATA": raw(DATA, 0, number, b"x"),
        "RST_STREAM": rst_stream(number),
        "WINDOW_UPDATE": window_update(number, 1),
    }
    peer.ends(PROTOCOL_ERROR, frames[kind])


# How many (§5.1.2).


def test_streams_beyond_the_limit_are_refused():
    peer = Peer(Http2Limits(max_concurrent_streams=2))
    peer.say(peer.headers(1), peer.headers(3, end=True))
    events = peer.say(peer.headers(5), raw(DATA, END_STREAM, 5, b"x"))
    assert events == []
    (reset,) = peer.heard()
    assert (reset.stream_id, reset.error_code) == (5, ErrorCode.REFUSED_STREAM)
    peer.connection.send_headers(3, OK, end=True)
    (event,) = peer.say(peer.headers(7, end=True))
    assert isinstance(event, RequestReceived)


def test_a_refused_stream_still_teaches_the_table():
    peer = Peer(Http2Limits(max_concurrent_streams=1))
    peer.say(peer.headers(1))
    peer.say(peer.headers(3, [*GET, ("new", "field")]))
    peer.say(rst_stream(1))
    (event,) = peer.say(peer.headers(5, [*GET, ("new", "field")], end=True))
    assert isinstance(event, RequestReceived)
    assert event.headers[-1] == (b"new", b"field")


def test_a_client_keeps_to_the_servers_limit():
    peer = Peer(of_client=True, said=settings((MAX_CONCURRENT_STREAMS, 1)))
    first = peer.connection.open()
    with pytest.raises(Refused, match="the server takes 1 streams at a time"):
        peer.connection.open()
    peer.connection.send_headers(first, ((b":method", b"GET"),), end=True)
    peer.say(peer.headers(first, end=True))
    assert peer.connection.open() == 3


# Our own end of it.


def test_what_is_sent_on_streams_that_are_no_more_is_dropped():
    peer = Peer()
    answered(peer, 1)
    for number in (1, 3, 2):
        peer.connection.send_headers(number, OK)
        peer.connection.send_data(number, b"x", end=True)
        peer.connection.send_reset(number, ErrorCode.CANCEL)
        peer.connection.consumed(number, 5)
        assert peer.connection.pending_bytes(number) == 0
    assert peer.heard() == []


def test_nothing_follows_the_end():
    peer = Peer(of_client=True)
    number = peer.connection.open()
    peer.connection.send_headers(number, ((b":method", b"GET"),), end=True)
    assert peer.names() == [("Headers", 1)]
    peer.connection.send_data(number, b"x")
    peer.connection.send_headers(number, ((b"a", b"b"),), end=True)
    assert peer.heard() == []


def test_a_client_numbers_its_streams():
    peer = Peer(of_client=True)
    assert [peer.connection.open() for _ in range(3)] == [1, 3, 5]
    assert peer.connection.open_streams == 3


def test_a_client_opens_nothing_when_all_is_over():
    peer = Peer(of_client=True)
    peer.say(goaway(0))
    with pytest.raises(Exhausted):
        peer.connection.open()


def test_a_client_hears_an_answer_to_its_end():
    peer = Peer(of_client=True)
    number = peer.connection.open()
    peer.connection.send_headers(number, ((b":method", b"POST"),))
    peer.connection.send_data(number, b"body", end=True)
    assert peer.names() == [("Headers", 1), ("Data", 1)]
    events = peer.say(peer.headers(1), raw(DATA, 0, 1, b"abc"), peer.headers(1, [("grpc-status", "0")], end=True))
    assert [type(event) for event in events] == [ResponseReceived, DataReceived, TrailersReceived]
    assert peer.connection.idle
    peer.lives()


def test_a_client_may_still_speak_when_the_server_has_ended():
    peer = Peer(of_client=True)
    number = peer.connection.open()
    peer.connection.send_headers(number, ((b":method", b"POST"),))
    peer.say(peer.headers(1, end=True))
    assert peer.connection.open_streams == 1
    peer.connection.send_data(number, b"more", end=True)
    assert peer.names() == [("Headers", 1), ("Data", 1)]
    assert peer.connection.idle


def test_a_client_hears_that_its_request_is_not_wanted():
    peer = Peer(of_client=True)
    number = peer.connection.open()
    peer.connection.send_headers(number, ((b":method", b"POST"),))
    answer, reset = peer.say(peer.headers(1, end=True), rst_stream(1, ErrorCode.NO_ERROR))
    assert isinstance(answer, ResponseReceived)
    assert isinstance(reset, StreamReset)
    assert reset.code is ErrorCode.NO_ERROR
    assert peer.connection.idle


def test_headers_of_a_stream_that_is_open_are_trailers():
    peer = Peer()
    peer.say(peer.headers(1), raw(DATA, 0, 1, b"x"))
    (event,) = peer.say(raw(HEADERS, END_HEADERS | END_STREAM, 1, b"\x00\x01a\x01b"))
    assert isinstance(event, TrailersReceived)
