"""HTTP over TLS: what is agreed on, who is let in, and that limits, ends and slow clients are as without."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import ssl
import struct
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest
from certificates import Authority

from salver.core.errors import BadInput
from salver.protocols.http import HttpResponse
from salver.transports.endpoints import Tcp, Unix
from salver.transports.limits import HttpLimits
from salver.transports.listener import listen

GET = b"GET /%b HTTP/1.1\r\nHost: h\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PLACE = Tcp("127.0.0.1", 0)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def place(authority: Authority) -> Tcp:
    return replace(PLACE, tls=authority.tls())


@asynccontextmanager
async def connected(listener, context=None, *, host="localhost"):
    """Streams to the first port, encrypted where there is a context."""
    port = listener.addresses[0].port
    name = None if context is None else host
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
    return head + await reader.readexactly(size)


def test_https_on_one_connection(run, serve, authority, place):
    async def main():
        async with serve(at=place) as listener:
            assert str(listener.addresses[0]) == f"https://127.0.0.1:{listener.addresses[0].port}"
            for context in (authority.client(), authority.client("http/1.1"), authority.client("spdy/1", "http/1.1")):
                async with connected(listener, context) as (reader, writer):
                    for name in (b"one", b"two"):
                        writer.write(GET % name)
                        assert b"/" + name in await answer(reader)
                    writer.write(LAST)
                    assert (await reader.read()).startswith(b"HTTP/1.1 200")
            statistics = listener.statistics()
            assert (statistics.accepted, statistics.refused) == (3, 0)

    run(main())


def test_a_large_body_and_a_large_answer(run, serve, authority, place):
    async def app(request):
        return HttpResponse(200, request.body)

    body = bytes(range(256)) * 20_000

    async def main():
        async with serve(app, at=place) as listener, connected(listener, authority.client()) as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body))
            writer.write(body)
            assert (await answer(reader)).endswith(body)

    run(main())


@pytest.mark.parametrize("alpn", [("h2",), ("http/1.1", "h2"), ()], ids=["h2", "either", "none"])
def test_http2_is_spoken_where_it_is_agreed_on_or_simply_begun(run, serve, authority, place, alpn):
    """`http/1.1` first or last: of several the server takes HTTP/2."""

    async def main():
        async with serve(at=place) as listener, connected(listener, authority.client(*alpn)) as (reader, writer):
            writer.write(PREFACE + SETTINGS)
            head = await reader.readexactly(9)
            assert head[3] == 4, "the first frame is SETTINGS"
            assert listener.statistics().accepted == 1

    run(main())


def test_only_clients_with_a_certificate_are_let_in(run, serve, authority, until):
    place = replace(PLACE, tls=authority.tls("guarded", clients=authority))

    async def main():
        async with serve(at=place) as listener:
            async with connected(listener, authority.client()) as (reader, writer):
                writer.write(LAST)
                with suppress(ConnectionError):
                    assert await reader.read() == b""
            async with connected(listener, authority.client(as_client=True)) as (reader, writer):
                writer.write(LAST)
                assert (await reader.read()).startswith(b"HTTP/1.1 200")
            await until(lambda: listener.statistics().open == 0)
            assert listener.statistics().requests == 1

    run(main())


def test_a_client_without_tls_is_sent_away(run, serve, authority, place, until, caplog):
    caplog.set_level(logging.DEBUG, "salver")

    async def main():
        async with serve(at=place) as listener:
            async with connected(listener) as (reader, writer):
                writer.write(LAST)
                assert b"HTTP" not in await reader.read()
            await until(lambda: listener.statistics().open == 0)
            async with connected(listener, authority.client()) as (reader, writer):
                writer.write(LAST)
                assert (await reader.read()).startswith(b"HTTP/1.1 200")

    run(main())
    [line] = caplog.messages
    assert line.startswith("no TLS with ('127.0.0.1', ")
    assert "HTTP_REQUEST" in line


def test_tls_to_a_port_without_it_is_sent_away(run, serve, authority, caplog):
    caplog.set_level(logging.DEBUG, "salver")

    async def main():
        async with serve() as listener:
            with pytest.raises(ssl.SSLError):
                async with connected(listener, authority.client()):
                    pass

    run(main())
    [line] = caplog.messages
    assert "speaks TLS to a port without it" in line


def test_a_handshake_has_its_time(run, serve, place, until):
    async def main():
        async with serve(at=place, limits=HttpLimits(handshake_timeout_s=0.05)) as listener:
            async with connected(listener) as (reader, _writer):
                assert await reader.read() == b""
            async with connected(listener) as (reader, writer):
                writer.write(b"\x16\x03\x01\x02\x00\x01")
                assert await reader.read() == b""
            await until(lambda: listener.statistics().open == 0)

    run(main())


def test_handshakes_count_as_connections(run, serve, authority, place, until):
    async def main():
        async with serve(at=place, limits=HttpLimits(max_connections=2)) as listener:
            async with connected(listener), connected(listener):
                await until(lambda: listener.statistics().open == 2)
                with pytest.raises((ConnectionError, ssl.SSLError)):
                    async with connected(listener, authority.client()):
                        pass
                assert listener.statistics().refused == 1
            await until(lambda: listener.statistics().open == 0)
            async with connected(listener, authority.client()) as (reader, writer):
                writer.write(GET % b"")
                assert (await answer(reader)).startswith(b"HTTP/1.1 200")

    run(main())


def test_a_client_that_leaves_in_the_handshake(run, serve, place, until):
    async def main():
        async with serve(at=place) as listener:
            for greeting in (b"", b"\x16\x03\x01\x02\x00\x01"):
                async with connected(listener) as (_reader, writer):
                    writer.write(greeting)
                    await until(lambda: listener.statistics().open == 1)
                    writer.close()
                await until(lambda: listener.statistics().open == 0)
            assert listener.statistics().accepted == 2

    run(main())


def test_a_client_that_is_cut_off_in_the_handshake(run, serve, place, until, caplog):
    async def main():
        async with serve(at=place) as listener:
            for times in (1, 2, 3):
                raw = socket.create_connection(("127.0.0.1", listener.addresses[0].port))
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing is a reset
                if times == 1:
                    await until(lambda: listener.statistics().open == 1)
                raw.close()
                await until(lambda: listener.statistics().accepted == times)  # noqa: B023
                await until(lambda: listener.statistics().open == 0)
            gc.collect()

    run(main())
    assert caplog.messages == []


def test_drain_lets_the_busy_answer_and_closes_the_others(run, serve, authority, place, until, caplog):
    release = asyncio.Event()
    seen = []

    async def app(request):
        seen.append(request.target)
        if request.target == b"/busy":
            await release.wait()
        return HttpResponse(200, request.target)

    async def main():
        context = authority.client()
        async with (
            serve(app, at=place) as listener,
            connected(listener) as (shaking, _),
            connected(listener, context) as (idle, idle_writer),
            connected(listener, context) as (busy, busy_writer),
        ):
            idle_writer.write(GET % b"idle")
            await answer(idle)
            busy_writer.write(GET % b"busy")
            await until(lambda: b"/busy" in seen)
            draining = asyncio.create_task(listener.drain(5))
            assert await idle.read() == b""
            assert await shaking.read() == b""
            assert not draining.done()
            release.set()
            last = await busy.read()
            assert last.endswith(b"/busy")
            assert b"close" in last
            assert await draining == 0
        gc.collect()

    run(main())
    assert caplog.messages == []


def test_drain_cuts_what_does_not_end(run, serve, authority, place, until):
    seen = []

    async def app(request):
        seen.append(request)
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def main():
        async with serve(app, at=place) as listener, connected(listener, authority.client()) as (_, writer):
            writer.write(GET % b"")
            await until(lambda: seen)
            assert await listener.drain(0.01) == 1

    run(main())


def test_a_client_that_does_not_read_is_cut(run, serve, authority, place, until):
    async def app(request):
        return HttpResponse(200, bytes(20_000_000))

    limits = HttpLimits(write_timeout_s=0.2, idle_timeout_s=0.1, linger_timeout_s=0.1)

    async def main():
        async with (
            serve(app, at=place, limits=limits) as listener,
            connected(listener, authority.client()) as (_, writer),
        ):
            writer.transport.pause_reading()
            writer.write(GET % b"")
            await until(lambda: listener.statistics().requests == 1)
            await until(lambda: listener.statistics().open + listener.statistics().leaving == 0)
            assert listener.statistics().cut == 1

    run(main())


def test_a_client_that_reads_slowly_gets_all(run, serve, authority, place):
    """Long after the server has written it, and means to be done with the connection."""
    size = 10_000_000
    limits = HttpLimits(write_timeout_s=0.4, min_bytes_per_s=1000, idle_timeout_s=0.1, linger_timeout_s=0.1)

    async def app(request):
        return HttpResponse(200, bytes(size))

    def ask(port: int) -> int:
        """A blocking client: those of the event loops forget what they have not read when the server closes."""
        raw = socket.create_connection(("127.0.0.1", port), 10)
        came = 0
        with authority.client().wrap_socket(raw, server_hostname="localhost") as client:
            client.sendall(LAST)
            while piece := client.recv(200_000):
                came += len(piece)
                time.sleep(0.002)
        return came

    async def main():
        async with serve(app, at=place, limits=limits) as listener:
            assert await asyncio.to_thread(ask, listener.addresses[0].port) > size
            assert listener.statistics().cut == 0

    run(main())


def read_http2(client, size) -> int:
    """Asks once, by hand, with all windows wide open, and reads the answer slowly: how many bytes came."""
    window = (2**31 - 1 - 65535).to_bytes(4)
    client.sendall(
        PREFACE
        + (b"\x00\x00\x06\x04\x00\x00\x00\x00\x00" + b"\x00\x04\x7f\xff\xff\xff")  # INITIAL_WINDOW_SIZE
        + (b"\x00\x00\x04\x08\x00\x00\x00\x00\x00" + window)  # WINDOW_UPDATE of the connection
        + (b"\x00\x00\x06\x01\x05\x00\x00\x00\x01" + b"\x82\x84\x87\x41\x01h")  # HEADERS: GET /
    )
    data, came = b"", 0
    while came < size and (piece := client.recv(100_000)):
        data += piece
        while len(data) >= 9 and len(data) >= (end := 9 + int.from_bytes(data[:3])):
            came += (end - 9) * (data[3] == 0)
            data = data[end:]
        time.sleep(0.002)
    return came


@pytest.mark.parametrize("encrypted", [True, False], ids=["tls", "plain"])
def test_a_client_over_http2_that_reads_slowly_gets_all_while_the_server_drains(
    run, serve, authority, place, until, encrypted
):
    size = 10_000_000
    limits = HttpLimits(write_timeout_s=0.4, min_bytes_per_s=1000, idle_timeout_s=0.1, linger_timeout_s=0.1)

    async def app(request):
        return HttpResponse(200, bytes(size))

    def ask(port: int) -> int:
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            if not encrypted:
                return read_http2(raw, size)
            with authority.client("h2").wrap_socket(raw, server_hostname="localhost") as client:
                return read_http2(client, size)

    async def main():
        async with serve(app, at=place if encrypted else PLACE, limits=limits) as listener:
            asking = asyncio.create_task(asyncio.to_thread(ask, listener.addresses[0].port))
            await until(lambda: listener.statistics().requests == 1)
            assert await listener.drain(8) == 0
            assert await asking == size

    run(main())


def test_the_answer_to_a_body_refused_half_way_arrives(run, serve, authority, place):
    """The server closes while the client still sends; without care the answer would be lost."""

    async def main():
        limits, context = HttpLimits(max_body_bytes=1000), authority.client()
        async with serve(at=place, limits=limits) as listener, connected(listener, context) as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + bytes(300_000))
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 413")

    run(main())


def test_what_follows_the_handshake_at_once_is_not_lost(run, serve, authority, place):
    """The last of the handshake and the first request in one segment, as TLS 1.3 clients may send them."""

    async def main():
        async with serve(at=place) as listener, connected(listener) as (reader, writer):
            to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
            end = authority.client("http/1.1").wrap_bio(to_client, to_server, server_hostname="localhost")
            while True:
                try:
                    end.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    writer.write(to_server.read())
                    to_client.write(await reader.read(65536))
            end.write(LAST)
            writer.write(to_server.read())
            came = b""
            while not came.startswith(b"HTTP/1.1 200"):
                to_client.write(await reader.read(65536))
                try:
                    came += end.read(65536)
                except ssl.SSLWantReadError:
                    continue

    run(main())


def test_new_certificates_while_connections_live(run, serve, authority, until):
    tls = authority.tls("live")

    async def main():
        async with serve(at=replace(PLACE, tls=tls)) as listener:
            context = authority.client()
            async with connected(listener, context) as (reader, writer):
                before = writer.get_extra_info("peercert")["serialNumber"]
                authority.issue("live")
                serials = {before}

                async def look():
                    async with connected(listener, context) as (_, another):
                        serials.add(another.get_extra_info("peercert")["serialNumber"])

                while len(serials) == 1:
                    await look()
                    writer.write(GET % b"")
                    assert (await answer(reader)).startswith(b"HTTP/1.1 200")

    run(main())


def test_a_unix_socket_may_have_tls(run, serve, authority, tmp_path):
    async def main():
        async with serve(at=Unix(str(tmp_path / "s"), tls=authority.tls())):
            reader, writer = await asyncio.open_unix_connection(
                str(tmp_path / "s"), ssl=authority.client(), server_hostname="localhost"
            )
            writer.write(LAST)
            assert (await reader.read()).startswith(b"HTTP/1.1 200")
            writer.close()

    run(main())


def test_bad_certificates_are_no_place_to_listen_at(run, echo_app, authority):
    tls = replace(authority.tls(), key="/nowhere/key.pem")

    async def main():
        with pytest.raises(BadInput, match=r"key '/nowhere/key\.pem' cannot be read"):
            await listen(echo_app, PLACE, replace(PLACE, tls=tls))

    run(main())
