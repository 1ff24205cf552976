"""HTTP/1.1 and HTTP/2 on one port: what the first bytes tell, however they are cut."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from salver.transports.limits import HttpLimits

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
SETTINGS_FRAME = 4
BEGINNINGS = [
    b"PRI",
    b"PRI * HTTP/1.1\r\nHost: h\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rX",
    b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
    b"P",
    b"\x00",
]


def cuts(data: bytes) -> list[list[bytes]]:
    bytewise = [data[at : at + 1] for at in range(len(data))]
    return [[data], bytewise, *([data[:at], data[at:]] for at in (1, 3, 4, 14, 18, len(data) - 1) if at < len(data))]


@pytest.mark.parametrize("pieces", cuts(PREFACE + SETTINGS), ids=lambda pieces: "-".join(str(len(p)) for p in pieces))
def test_http2_begins_with_its_preface(run, serve, connect, pieces):
    async def main():
        async with serve() as listener, connect(listener) as client:
            await client.send_pieces(pieces)
            head = await client.reader.readexactly(9)
            assert head[3] == SETTINGS_FRAME
            statistics = listener.statistics()
            assert (statistics.open, statistics.accepted) == (1, 1)

    run(main())


@pytest.mark.parametrize("beginning", BEGINNINGS, ids=range(len(BEGINNINGS)))
def test_what_is_no_preface_is_http1s_to_the_last_byte(run, serve, connect, parse_answers, beginning):
    """Whatever the protocol makes of it, it makes the same of it in pieces; and it counts as one connection."""

    async def ask(connect, listener, pieces):
        async with connect(listener) as client:
            await client.send_pieces(pieces)
            client.writer.write_eof()
            return [(answer.status, answer.json) for answer in parse_answers(await client.receive_all())]

    async def main():
        async with serve() as listener:
            answers = [await ask(connect, listener, pieces) for pieces in cuts(beginning)]
            assert all(answer == answers[0] for answer in answers)
            if b"PUT" in beginning:
                assert answers[0][0][0] == 200
            assert listener.statistics().accepted == len(answers)

    run(main())


def test_both_on_one_port_at_once(run, serve, connect):
    async def main():
        async with serve() as listener, connect(listener) as new, connect(listener) as old:
            new.send(PREFACE + SETTINGS)
            assert (await new.reader.readexactly(9))[3] == SETTINGS_FRAME
            for _ in range(2):
                old.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                assert (await old.answer()).status == 200
            assert listener.statistics().open == 2

    run(main())


def test_an_upgrade_to_h2c_is_not_heeded(run, serve, connect):
    """RFC 9113 §3.1: it is no way any more to begin HTTP/2."""

    async def main():
        async with serve() as listener, connect(listener) as client:
            client.send(
                b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
            )
            assert (await client.answer()).status == 200

    run(main())


def test_half_a_preface_does_not_wait_for_ever(run, serve, connect, until):
    limits = HttpLimits(idle_timeout_s=0.1, linger_timeout_s=0.1)

    async def main():
        async with serve(limits=limits) as listener, connect(listener) as client:
            client.send(PREFACE[:10])
            await client.receive_all()
            client.writer.close()
            await until(lambda: listener.statistics().open + listener.statistics().leaving == 0)

    run(main())


def test_half_a_preface_does_not_hold_up_a_drain(run, serve, connect, until):
    async def main():
        async with serve() as listener, connect(listener) as client:
            client.send(PREFACE[:10])
            await until(lambda: listener.statistics().open == 1)
            draining = asyncio.create_task(listener.drain(5))
            with suppress(ConnectionError):  # what it had not read yet is lost with the connection
                assert await client.receive_all() == b""
            assert await draining == 0

    run(main())


def test_one_too_many_is_refused_whatever_it_means_to_speak(run, serve, connect, until, parse_answers):
    async def main():
        async with serve(limits=HttpLimits(max_connections=1)) as listener, connect(listener):
            await until(lambda: listener.statistics().open == 1)
            async with connect(listener) as client:
                client.send(PREFACE + SETTINGS)
                [answer] = parse_answers(await client.receive_all())
                assert answer.status == 503
            assert listener.statistics().refused == 1

    run(main())
