"""The reader by bytes: however they are cut, the same requests come out."""

from __future__ import annotations

from typing import Any

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.protocols.http import HttpRequest, HttpResponse
from salver.transports.http1_heads import KnownHeads
from salver.transports.http1_reader import Http1Reader, Manner
from salver.transports.limits import HttpLimits

LIMITS = HttpLimits(max_header_bytes=400, max_headers=8, max_target_bytes=100, max_body_bytes=50)


def arrivals(pieces, limits=LIMITS, heads=None):
    """What comes out, comparably."""
    reader = Http1Reader(limits, heads or KnownHeads())
    out: list[Any] = []
    for piece in pieces:
        for arrived, manner in reader.feed(piece):
            if isinstance(arrived, HttpResponse):
                out.append(arrived.status)
            else:
                out.append((arrived.method, arrived.target, tuple(arrived.headers), arrived.body, manner))
    return out


def cut(raw: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(raw) + 1) for place in places})
    return [raw[a:b] for a, b in zip([0, *ends], [*ends, len(raw)], strict=True) if a != b]


def requests() -> st.SearchStrategy[bytes]:
    """Valid requests in many shapes."""
    token = st.text("abcXYZ019-_", min_size=1, max_size=6).map(str.encode)
    header = st.tuples(st.just(b"X-") | st.just(b"Y-"), token, st.sampled_from([b"", b"1", b"a b", b"\xe9", b"z \t"]))

    @st.composite
    def request(draw):
        method = draw(st.sampled_from([b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS"]))
        target = draw(st.sampled_from([b"/", b"/a/b?c=d&e", b"/%20", b"http://h:1/p?q", b"http://h", b"http://h?x"]))
        lines = [b"Host: h"] + [b"%b%b: %b" % parts for parts in draw(st.lists(header, max_size=3, unique=True))]
        body = draw(st.sampled_from([b"", b"\r\n", b"abc", b"GET / HTTP/1.1\r\n\r\n", b"0123456789" * 4]))
        form = draw(st.sampled_from(["length", "chunks"])) if body else "none"
        lines += draw(st.sampled_from([[], [], [b"Connection: keep-alive"], [b"Connection: Upgrade", b"Upgrade: h2c"]]))
        if form == "length":
            lines.append(b"Content-Length: %d" % len(body))
        if form == "chunks":
            lines.append(b"Transfer-Encoding: chunked")
            half = len(body) // 2 or 1
            parts = [part for part in (body[:half], body[half:]) if part]
            body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        return b"%b %b HTTP/1.1\r\n%b\r\n\r\n%b" % (method, target, b"\r\n".join(lines), body)

    return request()


@given(st.lists(requests(), min_size=1, max_size=4), st.lists(st.integers(0, 2000), max_size=8))
def test_the_same_requests_however_the_bytes_are_cut(raws, places):
    raw = b"".join(raws)
    whole = arrivals([raw])
    assert len(whole) == len(raws)
    assert arrivals(cut(raw, places)) == whole
    assert arrivals([raw[i : i + 1] for i in range(len(raw))]) == whole


@given(requests())
def test_the_same_request_as_h11_reads(raw):
    """Another implementation reads the same body from the same bytes."""
    peer = h11.Connection(h11.SERVER)
    peer.receive_data(raw)
    head: Any = peer.next_event()
    body = b"".join(bytes(event.data) for event in data_events(peer))
    [(method, _, headers, mine, _)] = arrivals([raw])
    assert mine == body
    assert (b"HEAD" if head.method == b"HEAD" else method) == head.method
    assert list(headers) == [header for header in head.headers if header[0] != b"upgrade"]


def data_events(peer):
    while isinstance(event := peer.next_event(), h11.Data):
        yield event


@given(st.lists(requests(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_a_known_head_says_the_same_as_the_parser(raws, random):
    sequence = [random.choice(raws) for _ in range(20)]
    heads = KnownHeads()
    shared = arrivals(sequence, heads=heads)
    assert shared == arrivals(sequence, heads=heads)
    assert shared == [one for raw in sequence for one in arrivals([raw])]


def test_blank_lines_after_a_body_teach_nothing_false():
    """A blank line after a body belongs to no request; a head learned with it would swallow the next body's start."""
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n"
    pieces = [head + b"\r\n" + b"\r\n", head + b"\r\n" + b"ab"]
    first, second, third = arrivals([*pieces, b" / HTTP/1.1\r\nHost: h\r\n\r\n"])
    assert first[3] == second[3] == b"\r\n"
    assert third == 400


def test_a_known_head_is_not_recalled_for_more_than_one_request():
    get = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    assert [len(arrivals(pieces)) for pieces in ([get, get + get], [get, b"\r\n" + get], [get, get[:-2]])] == [3, 2, 1]


def test_blank_lines_before_a_request_are_no_head():
    get = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    assert len(arrivals([b"\r\n\r\n" + get, b"\r\n\r\n", b"\r\n\r\n"])) == 1


def test_the_head_behind_another_is_not_taken_for_it():
    """What is remarked about the second head must not be remembered of the first."""
    head = b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"
    post = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n"
    manners = [arrived[4].bodiless for arrived in arrivals([head + post, b"x", head])]
    assert manners == [True, False, True]


def test_a_recalled_request_owns_its_headers():
    heads = KnownHeads()
    raw = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    reader = Http1Reader(LIMITS, heads)
    for _ in range(3):
        [(request, _)] = reader.feed(raw)
        assert isinstance(request, HttpRequest)
        assert request.headers == [(b"host", b"h")]
        request.headers.append((b"x", b"added by an app"))


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=60), max_size=6), st.booleans())
def test_garbage_never_raises(pieces, after_a_request):
    start = [b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n"] if after_a_request else []
    for one in arrivals([*start, *pieces]):
        assert isinstance(one, tuple) or one in (400, 413, 414, 417, 431, 501, 505)


@settings(max_examples=300)
@given(requests(), st.integers(0, 300), st.binary(min_size=1, max_size=3), st.lists(st.integers(0, 500), max_size=4))
def test_a_damaged_request_is_understood_or_refused_whatever_the_cuts(raw, place, damage, places):
    place %= len(raw)
    damaged = raw[:place] + damage + raw[place + len(damage) :]
    whole = arrivals([damaged])
    in_pieces = arrivals(cut(damaged, places))
    assert in_pieces == whole


def request(*lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join((*lines, b"", body))


HOST = b"Host: h"
LONG = 1000

REFUSED = {
    "length and chunked": (400, request(b"POST / HTTP/1.1", HOST, b"Content-Length: 3", b"Transfer-Encoding: chunked")),
    "chunked and length": (400, request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: chunked", b"Content-Length: 3")),
    "two lengths": (400, request(b"POST / HTTP/1.1", HOST, b"Content-Length: 3", b"Content-Length: 4", body=b"abc")),
    "the same length twice": (400, request(b"POST / HTTP/1.1", HOST, b"Content-Length: 3", b"Content-Length: 3")),
    "a list of lengths": (400, request(b"POST / HTTP/1.1", HOST, b"Content-Length: 3, 3", body=b"abc")),
    "length with a sign": (400, request(b"POST / HTTP/1.1", HOST, b"Content-Length: +3", body=b"abc")),
    "negative length": (400, request(b"POST / HTTP/1.1", HOST, b"Content-Length: -3", body=b"abc")),
    "hexadecimal length": (400, request(b"POST / HTTP/1.1", HOST, b"Content-Length: 0x3", body=b"abc")),
    "length with an underscore": (400, request(b"POST / HTTP/1.1", HOST, b"Content-Length: 1_0", body=b"abc")),
    "empty length": (400, request(b"POST / HTTP/1.1", HOST, b"Content-Length:", body=b"abc")),
    "length beyond 64 bits": (400, request(b"POST / HTTP/1.1", HOST, b"Content-Length: 99999999999999999999999")),
    "space before the colon": (400, request(b"POST / HTTP/1.1", HOST, b"Content-Length : 3", body=b"abc")),
    "folded header": (400, request(b"GET / HTTP/1.1", HOST, b"X: a", b" b")),
    "folded by a tab": (400, request(b"GET / HTTP/1.1", HOST, b"X: a", b"\tContent-Length: 3")),
    "space before the first header": (400, request(b"GET / HTTP/1.1", b" Host: h")),
    "bare line feeds": (400, b"GET / HTTP/1.1\nHost: h\n\n"),
    "bare line feed in a header": (400, b"GET / HTTP/1.1\r\nHost: h\nX: 1\r\n\r\n"),
    "bare carriage return in a header": (400, b"GET / HTTP/1.1\r\nHost: h\rX: 1\r\n\r\n"),
    "zero byte in a header": (400, request(b"GET / HTTP/1.1", HOST, b"X: a\0b")),
    "a header without a name": (400, request(b"GET / HTTP/1.1", HOST, b": a")),
    "a header without a colon": (400, request(b"GET / HTTP/1.1", HOST, b"abc")),
    "unknown coding": (501, request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: gzip", body=b"abc")),
    "coding before chunked": (501, request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: gzip, chunked")),
    "coding like chunked": (501, request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: xchunked")),
    "chunked not last": (400, request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: chunked, identity")),
    "chunked twice": (
        400,
        request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    ),
    "chunked in HTTP/1.0": (400, request(b"POST / HTTP/1.0", HOST, b"Transfer-Encoding: chunked", body=b"0\r\n\r\n")),
    "chunk size with a sign": (
        400,
        request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: chunked", body=b"-1\r\na\r\n0\r\n\r\n"),
    ),
    "chunk size beyond 64 bits": (
        400,
        request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: chunked", body=b"f" * 17 + b"\r\na"),
    ),
    "chunk longer than its size": (
        400,
        request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: chunked", body=b"1\r\nabc\r\n0\r\n\r\n"),
    ),
    "chunk ended by a line feed": (
        400,
        request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: chunked", body=b"1\na\n0\n\n"),
    ),
    "no host": (400, request(b"GET / HTTP/1.1", b"X: 1")),
    "two hosts": (400, request(b"GET / HTTP/1.1", b"Host: a", b"Host: b")),
    "unknown method": (400, request(b"FETCH / HTTP/1.1", HOST)),
    "lower-case method": (400, request(b"get / HTTP/1.1", HOST)),
    "no method": (400, request(b" / HTTP/1.1", HOST)),
    "CONNECT": (501, request(b"CONNECT h:443 HTTP/1.1", HOST)),
    "a target that is no path": (400, request(b"GET foo HTTP/1.1", HOST)),
    "the star for GET": (400, request(b"GET * HTTP/1.1", HOST)),
    "a space in the target": (400, request(b"GET /a b HTTP/1.1", HOST)),
    "a byte above ASCII in the target": (400, request(b"GET /\xff HTTP/1.1", HOST)),
    "HTTP/0.9": (505, b"GET /\r\n\r\n"),
    "HTTP/1.2": (505, request(b"GET / HTTP/1.2", HOST)),
    "HTTP/2.0": (505, request(b"GET / HTTP/2.0", HOST)),
    "HTTP/2.0 that wants to stay": (505, request(b"GET / HTTP/2.0", HOST, b"Connection: keep-alive")),
    "the preface of HTTP/2": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "an answer": (400, request(b"HTTP/1.1 200 OK", b"Content-Length: 0")),
    "unknown expectation": (417, request(b"POST / HTTP/1.1", HOST, b"Expect: miracles", b"Content-Length: 3")),
    "target too long": (414, request(b"GET /" + b"a" * LONG + b" HTTP/1.1", HOST)),
    "target that never ends": (414, b"GET /" + b"a" * LONG),
    "header too long": (431, request(b"GET / HTTP/1.1", HOST, b"X: " + b"a" * LONG)),
    "header that never ends": (431, b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * LONG),
    "header name that never ends": (431, b"GET / HTTP/1.1\r\nHost: h\r\n" + b"a" * LONG),
    "too many headers": (431, request(b"GET / HTTP/1.1", HOST, *(b"X: 1",) * 20)),
    "too many headers that never end": (431, b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: 1\r\n" * 20),
    "body too large by its length": (413, request(b"POST / HTTP/1.1", HOST, b"Content-Length: 51")),
    "body too large to name": (413, request(b"POST / HTTP/1.1", HOST, b"Content-Length: 9999999999999999")),
    "body too large in chunks": (
        413,
        request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: chunked", body=(b"1a\r\n" + b"a" * 26 + b"\r\n") * 2),
    ),
    "trailer that never ends": (
        431,
        request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: chunked", body=b"0\r\nX: " + b"a" * LONG),
    ),
    "chunk extension that never ends": (
        431,
        request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: chunked", body=b"1;x=" + b"a" * LONG),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    status, raw = REFUSED[name]
    endless = "never ends" in name
    before = request(b"GET /before HTTP/1.1", HOST)
    assert arrivals([before, raw])[1:] == ([status] if not endless else []) or endless
    for pieces in ([raw[i : i + 1] for i in range(len(raw))], cut(raw, [7, 31, 32, 60])):
        if not endless or len(pieces) > 10:
            assert arrivals(pieces) == [status]
            assert arrivals([*pieces, b"GET /after HTTP/1.1\r\nHost: h\r\n\r\n"]) == [status]


@pytest.mark.parametrize("name", [name for name in REFUSED if "never ends" not in name])
def test_refused_behind_a_good_request_in_the_same_bytes(name):
    status, raw = REFUSED[name]
    good = request(b"POST / HTTP/1.1", HOST, b"Content-Length: 2", body=b"ok")
    first, *rest = arrivals([good + raw])
    assert first[3] == b"ok"
    assert rest == [status]


@pytest.mark.parametrize(
    ("raw", "manner"),
    [
        (request(b"GET / HTTP/1.1", HOST), Manner()),
        (request(b"GET / HTTP/1.1", HOST, b"Connection: keep-alive"), Manner()),
        (request(b"GET / HTTP/1.1", HOST, b"Connection: close"), Manner(keep_alive=False)),
        (request(b"GET / HTTP/1.1", HOST, b"connection: TE, Close"), Manner(keep_alive=False)),
        (request(b"HEAD / HTTP/1.1", HOST), Manner(bodiless=True)),
        (request(b"GET / HTTP/1.0"), Manner(keep_alive=False, old=True)),
        (request(b"GET / HTTP/1.0", HOST), Manner(keep_alive=False, old=True)),
        (request(b"GET / HTTP/1.0", HOST, b"Connection: keep-alive"), Manner(old=True)),
        (request(b"GET / HTTP/1.1", HOST, b"Connection: Upgrade", b"Upgrade: h2c"), Manner()),
    ],
)
def test_how_the_answer_is_wanted(raw, manner):
    assert arrivals([raw])[0][4] == manner


def test_trailers_become_no_headers():
    chunks = b"1\r\na\r\n0\r\nX-Admin: yes\r\nHost: other\r\n\r\n"
    raw = request(b"POST / HTTP/1.1", HOST, b"Transfer-Encoding: chunked", body=chunks)
    [(_, _, headers, body, _)] = arrivals([raw])
    assert headers == ((b"host", b"h"), (b"transfer-encoding", b"chunked"))
    assert body == b"a"


def test_an_upgrade_is_declined_and_its_body_read():
    """The parser gives up framing at an upgrade: what follows must still be this request's body, not the next one."""
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
    lines = (HOST, b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk")
    raw = request(b"POST / HTTP/1.1", *lines, b"Content-Length: %d" % len(smuggled), body=smuggled)
    [(_, target, headers, body, manner)] = arrivals([raw])
    assert (target, body, manner) == (b"/", smuggled, Manner())
    assert b"upgrade" not in dict(headers)


def test_the_end_of_input_in_the_midst_of_a_request():
    for part in (b"GET / HT", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf"):
        reader = Http1Reader(LIMITS, KnownHeads())
        assert reader.feed(part) == []
        [(answer, _)] = reader.end()
        assert isinstance(answer, HttpResponse)
        assert answer.status == 400
    assert Http1Reader(LIMITS, KnownHeads()).end() == []
