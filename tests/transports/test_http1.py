"""Real sockets on both loops: what a client sends, whole, byte by byte or cut at random, and what it gets."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salver.protocols.http import HttpRequest, HttpResponse
from salver.transports.limits import HttpLimits

GET = b"GET /%b HTTP/1.1\r\nHost: h\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
SMALL = HttpLimits(max_header_bytes=1000, max_headers=10, max_target_bytes=200, max_body_bytes=100)

TABLE = {
    "GET": (b"GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n", 200, "/a?b=c", ""),
    "POST": (b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", 200, "/p", "abc"),
    "POST without a body": (b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", 200, "/p", ""),
    "chunked": (
        b"POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x\r\n0123456789\r\n0\r\n\r\n",
        200,
        "/c",
        "abc0123456789",
    ),
    "chunked with a trailer": (
        b"POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: x\r\n\r\n",
        200,
        "/c",
        "a",
    ),
    "absolute form": (b"GET http://other:80/x?y HTTP/1.1\r\nHost: h\r\n\r\n", 200, "/x?y", ""),
    "OPTIONS": (b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 200, "*", ""),
    "blank lines first": (b"\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n", 200, "/a", ""),
    "an upgrade": (
        b"POST /u HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nab",
        200,
        "/u",
        "ab",
    ),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400, None, None),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, None, None),
    "length and chunked": (
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
        None,
        None,
    ),
    "folded": (b"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", 400, None, None),
    "unknown coding": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: br\r\n\r\n", 501, None, None),
    "HTTP/3": (b"GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505, None, None),
    "long target": (b"GET /" + b"a" * 300 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 414, None, None),
    "long header": (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 1300 + b"\r\n\r\n", 431, None, None),
    "many headers": (b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: 1\r\n" * 10 + b"\r\n", 431, None, None),
    "large body": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n" + b"a" * 101, 413, None, None),
    "large chunk": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + b"a" * 101 + b"\r\n0\r\n\r\n",
        413,
        None,
        None,
    ),
    "not HTTP": (b"\x16\x03\x01\x02\x00\x01\x00", 400, None, None),
}


def cuts(raw):
    """The same bytes whole, byte by byte, and cut at random."""
    chance = random.Random(7)
    places = sorted(chance.sample(range(1, len(raw)), min(5, len(raw) - 1)))
    yield [raw]
    yield [raw[i : i + 1] for i in range(len(raw))]
    yield [raw[a:b] for a, b in zip([0, *places], [*places, len(raw)], strict=True)]


@pytest.mark.parametrize("name", TABLE)
def test_table(run, serve, connect, name):
    raw, status, target, body = TABLE[name]

    async def main():
        async with serve(limits=SMALL) as listener:
            for pieces in cuts(raw):
                async with connect(listener) as client:
                    await client.send_pieces(pieces)
                    if status == 200:
                        client.send(LAST)
                    first, *rest = await client.answers()
                    assert first.status == status
                    if status == 200:
                        assert (first.json["target"], first.json["body"]) == (target, body)
                        assert [answer.json["target"] for answer in rest] == ["/last"]
                    else:
                        assert list(first.json) == ["error"]
                        assert first.headers["connection"] == "close"
                        assert rest == []

    run(main())


def test_the_app_sees_lower_case_names_and_trimmed_values(run, serve, connect):
    async def main():
        async with serve() as listener, connect(listener) as client:
            client.send(b"GET / HTTP/1.1\r\nHOST: h\r\nX-Two:  a b \t\r\nx-two:c\r\n\r\n")
            assert (await client.answer()).json["headers"] == [["host", "h"], ["x-two", "a b"], ["x-two", "c"]]

    run(main())


def test_one_connection_serves_many(run, serve, connect):
    async def main():
        async with serve() as listener, connect(listener) as client:
            for number in range(20):
                client.send(GET % b"%d" % number)
                assert (await client.answer()).json["target"] == f"/{number}"
            statistics = listener.statistics()
            assert (statistics.open, statistics.accepted, statistics.requests) == (1, 1, 20)

    run(main())


@pytest.mark.parametrize(
    ("request_head", "kept", "said"),
    [
        (b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", False, "close"),
        (b"GET / HTTP/1.0\r\n\r\n", False, "close"),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True, "keep-alive"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n", True, None),
    ],
)
def test_who_stays(run, serve, connect, request_head, kept, said):
    async def main():
        async with serve() as listener, connect(listener) as client:
            client.send(request_head + LAST)
            first, *rest = await client.answers()
            assert first.headers.get("connection") == said
            assert len(rest) == int(kept)

    run(main())


def test_pipelined_answers_keep_their_order_behind_a_slow_one(run, serve, connect, until):
    release = asyncio.Event()
    seen = []

    async def app(request: HttpRequest) -> HttpResponse:
        seen.append(request.target)
        if request.target == b"/slow":
            await release.wait()
        return HttpResponse(200, request.target)

    async def main():
        async with serve(app) as listener, connect(listener) as client:
            client.send(GET % b"slow" + b"".join(GET % b"%d" % n for n in range(50)) + LAST)
            await until(lambda: seen)
            release.set()
            answers = await client.answers()
            assert [a.body for a in answers] == [b"/slow", *(b"/%d" % n for n in range(50)), b"/last"]

    run(main())


def test_a_refusal_waits_for_the_answers_before_it(run, serve, connect, until):
    release = asyncio.Event()
    seen = []

    async def app(request: HttpRequest) -> HttpResponse:
        seen.append(request.target)
        await release.wait()
        return HttpResponse(200, request.target)

    async def main():
        async with serve(app) as listener, connect(listener) as client:
            client.send(GET % b"1" + GET % b"2" + b"garbage\r\n\r\n" + GET % b"3")
            await until(lambda: seen)
            release.set()
            assert [(a.status, a.body[:2]) for a in await client.answers()] == [
                (200, b"/1"),
                (200, b"/2"),
                (400, b'{"'),
            ]
            assert seen == [b"/1", b"/2"]

    run(main())


def test_pipelining_beyond_the_bound_stops_the_reading(run, serve, connect, until):
    """While one call runs the rest waits in the kernel, not here; and all are answered in the end."""
    release = asyncio.Event()
    count = 3000
    body = b"x" * 10_000

    async def app(request: HttpRequest) -> HttpResponse:
        if request.target == b"/slow":
            await release.wait()
        return HttpResponse(200, request.target)

    async def main():
        async with serve(app) as listener, connect(listener) as client:
            post = b"POST /%d HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\n" + body
            client.send(GET % b"slow")
            client.send(b"".join(post % n for n in range(count)) + LAST)
            transport = client.writer.transport
            [connection] = listener._connections._open
            await until(lambda: connection._reading_held)
            for _ in range(500):
                await asyncio.sleep(0)
            assert len(connection._waiting) < 100
            assert transport.get_write_buffer_size() > count * 10_000 / 2
            release.set()
            answers = await client.answers()
            assert [a.body for a in answers[1:-1]] == [b"/%d" % n for n in range(count)]

    run(main())


def test_head_is_get_without_its_body(run, serve, connect):
    async def main():
        async with serve() as listener:
            async with connect(listener) as client:
                client.send(b"HEAD /h HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                raw = await client.receive_all()
            async with connect(listener) as client:
                client.send(b"GET /h HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                [got] = await client.answers()
            assert raw.endswith(b"\r\n\r\n")
            assert b"Content-Length: %d\r\n" % len(got.body) in raw
            assert got.json["method"] == "GET"

    run(main())


def test_100_continue_is_sent_when_the_body_is_awaited(run, serve, connect):
    head = b"POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n"

    async def main():
        async with serve(limits=SMALL) as listener:
            async with connect(listener) as client:
                client.send(head)
                assert await client.reader.readexactly(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
                client.send(b"abc")
                assert (await client.answer()).json["body"] == "abc"
                client.send(head + b"abc" + LAST)
                assert [a.status for a in await client.answers()] == [200, 200]
            async with connect(listener) as client:
                client.send(head.replace(b"3", b"300"))
                assert [a.status for a in await client.answers()] == [413]

    run(main())


def test_100_continue_is_not_sent_for_a_later_request(run, serve, connect):
    head = b"POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"

    async def main():
        async with serve() as listener, connect(listener) as client:
            client.send(head + b"Expect: 100-continue\r\n\r\nabc")
            assert (await client.answer()).status == 200
            await client.send_pieces([head + b"\r\n", b"d", b"ef"])
            assert (await client.answer()).json["body"] == "def"

    run(main())


def test_100_continue_waits_for_the_answers_before_it(run, serve, connect, until):
    release = asyncio.Event()
    seen = []

    async def app(request: HttpRequest) -> HttpResponse:
        seen.append(request.target)
        await release.wait()
        return HttpResponse(200, b"answer")

    async def main():
        async with serve(app) as listener, connect(listener) as client:
            client.send(GET % b"slow")
            client.send(b"POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            await until(lambda: seen)
            release.set()
            assert (await client.answer()).body == b"answer"
            assert await client.reader.readexactly(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
            client.send(b"abc")
            assert (await client.answer()).body == b"answer"

    run(main())


def test_a_large_answer_arrives_whole(run, serve, connect):
    body = random.Random(1).randbytes(3_000_000)

    async def app(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, body)

    async def main():
        async with serve(app) as listener, connect(listener) as client:
            client.send(GET % b"1" + GET % b"2" + LAST)
            assert [a.body == body for a in await client.answers()] == [True] * 3

    run(main())


@pytest.mark.parametrize("turns", [0, 1])
def test_an_app_that_raises_is_a_500_and_the_server_goes_on(run, serve, connect, caplog, turns):
    async def app(request: HttpRequest) -> HttpResponse:
        for _ in range(turns):
            await asyncio.sleep(0)
        if request.target == b"/bad":
            raise LookupError("a secret")
        return HttpResponse(200, b"fine")

    async def main():
        async with serve(app) as listener, connect(listener) as client:
            client.send(GET % b"bad" + LAST)
            bad, good = await client.answers()
            assert (bad.status, good.body) == (500, b"fine")
            assert b"secret" not in bad.body
        assert "a secret" in caplog.text

    run(main())


def stream(*pieces: bytes):
    async def iterate():
        for piece in pieces:
            await asyncio.sleep(0)
            yield piece

    return iterate()


async def in_pieces(request: HttpRequest) -> HttpResponse:
    if request.target == b"/last":
        return HttpResponse(200, b"last")
    return HttpResponse(200, stream(b"ab", b"", b"c" * 70_000, b"d"), b"text/plain")


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_an_answer_in_pieces(run, serve, connect, version):
    async def main():
        async with serve(in_pieces) as listener, connect(listener) as client:
            client.send((GET % b"s").replace(b"1.1", version) + LAST)
            first, *rest = await client.answers()
            assert first.body == b"ab" + b"c" * 70_000 + b"d"
            if version == b"1.1":
                assert first.headers["transfer-encoding"] == "chunked"
                assert [a.body for a in rest] == [b"last"]
            else:
                assert first.headers["connection"] == "close"
                assert rest == []

    run(main())


def test_the_head_of_an_answer_in_pieces(run, serve, connect):
    async def main():
        async with serve(in_pieces) as listener, connect(listener) as client:
            client.send(b"HEAD /s HTTP/1.1\r\nHost: h\r\n\r\n" + LAST)
            head, _, rest = (await client.receive_all()).partition(b"\r\n\r\n")
            assert b"Transfer-Encoding: chunked" in head
            assert rest.startswith(b"HTTP/1.1 200 OK")

    run(main())


def test_an_answer_that_breaks_off_cannot_be_taken_for_whole(run, serve, connect, caplog):
    async def broken_stream():
        yield b"first"
        await asyncio.sleep(0)
        raise LookupError("broke")

    async def app(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, broken_stream())

    async def main():
        async with serve(app) as listener, connect(listener) as client:
            client.send(GET % b"s")
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await client.reader.readuntil(b"\r\n0\r\n\r\n")

    run(main())
    assert "broke" in caplog.text


@pytest.mark.parametrize("way", ["closes", "resets"])
@pytest.mark.parametrize("kind", ["call", "pieces"])
def test_a_client_that_leaves_cancels_its_call(run, serve, connect, until, way, kind):
    seen = []

    async def wait_forever():
        try:
            seen.append("begun")
            await asyncio.get_running_loop().create_future()
        finally:
            seen.append("ended")

    async def pieces():
        yield b"first"
        await wait_forever()

    async def app(request: HttpRequest) -> HttpResponse:
        if kind == "call":
            await wait_forever()
        return HttpResponse(200, pieces())

    async def main():
        async with serve(app) as listener, connect(listener) as client:
            client.send(GET % b"" + GET % b"never")
            await until(lambda: seen)
            if way == "closes":
                client.writer.close()
            else:
                client.writer.transport.abort()
            await until(lambda: seen == ["begun", "ended"])
            await until(lambda: listener.statistics().open == listener.statistics().leaving == 0)

    run(main())


def test_half_a_body_is_refused_in_words(run, serve, connect):
    async def main():
        async with serve() as listener, connect(listener) as client:
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf")
            client.writer.write_eof()
            [answer] = await client.answers()
            assert answer.status == 400
            assert "body" in answer.json["error"]

    run(main())


def test_the_refusal_of_a_body_reaches_a_client_that_is_still_sending(run, serve, connect):
    """Closing a socket with unread bytes resets it, and a reset may overtake the answer."""

    async def main():
        async with serve(limits=HttpLimits(max_body_bytes=1000)) as listener, connect(listener) as client:
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n")
            client.send(b"a" * 20_000_000)
            await client.writer.drain()
            assert [a.status for a in await client.answers()] == [413]

    run(main())


def test_too_many_connections(run, serve, connect, until):
    async def main():
        async with serve(limits=HttpLimits(max_connections=2)) as listener:
            async with connect(listener) as first, connect(listener) as second:
                await until(lambda: listener.statistics().open == 2)
                async with connect(listener) as third:
                    third.send(LAST)
                    [refused] = await third.answers()
                    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
                for client in (first, second):
                    client.send(LAST)
                    assert [a.status for a in await client.answers()] == [200]
            await until(lambda: listener.statistics().open == 0)
            async with connect(listener) as again:
                again.send(LAST)
                assert [a.status for a in await again.answers()] == [200]
            assert listener.statistics().refused == 1

    run(main())


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.binary(max_size=200) | st.sampled_from([GET % b"", b"POST / HTTP/1.1\r\n", b"0\r\n\r\n"]), max_size=5)
)
def test_whatever_comes_the_server_goes_on(serve, connect, pieces):
    async def main():
        async with serve(limits=SMALL) as listener:
            async with connect(listener) as client:
                await client.send_pieces(pieces)
                client.writer.write_eof()
                await client.receive_all()
            async with connect(listener) as client:
                client.send(LAST)
                assert [a.status for a in await client.answers()] == [200]

    asyncio.run(asyncio.wait_for(main(), 10))
