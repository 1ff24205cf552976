"""The app under ASGI servers: httpx's in-process transport, a hand-driven scope, and uvicorn on a socket."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager

import httpx
import pytest
import uvicorn

from salver.protocols.http import HttpRequest, HttpResponse
from salver.transports.asgi import Asgi
from salver.transports.limits import HttpLimits

SMALL = HttpLimits(max_header_bytes=1000, max_headers=10, max_target_bytes=200, max_body_bytes=100)


def client_of(asgi: Asgi, root_path: str = "") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(asgi, root_path=root_path), base_url="http://h")


async def pieces():
    for piece in (b"ab", b"", b"cd"):
        await asyncio.sleep(0)
        yield piece


async def in_pieces(request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, pieces(), b"text/plain", ((b"X-Kind", b"pieces"),))


def test_a_request_arrives_whole(run, echo_app):
    async def main():
        async with client_of(Asgi(echo_app)) as client:
            answer = await client.post("/a%2Fb/ü?c=d%20e", content=b"body", headers={"X-A": "1"})
            got = answer.json()
            assert (got["method"], got["target"], got["body"]) == ("POST", "/a%2Fb/%C3%BC?c=d%20e", "body")
            assert ["x-a", "1"] in got["headers"]
            assert answer.headers["content-type"] == "application/json"
            assert int(answer.headers["content-length"]) == len(answer.content)

    run(main())


def test_a_body_in_pieces_both_ways(run, echo_app):
    async def main():
        async with client_of(Asgi(echo_app)) as client:
            assert (await client.post("/", content=pieces())).json()["body"] == "abcd"
        async with client_of(Asgi(in_pieces)) as client:
            answer = await client.get("/")
            assert (answer.content, answer.headers["x-kind"]) == (b"abcd", "pieces")
            assert (await client.head("/")).content == b""

    run(main())


def test_head_is_get_without_its_body(run, echo_app):
    async def main():
        async with client_of(Asgi(echo_app)) as client:
            head, got = await client.head("/h"), await client.get("/h")
            assert head.content == b""
            assert head.headers["content-length"] == got.headers["content-length"]

    run(main())


@pytest.mark.parametrize(
    ("root", "path", "target"),
    [
        ("", "/v1/models", "/v1/models"),
        ("/mount", "/mount/v1/models?x=1", "/v1/models?x=1"),
        ("/mount/", "/mount/v1", "/v1"),
        ("/mount", "/mount", "/"),
        ("/mount", "/mountain/v1", "/mountain/v1"),
        ("/mount", "/v1/models", "/v1/models"),
        ("/a ü", "/a%20%C3%BC/v1", "/v1"),
    ],
)
def test_mounted_below_a_prefix(run, echo_app, root, path, target):
    async def main():
        async with client_of(Asgi(echo_app), root_path=root) as client:
            assert (await client.get(path)).json()["target"] == target

    run(main())


def test_a_server_that_tells_no_raw_path(run, echo_app):
    async def main():
        sent = []
        scope = {"type": "http", "method": "GET", "path": "/m/a b/ü", "root_path": "/m", "headers": []}

        async def receive():
            return {"type": "http.request"}

        async def send(event):
            sent.append(event)

        await Asgi(echo_app)(scope, receive, send)
        assert b'"target":"/a%20b/%C3%BC"' in sent[1]["body"]

    run(main())


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (413, {"content": b"a" * 101}),
        (414, {"url": "/" + "a" * 201}),
        (431, {"headers": {"x": "a" * 1001}}),
        (431, {"headers": {f"x{n}": "" for n in range(11)}}),
    ],
)
def test_limits(run, echo_app, status, options):
    async def main():
        async with client_of(Asgi(echo_app, SMALL)) as client:
            answer = await client.request("POST", **{"url": "/", **options})
            assert answer.status_code == status
            assert list(answer.json()) == ["error"]

    run(main())


@pytest.mark.parametrize("turns", [0, 1])
def test_an_app_that_raises_is_a_500(run, caplog, turns):
    async def app(request: HttpRequest) -> HttpResponse:
        for _ in range(turns):
            await asyncio.sleep(0)
        raise LookupError("a secret")

    async def main():
        async with client_of(Asgi(app)) as client:
            answer = await client.get("/")
            assert (answer.status_code, b"secret" in answer.content) == (500, False)

    run(main())
    assert "a secret" in caplog.text


@pytest.mark.parametrize("kind", ["body", "call", "pieces"])
def test_a_client_that_leaves_cancels_its_call(run, kind):
    seen = []
    begun = asyncio.Event()

    async def wait_forever():
        seen.append("begun")
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            seen.append("ended")

    async def endless():
        yield b"first"
        await wait_forever()

    async def app(request: HttpRequest) -> HttpResponse:
        if kind == "call":
            await wait_forever()
        return HttpResponse(200, endless())

    async def main():
        gone = {"type": "http.disconnect"}
        events = [gone] if kind == "body" else [{"type": "http.request", "body": b"x"}, gone]

        async def receive():
            if len(events) == 1 and kind != "body":
                await begun.wait()
            return events.pop(0)

        async def send(event):
            pass

        scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
        await Asgi(app)(scope, receive, send)
        assert seen == ([] if kind == "body" else ["begun", "ended"])

    run(main())


def test_hooks_run_around_the_service(run, echo_app):
    seen = []

    async def begin():
        seen.append("begin")

    async def end():
        seen.append("end")

    async def main():
        for asgi in (Asgi(echo_app, on_startup=begin, on_shutdown=end), Asgi(echo_app)):
            events = ["lifespan.startup", "lifespan.shutdown"]

            async def receive(events=events):
                return {"type": events.pop(0)}

            async def send(event):
                seen.append(event["type"])

            await asgi({"type": "lifespan"}, receive, send)
        told = ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        assert seen == ["begin", told[0], "end", told[1], *told]

    run(main())


def test_a_failed_startup_is_told(run, echo_app):
    async def fail():
        raise LookupError("no models")

    async def main():
        sent = []

        async def receive():
            return {"type": "lifespan.startup"}

        async def send(event):
            sent.append(event)

        await Asgi(echo_app, on_startup=fail)({"type": "lifespan"}, receive, send)
        assert sent == [{"type": "lifespan.startup.failed", "message": "LookupError: no models"}]

    run(main())


def test_a_websocket_is_refused(run, echo_app):
    async def main():
        sent = []

        async def receive():
            return {"type": "websocket.connect"}

        async def send(event):
            sent.append(event["type"])

        await Asgi(echo_app)({"type": "websocket"}, receive, send)
        assert sent == ["websocket.close"]

    run(main())


@contextmanager
def uvicorn_serving(asgi: Asgi):
    """uvicorn in a thread, on a socket of the kernel's choice."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(asgi, log_level="error", lifespan="on", root_path=""))
        ready = threading.Event()
        startup = server.startup

        async def startup_and_tell(sockets=None):
            await startup(sockets)
            ready.set()

        server.startup = startup_and_tell  # type: ignore[method-assign]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            assert ready.wait(10)
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.mark.slow
def test_under_uvicorn(echo_app):
    seen = []

    async def begin():
        seen.append("begin")

    async def end():
        seen.append("end")

    asgi = Asgi(echo_app, SMALL, on_startup=begin, on_shutdown=end)
    with uvicorn_serving(asgi) as url, httpx.Client(base_url=url) as client:
        assert seen == ["begin"]
        got = client.post("/a%2Fb?c=d", content=b"body").json()
        assert (got["target"], got["body"]) == ("/a%2Fb?c=d", "body")
        assert client.head("/").content == b""
        assert client.post("/", content=b"a" * 101).status_code == 413
    assert seen == ["begin", "end"]


@pytest.mark.slow
def test_a_client_that_leaves_uvicorn():
    begun, ended = threading.Event(), threading.Event()

    async def app(request: HttpRequest) -> HttpResponse:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()
        raise AssertionError

    with uvicorn_serving(Asgi(app)) as url:
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert begun.wait(10)
        assert ended.wait(10)
