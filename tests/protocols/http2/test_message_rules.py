"""Rules of RFC 9113 §8: what a request and a response are."""

from __future__ import annotations

import pytest
from http2_peer import DATA, END_STREAM, GET, OK, PADDED, POST, Fields, Peer, raw

from salver.protocols.http2.errors import ErrorCode
from salver.protocols.http2.events import (
    DataReceived,
    RequestReceived,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from salver.protocols.http2.limits import Http2Limits

PROTOCOL_ERROR = ErrorCode.PROTOCOL_ERROR
METHOD, SCHEME, PATH, AUTHORITY = GET


def request(fields: Fields) -> RequestReceived:
    peer = Peer()
    (event,) = peer.say(peer.headers(1, fields, end=True))
    assert isinstance(event, RequestReceived)
    assert [(name.decode(), value.decode()) for name, value in event.headers] == fields
    return event


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([PATH, METHOD, AUTHORITY, SCHEME], id="pseudo-in-any-order"),
        pytest.param([METHOD, SCHEME, PATH], id="no-authority"),
        pytest.param([METHOD, SCHEME, PATH, ("host", "here")], id="host-for-authority"),
        pytest.param([*GET, ("host", "HERE")], id="host-that-is-the-authority"),
        pytest.param([*GET, ("te", "trailers")], id="te-trailers"),
        pytest.param([(":method", "OPTIONS"), SCHEME, (":path", "*"), AUTHORITY], id="asterisk"),
        pytest.param([(":method", "CONNECT"), (":authority", "there:443")], id="CONNECT"),
        pytest.param([*GET, ("x", "")], id="empty-value"),
        pytest.param([*GET, ("x", "a\tb \xff c")], id="value-with-tab-and-high-bytes"),
        pytest.param([*GET, ("cookie", "a=1"), ("cookie", "b=2")], id="cookies"),
        pytest.param([*GET, ("content-length", "0")], id="content-length-0"),
        pytest.param([METHOD, (":scheme", "https"), (":path", "/a?b=%20c"), AUTHORITY], id="https-with-query"),
    ],
)
def test_requests(fields: Fields):
    request(fields)


MALFORMED = {
    # §8.2.1
    "upper-case-name": [*GET, ("X-Upper", "1")],
    "empty-name": [*GET, ("", "1")],
    "space-in-name": [*GET, ("a b", "1")],
    "control-in-name": [*GET, ("a\x01", "1")],
    "delete-in-name": [*GET, ("a\x7f", "1")],
    "high-byte-in-name": [*GET, ("\xe4", "1")],
    "colon-in-name": [*GET, ("a:b", "1")],
    "long-upper-case-name": [*GET, ("a" * 100 + "B", "1")],
    "NUL-in-value": [*GET, ("a", "1\0")],
    "line-feed-in-value": [*GET, ("a", "1\nb: 2")],
    "carriage-return-in-value": [*GET, ("a", "1\r2")],
    "control-in-value": [*GET, ("a", "1\x0b2")],
    "space-before-value": [*GET, ("a", " 1")],
    "tab-behind-value": [*GET, ("a", "1\t")],
    # §8.2.2
    "connection": [*GET, ("connection", "close")],
    "proxy-connection": [*GET, ("proxy-connection", "keep-alive")],
    "keep-alive": [*GET, ("keep-alive", "timeout=5")],
    "transfer-encoding": [*GET, ("transfer-encoding", "chunked")],
    "upgrade": [*GET, ("upgrade", "h2c")],
    "te": [*GET, ("te", "trailers, deflate")],
    # §8.3
    "unknown-pseudo": [*GET, (":test", "1")],
    "protocol-pseudo": [*GET, (":protocol", "websocket")],
    "upper-case-pseudo": [*GET, (":Method", "GET")],
    "response-pseudo": [*GET, (":status", "200")],
    "pseudo-behind-field": [METHOD, SCHEME, ("a", "b"), PATH],
    # §8.3.1
    "no-method": [SCHEME, PATH, AUTHORITY],
    "no-scheme": [METHOD, PATH, AUTHORITY],
    "no-path": [METHOD, SCHEME, AUTHORITY],
    "two-methods": [METHOD, *GET],
    "two-schemes": [SCHEME, *GET],
    "two-paths": [PATH, *GET],
    "two-authorities": [AUTHORITY, *GET],
    "method-and-CONNECT": [(":method", "CONNECT"), *GET],
    "empty-method": [(":method", ""), *GET[1:]],
    "method-with-space": [(":method", "GET /"), *GET[1:]],
    "empty-scheme": [METHOD, (":scheme", ""), PATH, AUTHORITY],
    "empty-path": [METHOD, SCHEME, (":path", ""), AUTHORITY],
    "path-without-slash": [METHOD, SCHEME, (":path", "index.html"), AUTHORITY],
    "path-with-space": [METHOD, SCHEME, (":path", "/a b"), AUTHORITY],
    "path-with-high-byte": [METHOD, SCHEME, (":path", "/\xe4"), AUTHORITY],
    "user-in-authority": [METHOD, SCHEME, PATH, (":authority", "me@here")],
    "host-that-is-another": [*GET, ("host", "there")],
    "two-hosts": [*GET, ("host", "here"), ("host", "here")],
    "nothing": [],
    # §8.5
    "CONNECT-with-scheme": [(":method", "CONNECT"), SCHEME, AUTHORITY],
    "CONNECT-with-path": [(":method", "CONNECT"), PATH, AUTHORITY],
    "CONNECT-without-authority": [(":method", "CONNECT")],
    # §8.1.1
    "content-length-without-body": [*POST, ("content-length", "1")],
    "content-length-of-letters": [*POST, ("content-length", "x")],
    "content-length-negative": [*POST, ("content-length", "-1")],
    "content-length-list": [*POST, ("content-length", "0, 0")],
    "content-length-twice": [*POST, ("content-length", "0"), ("content-length", "0")],
    "content-length-of-1000-digits": [*POST, ("content-length", "9" * 1000)],
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_requests_are_reset(name: str):
    peer = Peer()
    fields = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in MALFORMED[name]]
    peer.resets(1, PROTOCOL_ERROR, peer.headers(1, fields, end=True))  # type: ignore[arg-type] # bytes do as well
    assert not any(isinstance(event, RequestReceived | StreamReset) and event.stream == 1 for event in peer.events)


def test_a_malformed_request_teaches_the_table():
    peer = Peer()
    peer.say(peer.headers(1, [*GET, ("new", "field"), ("Bad", "1")], end=True))
    (event,) = peer.say(peer.headers(3, [*GET, ("new", "field")], end=True))
    assert isinstance(event, RequestReceived)
    assert event.headers[-1] == (b"new", b"field")


def test_a_block_is_judged_each_time():
    peer = Peer()
    block = [*GET, ("Bad", "1")]
    peer.resets(1, PROTOCOL_ERROR, peer.headers(1, block, end=True))
    for number in (2001, 2003, 2005):
        peer.say(peer.headers(number, block, end=True))
        assert peer.names() == [("RstStream", number)]


# Bodies (§8.1.1).


@pytest.mark.parametrize(
    "body",
    [
        pytest.param([raw(DATA, END_STREAM, 1, b"12345")], id="longer"),
        pytest.param([raw(DATA, END_STREAM, 1, b"123")], id="shorter"),
        pytest.param([raw(DATA, END_STREAM, 1)], id="empty"),
        pytest.param([raw(DATA, 0, 1, b"1234"), raw(DATA, END_STREAM, 1, b"5")], id="longer-in-pieces"),
        pytest.param([raw(DATA, 0, 1, b"12"), raw(DATA, END_STREAM, 1, b"3")], id="shorter-in-pieces"),
        pytest.param([raw(DATA, 0, 1, b"12345")], id="longer-before-its-end"),
        pytest.param([raw(DATA, END_STREAM | PADDED, 1, b"\x00123")], id="padding-does-not-count"),
    ],
)
def test_content_length_is_the_length_of_the_body(body: list[bytes]):
    peer = Peer()
    peer.say(peer.headers(1, [*POST, ("content-length", "4")]))
    peer.resets(1, PROTOCOL_ERROR, *body)


def test_a_body_of_its_content_length():
    peer = Peer()
    peer.say(peer.headers(1, [*POST, ("content-length", "4")]))
    one, two = peer.say(raw(DATA, 0, 1, b"12"), raw(DATA, END_STREAM, 1, b"34"))
    assert isinstance(one, DataReceived)
    assert isinstance(two, DataReceived)
    assert two.ended


def test_content_length_is_checked_before_trailers():
    peer = Peer()
    peer.say(peer.headers(1, [*POST, ("content-length", "4")]))
    peer.resets(1, PROTOCOL_ERROR, raw(DATA, 0, 1, b"12"), peer.headers(1, [("a", "b")], end=True))


# Trailers (§8.1).


def test_trailers():
    peer = Peer()
    peer.say(peer.headers(1, [*POST, ("content-length", "2")]))
    data, trailers = peer.say(raw(DATA, 0, 1, b"12"), peer.headers(1, [("a", "b")], end=True))
    assert isinstance(data, DataReceived)
    assert isinstance(trailers, TrailersReceived)
    assert trailers.headers == ((b"a", b"b"),)


def test_trailers_end_the_stream():
    peer = Peer()
    peer.say(peer.headers(1))
    peer.resets(1, PROTOCOL_ERROR, peer.headers(1, [("a", "b")]))


@pytest.mark.parametrize(
    "field",
    [(":method", "POST"), (":status", "200"), ("Upper", "1"), ("connection", "close")],
    ids=lambda field: field[0],
)
def test_malformed_trailers(field: tuple[str, str]):
    peer = Peer()
    peer.say(peer.headers(1))
    peer.resets(1, PROTOCOL_ERROR, peer.headers(1, [field], end=True))


def test_trailers_that_are_too_long():
    peer = Peer(Http2Limits(max_header_bytes=300))
    peer.say(peer.headers(1))
    peer.resets(1, ErrorCode.ENHANCE_YOUR_CALM, peer.headers(1, [("a", "x" * 280)], end=True))


# Requests that are too long (§10.5.1).


@pytest.mark.parametrize("end", [True, False], ids=["without-body", "with-body"])
@pytest.mark.parametrize("fields", [[("a", "x" * 340)], [("a", "")] * 4], ids=["bytes", "fields"])
def test_too_long_requests_are_answered_431(fields: Fields, end: bool):
    peer = Peer(Http2Limits(max_header_bytes=500, max_headers=7))
    assert peer.say(peer.headers(1, [*GET, *fields], end=end)) == []
    answer, *rest = peer.heard()
    assert peer.read(answer.data) == [(":status", "431"), ("content-length", "0")]
    assert "END_STREAM" in answer.flags
    assert [(frame.stream_id, frame.error_code) for frame in rest] == ([] if end else [(1, ErrorCode.NO_ERROR)])
    if not end:
        assert peer.say(raw(DATA, END_STREAM, 1, b"body")) == []
    peer.lives()


# Responses (§8.3.2), as a client hears them.


def asked(method: bytes = b"GET") -> Peer:
    peer = Peer(of_client=True)
    number = peer.connection.open()
    fields = ((b":method", method), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"here"))
    peer.connection.send_headers(number, fields, end=True)
    peer.heard()
    return peer


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([], id="nothing"),
        pytest.param([("a", "b")], id="no-status"),
        pytest.param([*OK, *OK], id="two-statuses"),
        pytest.param([("a", "b"), *OK], id="status-behind-field"),
        pytest.param([(":status", "20")], id="two-digits"),
        pytest.param([(":status", "2x0")], id="letters"),
        pytest.param([(":status", "099")], id="below-100"),
        pytest.param([(":status", "101")], id="101"),
        pytest.param([*OK, (":path", "/")], id="request-pseudo"),
        pytest.param([*OK, ("connection", "close")], id="connection"),
        pytest.param([*OK, ("A", "b")], id="upper-case"),
    ],
)
def test_malformed_responses_are_reset(fields: Fields):
    peer = asked()
    (event,) = peer.say(peer.headers(1, fields))
    assert isinstance(event, StreamReset)
    assert (event.stream, event.code) == (1, PROTOCOL_ERROR)
    assert [(frame.stream_id, frame.error_code) for frame in peer.heard()] == [(1, PROTOCOL_ERROR)]
    peer.lives()


def test_informational_responses_come_first():
    peer = asked()
    events = peer.say(*[peer.headers(1, [(":status", status)]) for status in ("100", "103", "200")])
    assert [event.informational for event in events if isinstance(event, ResponseReceived)] == [True, True, False]


@pytest.mark.parametrize(
    "case",
    ["informational-that-ends", "data-first", "data-behind-informational", "second-answer", "informational-late"],
)
def test_responses_out_of_order(case: str):
    peer = asked()
    early = [(":status", "100")]
    say = {
        "informational-that-ends": lambda: [peer.headers(1, early, end=True)],
        "data-first": lambda: [raw(DATA, 0, 1, b"x")],
        "data-behind-informational": lambda: [peer.headers(1, early), raw(DATA, 0, 1, b"x")],
        "second-answer": lambda: [peer.headers(1, OK), peer.headers(1, OK, end=True)],
        "informational-late": lambda: [peer.headers(1, OK), peer.headers(1, early)],
    }[case]
    event = peer.say(*say())[-1]
    assert isinstance(event, StreamReset)
    assert event.code is PROTOCOL_ERROR
    peer.heard()
    peer.lives()


@pytest.mark.parametrize(("method", "status"), [(b"HEAD", "200"), (b"GET", "304")])
def test_content_length_without_a_body(method: bytes, status: str):
    peer = asked(method)
    (event,) = peer.say(peer.headers(1, [(":status", status), ("content-length", "100")], end=True))
    assert isinstance(event, ResponseReceived)
    assert event.ended
    assert peer.connection.idle


def test_content_length_of_a_response():
    peer = asked()
    events = peer.say(peer.headers(1, [*OK, ("content-length", "2")]), raw(DATA, END_STREAM, 1, b"123"))
    assert [type(event) for event in events] == [ResponseReceived, StreamReset]
    peer = asked()
    (event,) = peer.say(peer.headers(1, [*OK, ("content-length", "2")], end=True))
    assert isinstance(event, StreamReset)


def test_a_response_that_is_too_long():
    peer = Peer(Http2Limits(max_header_bytes=500), of_client=True)
    peer.connection.send_headers(peer.connection.open(), ((b":method", b"GET"),), end=True)
    peer.heard()
    (event,) = peer.say(peer.headers(1, [*OK, ("a", "x" * 500)]))
    assert isinstance(event, StreamReset)
    assert event.code is ErrorCode.ENHANCE_YOUR_CALM
    assert peer.names() == [("RstStream", 1)]
    peer.lives()
