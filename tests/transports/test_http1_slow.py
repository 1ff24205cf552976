"""Clients that take their time: each limit of time is set short, and each cut is awaited as a condition."""

from __future__ import annotations

import asyncio

import pytest

from salver.protocols.http import HttpRequest, HttpResponse
from salver.transports.limits import HttpLimits

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"


async def trickle(client, data: bytes):
    """Byte after byte, until the server has had enough."""
    for byte in data:
        if client.reader.at_eof() or client.writer.is_closing():
            return
        client.send(bytes([byte]))
        await asyncio.sleep(0.001)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limits", "raw", "said"),
    [
        (HttpLimits(header_timeout_s=0.1), b"GET / HTTP/1.1\r\nHost: h\r\n" + b"X: 1\r\n" * 90, "headers"),
        (HttpLimits(header_timeout_s=0.1), GET + GET[:-2] + b"X: " + b"1" * 5000, "headers"),
        (HttpLimits(body_timeout_s=0.1, min_bytes_per_s=1_000_000), POST + b"a" * 5000, "body"),
    ],
)
def test_a_slow_sender_is_told_and_cut(run, serve, connect, limits, raw, said):
    async def main():
        async with serve(limits=limits) as listener, connect(listener) as client:
            sending = asyncio.create_task(trickle(client, raw))
            *_, last = await client.answers()
            assert last.status == 408
            assert said in last.json["error"]
            assert listener.statistics().cut == 1
            await sending

    run(main())


@pytest.mark.slow
def test_a_body_at_a_fair_rate_may_take_its_time(run, serve, connect):
    limits = HttpLimits(body_timeout_s=0.05, min_bytes_per_s=100)

    async def main():
        async with serve(limits=limits) as listener, connect(listener) as client:
            client.send(POST.replace(b"1000000", b"300"))
            await trickle(client, b"a" * 300)
            assert (await client.answer()).status == 200

    run(main())


@pytest.mark.slow
@pytest.mark.parametrize("before", [b"", GET, b"\r\n\r\n"])
def test_an_idle_connection_is_closed(run, serve, connect, before):
    async def main():
        async with serve(limits=HttpLimits(idle_timeout_s=0.1)) as listener, connect(listener) as client:
            client.send(before)
            answers = await client.answers()
            assert [a.status for a in answers] == [200] * (before == GET)
            assert listener.statistics().cut == 0

    run(main())


@pytest.mark.slow
def test_a_call_may_take_longer_than_any_limit_on_clients(run, serve, connect, until):
    limits = HttpLimits(header_timeout_s=0.2, body_timeout_s=0.2, idle_timeout_s=0.2, write_timeout_s=0.2)
    release = asyncio.Event()

    async def app(request: HttpRequest) -> HttpResponse:
        await release.wait()
        return HttpResponse(200, b"late but there")

    async def main():
        async with serve(app, limits=limits) as listener, connect(listener) as client:
            client.send(GET + GET)
            await until(lambda: listener.statistics().requests)
            begun_s = listener._connections.now_s
            await until(lambda: listener._connections.now_s > begun_s + 0.5)
            release.set()
            assert (await client.answer()).body == b"late but there"
            assert (await client.answer()).body == b"late but there"

    run(main())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["one piece", "many pieces", "many answers", "many answers, one by one"])
def test_a_client_that_does_not_read_is_cut_and_costs_little(run, serve, connect, until, kind):
    limits = HttpLimits(write_timeout_s=0.2)
    made = []

    async def endless():
        while True:
            made.append(65_536)
            yield b"x" * 65_536

    async def app(request: HttpRequest) -> HttpResponse:
        if kind == "many pieces":
            return HttpResponse(200, endless())
        size = 30_000_000 if kind == "one piece" else 60_000
        made.append(size)
        return HttpResponse(200, b"x" * size)

    async def main():
        async with serve(app, limits=limits) as listener, connect(listener) as client:
            client.writer.transport.pause_reading()
            client.send(GET * (10_000 if kind == "many answers" else 1))
            while kind.endswith("one by one") and not listener.statistics().cut:
                await client.send_pieces([GET] * 100)
            await until(lambda: listener.statistics().cut == 1)
            assert sum(made) < 40_000_000
            await until(lambda: listener.statistics().open == 0)

    run(main())


@pytest.mark.slow
def test_a_stream_waits_for_its_reader(run, serve, connect, until):
    """What is made ahead is bounded by the buffers, and goes on when the client reads."""
    made = []

    async def counted():
        for number in range(2000):
            made.append(number)
            yield b"x" * 65_536

    async def app(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, counted())

    async def main():
        async with serve(app) as listener, connect(listener) as client:
            client.writer.transport.pause_reading()
            client.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            await until(lambda: listener.statistics().open)
            [connection] = listener._connections._open
            await until(lambda: connection._writable is not None)
            assert len(made) < 1000
            client.writer.transport.resume_reading()
            [answer] = await client.answers()
            assert len(answer.body) == 2000 * 65_536

    run(main())


@pytest.mark.slow
def test_a_last_answer_still_being_read_is_not_cut(run, serve, connect, until):
    """The wait for the client to close begins when it has everything."""

    async def app(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, b"x" * 30_000_000)

    async def main():
        async with serve(app, limits=HttpLimits(linger_timeout_s=0.02)) as listener, connect(listener) as client:
            client.writer.transport.pause_reading()
            client.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            await until(lambda: listener.statistics().leaving)
            begun_s = listener._connections.now_s
            await until(lambda: listener._connections.now_s > begun_s + 0.1)
            client.writer.transport.resume_reading()
            [answer] = await client.answers()
            assert len(answer.body) == 30_000_000

    run(main())


@pytest.mark.slow
def test_a_client_that_never_closes_is_not_waited_for_long(run, serve, connect, until):
    async def main():
        async with serve(limits=HttpLimits(linger_timeout_s=0.1)) as listener, connect(listener) as client:
            client.send(b"garbage\r\n\r\n")
            assert (await client.answer()).status == 400
            await until(lambda: listener.statistics().leaving == 1)
            await until(lambda: listener.statistics().leaving == 0)

    run(main())
