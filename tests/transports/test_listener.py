"""Where a listener listens, and how it ends."""

from __future__ import annotations

import asyncio
import socket
import stat

import pytest

from salver.core.errors import BadInput
from salver.protocols.http import HttpRequest, HttpResponse
from salver.transports.endpoints import Tcp, Unix, bind
from salver.transports.listener import listen

GET = b"GET /%b HTTP/1.1\r\nHost: h\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


async def ask(connect, listener):
    async with connect(listener) as client:
        client.send(LAST)
        return [answer.status for answer in await client.answers()]


def test_a_port_of_the_kernels_choice(run, serve, connect):
    async def main():
        async with serve() as listener:
            [at] = listener.addresses
            assert isinstance(at, Tcp)
            assert at.port > 0
            assert str(at) == f"http://127.0.0.1:{at.port}"
            assert await ask(connect, listener) == [200]

    run(main())


@pytest.mark.parametrize("host", ["", "::"])
def test_everywhere_is_both_families(run, serve, host):
    async def main():
        async with serve(at=Tcp(host, 0)) as listener:
            [at] = listener.addresses
            families = ["127.0.0.1", *(["::1"] if at.host == "::" else [])]
            for address in families:
                reader, writer = await asyncio.open_connection(address, at.port)
                writer.write(LAST)
                assert (await reader.read()).startswith(b"HTTP/1.1 200")
                writer.close()

    run(main())


def test_everywhere_is_ipv4_where_there_is_no_ipv6(monkeypatch):
    made = socket.socket

    def without_ipv6(family: int = -1, *args: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return made(family, *args)

    monkeypatch.setattr(socket, "socket", without_ipv6)
    [bound] = bind(Tcp("::", 0))
    assert bound.sock.getsockname()[0] == "0.0.0.0"
    bound.close()


def test_one_app_at_several_places(run, echo_app, tmp_path):
    async def main():
        listener = await listen(echo_app, Tcp("127.0.0.1", 0), Tcp("localhost", 0), Unix(str(tmp_path / "s")))
        assert len(listener.addresses) >= 3
        await listener.drain(0)

    run(main())


def test_a_port_in_use(run, serve, echo_app):
    async def main():
        async with serve() as listener:
            port = listener.addresses[0].port
            with pytest.raises(
                BadInput, match=f"port {port} on 127.0.0.1 is in use by another process; choose another"
            ):
                await listen(echo_app, Tcp("127.0.0.1", 0), Tcp("127.0.0.1", port))

    run(main())


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        (Tcp("127.0.0.1", 65536), "there is no port 65536"),
        (Tcp("::", -1), "there is no port -1"),
        (Tcp("192.0.2.1", 0), "cannot listen on port 0 on 192.0.2.1"),
        (Tcp("no such host", 0), "cannot listen on host 'no such host'"),
        (Unix("/nowhere/at/all"), "No such file or directory"),
        (Unix("/" + "long" * 50), "too long"),
    ],
)
def test_places_that_cannot_be_had(run, echo_app, endpoint, words):
    async def main():
        with pytest.raises(BadInput, match=words):
            await listen(echo_app, endpoint)

    run(main())


def test_processes_may_share_a_port(run, echo_app):
    async def main():
        first = await listen(echo_app, Tcp("127.0.0.1", 0, reuse_port=True))
        [at] = first.addresses
        assert isinstance(at, Tcp)
        second = await listen(echo_app, Tcp("127.0.0.1", at.port, reuse_port=True))
        assert second.addresses == first.addresses
        await first.drain(0)
        await second.drain(0)

    run(main())


def test_a_socket_bound_by_someone_else(run, serve, connect):
    async def main():
        [bound] = bind(Tcp("127.0.0.1", 0))
        async with serve(at=bound) as listener:
            assert await ask(connect, listener) == [200]

    run(main())


def test_a_unix_socket(run, serve, connect, tmp_path):
    path = tmp_path / "salver.sock"

    async def main():
        async with serve(at=Unix(str(path))) as listener:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert await ask(connect, listener) == [200]
            with pytest.raises(BadInput, match="in use by another process"):
                bind(Unix(str(path)))
            assert await ask(connect, listener) == [200]
        assert not path.exists()

    run(main())


def test_a_socket_file_left_behind_is_replaced(run, serve, connect, tmp_path):
    path = tmp_path / "salver.sock"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()

    async def main():
        async with serve(at=Unix(str(path), 0o660)) as listener:
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
            assert await ask(connect, listener) == [200]

    run(main())


def test_another_file_is_left_alone(tmp_path):
    path = tmp_path / "precious"
    path.write_text("data")
    with pytest.raises(BadInput, match="is no socket"):
        bind(Unix(str(path)))
    assert path.read_text() == "data"


def test_a_socket_file_of_a_successor_is_left_alone(run, serve, tmp_path):
    path = tmp_path / "salver.sock"

    async def main():
        async with serve(at=Unix(str(path))) as listener:
            path.rename(tmp_path / "moved")
            successor = socket.socket(socket.AF_UNIX)
            successor.bind(str(path))
            listener.stop_accepting()
            assert path.exists()
            successor.close()

    run(main())


def test_drain_lets_the_busy_answer_and_closes_the_idle(run, serve, connect, until):
    release = asyncio.Event()
    seen = []

    async def app(request: HttpRequest) -> HttpResponse:
        seen.append(request.target)
        if request.target == b"/busy":
            await release.wait()
        return HttpResponse(200, request.target)

    async def main():
        async with serve(app) as listener, connect(listener) as idle, connect(listener) as busy:
            idle.send(GET % b"idle")
            assert (await idle.answer()).status == 200
            busy.send(GET % b"busy")
            await until(lambda: b"/busy" in seen)
            draining = asyncio.create_task(listener.drain(5))
            assert await idle.receive_all() == b""
            with pytest.raises(OSError, match=r".*"):
                await asyncio.open_connection("127.0.0.1", listener.addresses[0].port)
            busy.send(GET % b"too-late")
            release.set()
            answers = await busy.answers()
            busy.writer.close()
            assert answers[0].body == b"/busy"
            assert answers[-1].headers["connection"] == "close"
            assert await draining == 0

    run(main())


def test_drain_finishes_an_answer_in_pieces(run, serve, connect, until):
    release = asyncio.Event()

    async def pieces():
        yield b"first"
        await release.wait()
        yield b"last"

    async def app(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, pieces())

    async def main():
        async with serve(app) as listener, connect(listener) as client:
            client.send(GET % b"")
            head = await client.reader.readuntil(b"first\r\n")
            draining = asyncio.create_task(listener.drain(5))
            await asyncio.sleep(0)
            release.set()
            assert await client.receive_all() == b"4\r\nlast\r\n0\r\n\r\n"
            client.writer.close()
            assert b"chunked" in head
            assert await draining == 0

    run(main())


def test_drain_waits_for_the_rest_of_a_request(run, serve, connect, until):
    async def main():
        async with serve() as listener, connect(listener) as client:
            client.send(b"POST /half HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab")
            await until(lambda: listener.statistics().open == 1)
            [connection] = listener._connections._open
            await until(lambda: connection._reader.body_bytes == 2)
            draining = asyncio.create_task(listener.drain(5))
            await asyncio.sleep(0)
            client.send(b"cd")
            [answer] = await client.answers()
            client.writer.close()
            assert (answer.json["body"], answer.headers["connection"]) == ("abcd", "close")
            assert await draining == 0

    run(main())


def test_drain_cuts_what_does_not_end(run, serve, connect, until):
    seen = []

    async def app(request: HttpRequest) -> HttpResponse:
        try:
            seen.append("begun")
            await asyncio.get_running_loop().create_future()
        finally:
            seen.append("ended")
        raise AssertionError

    async def main():
        async with serve(app) as listener, connect(listener) as client:
            client.send(GET % b"")
            await until(lambda: seen)
            assert await listener.drain(0.01) == 1
            assert seen == ["begun", "ended"]
            assert listener.statistics().cut == 1

    run(main())
