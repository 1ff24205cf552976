"""Calls over HTTP/1.1, against the server of the standard library and against bytes that are no answer."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from far_server import far, request, until_closed

from salver.client import AsyncClient, Client
from salver.client.wire import Unsent
from salver.core.calls import Done, Load, Models, ModelsDescription, Predict, Predicted, Readiness, Ready
from salver.core.errors import BadInput, Internal, Late, NotFound, Unavailable, Unsupported
from salver.core.servable import Request
from salver.core.signature import DEFAULT
from salver.core.tensor import Tensor
from salver.protocols.table import ADMIN

Answer = tuple[int, bytes]


@contextmanager
def answering(answer: Callable[[str, str, bytes], Answer]) -> Iterator[str]:
    """A server of the standard library that answers (method, path, body) so; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = answer(self.command, self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do  # noqa: N815 - the names that the library calls

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def admin(url: str, call: Any, **options: Any) -> Any:
    with Client(url, ADMIN, **options) as client:
        return client.ask(call)


def test_a_call_goes_out_and_its_reply_comes_back() -> None:
    asked: list[tuple[str, str]] = []

    def answer(method: str, path: str, body: bytes) -> Answer:
        asked.append((method, path))
        return 200, b'{"models": []}' if method == "GET" else b'{"model": "a b", "done": true}'

    with answering(answer) as url, Client(url, ADMIN) as client:
        assert client.ask(Models()) == ModelsDescription(())
        assert client.ask(Load("a b")) == Done("a b")
    assert asked == [("GET", "/admin/models"), ("POST", "/admin/models/a%20b/load")]


def test_a_prediction_over_another_protocol() -> None:
    def answer(method: str, path: str, body: bytes) -> Answer:
        rows = json.loads(body)["inputs"]
        assert path == "/v1/models/m:predict"
        return 200, json.dumps(
            {"outputs": [2 * row for row in (rows["x"] if isinstance(rows, dict) else rows)]}
        ).encode()

    call = Request({"x": Tensor("FP32", np.array([1.0, 2.0], np.float32))}, DEFAULT)
    with answering(answer) as url, Client(url) as client:
        reply = client.ask(Predict("tfserving", "m", None, None, lambda signatures: call))
        assert client.predict("m", {"x": [1.5]})["outputs"].tolist() == [3]
    assert isinstance(reply, Predicted)
    (tensor,) = reply.response.tensors.values()
    assert tensor.array.tolist() == [2.0, 4.0]


def test_the_path_of_a_proxy_is_kept() -> None:
    with answering(
        lambda method, path, body: (200 if path == "/models/he%20re/readyz" else 404, b'{"ready": true}')
    ) as url:
        assert admin(f"{url}/models/he re/", Ready()) == Readiness(True)


def test_a_scheme_may_be_left_out() -> None:
    with answering(lambda method, path, body: (200, b'{"models": []}')) as url:
        assert admin(url.removeprefix("http://"), Models()) == ModelsDescription(())


def test_the_servers_refusal_is_raised() -> None:
    refusal = b'{"error": "there is no model \'x\'"}'
    with answering(lambda method, path, body: (404, refusal)) as url, pytest.raises(NotFound, match="no model 'x'"):
        admin(url, Models("x"))


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"models": 3}'])
def test_what_is_no_answer_of_the_protocol_is_internal(content: bytes) -> None:
    with answering(lambda method, path, body: (200, content)) as url, pytest.raises(Internal):
        admin(url, Models())


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unsent, match=f"no answer from http://127.0.0.1:{port}: Connection refused; is the server"):
        admin(f"http://127.0.0.1:{port}", Models())


def test_no_such_host() -> None:
    with pytest.raises(Unsent, match=r"no answer from http://nowhere\.invalid:8501: "):
        admin("http://nowhere.invalid", Models())


def test_somebody_who_does_not_answer_in_time() -> None:
    with far(until_closed) as server, pytest.raises(Late, match=r"no answer from .* within 0\.05 s"):
        admin(server.http, Models(), timeout_s=0.05)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"220 smtp ready\r\n", Internal),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", Unavailable),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", Unavailable),
        (b"", Unavailable),
        (b"HTTP/1.1 20", Unavailable),
    ],
)
def test_an_answer_that_is_none_or_is_cut_off(said: bytes, kind: type[Exception]) -> None:
    def script(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(said)

    with far(script) as server, pytest.raises(kind, match=f"{server.http} (is no HTTP|closed the connection before)"):
        admin(server.http, Load("m"))


def test_an_answer_that_ends_with_its_connection() -> None:
    def script(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(b'HTTP/1.1 200 OK\r\n\r\n{"models"')
        connection.sendall(b": []}")

    with far(script) as server:
        assert admin(server.http, Models()) == ModelsDescription(())


def test_an_answer_beyond_the_bound() -> None:
    with (
        answering(lambda method, path, body: (200, bytes(1001))) as url,
        pytest.raises(Internal, match=f"{url} is larger than 1000 bytes"),
    ):
        admin(url, Models(), max_answer_bytes=1000)


def test_a_question_larger_than_what_the_sockets_take_at_once() -> None:
    values = np.arange(1_000_000, dtype=np.int64)
    sizes = []

    def answer(method: str, path: str, body: bytes) -> Answer:
        sizes.append(len(body))
        return 413, b'{"error": "too much"}'

    with answering(answer) as url, Client(url, "openinference") as client, pytest.raises(BadInput, match="too much"):
        client.predict("m", {"x": values})
    assert sizes[0] > 5_000_000


@pytest.mark.parametrize(
    "url", ["", "ftp://h", "http://", "http://h:port", "http://h:70000", "http://[::1", "http://u:p@h", "http://h?q"]
)
def test_no_address(url: str) -> None:
    with pytest.raises(BadInput, match="is no server's address; wanted http://host:port"):
        Client(url, ADMIN)


def test_no_protocol() -> None:
    with pytest.raises(BadInput, match="no protocol 'rest'; wanted one of tfserving, openinference"):
        Client("http://h", "rest")
    with pytest.raises(BadInput, match="admin is spoken over HTTP alone"):
        Client("grpc://h", ADMIN)


def test_what_the_protocol_has_no_words_for() -> None:
    with Client("http://127.0.0.1:1") as client, pytest.raises(Unsupported):
        client.ready()


def test_what_is_no_tensor_is_named() -> None:
    with Client("http://127.0.0.1:1") as client, pytest.raises(BadInput, match="input 'x': nested lists are ragged"):
        client.predict("m", {"x": [[1], [1, 2]]})


# Connections that stay open.


def keeps(*answers: bytes) -> Callable[[socket.socket], None]:
    """A script: one answer a request, then hangs up."""

    def script(connection: socket.socket) -> None:
        for answer in answers:
            request(connection)
            connection.sendall(answer)

    return script


MODELS = b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"models": []}'
DONE = b'HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{"model": "m","done": true}'


def test_one_connection_serves_one_call_after_another() -> None:
    with far(keeps(MODELS, DONE, MODELS)) as server, Client(server.http, ADMIN) as client:
        for call in (Models(), Load("m"), Models()):
            client.ask(call)
        assert server.connections == 1


def test_calls_beside_each_other_have_a_connection_each_and_no_more_than_may_be() -> None:
    async def main(url: str) -> None:
        async with AsyncClient(url, ADMIN) as client:
            await asyncio.gather(*(client.ask(Models()) for _ in range(200)))

    def script(connection: socket.socket) -> None:
        while connection.recv(1 << 16):
            connection.sendall(MODELS)

    with far(script) as server:
        asyncio.run(main(server.http))
        assert 1 < server.connections <= 64


def test_a_connection_that_has_ended_meanwhile_is_not_used_again() -> None:
    with far(keeps(DONE), keeps(DONE)) as server:

        async def main() -> None:
            async with AsyncClient(server.http, ADMIN) as client:
                await client.ask(Load("m"))
                (kept,) = client._wire._idle  # type: ignore[attr-defined]
                await kept[0].gone.wait()
                await client.ask(Load("m"))

        asyncio.run(main())
        assert server.connections == 2


def loses_the_second(connection: socket.socket) -> None:
    """Reads a second question, and hangs up without a word."""
    keeps(MODELS)(connection)
    request(connection)


def test_a_question_that_met_the_end_of_its_connection_is_asked_again_where_that_changes_nothing() -> None:
    with far(loses_the_second, keeps(MODELS)) as server, Client(server.http, ADMIN) as client:
        client.ask(Models())
        assert client.ask(Models()) == ModelsDescription(())
        assert server.connections == 2


def test_what_may_have_been_carried_out_is_not_asked_again() -> None:
    with far(loses_the_second, keeps(DONE)) as server, Client(server.http, ADMIN) as client:
        client.ask(Models())
        with pytest.raises(Unavailable, match="before its answer was whole") as caught:
            client.ask(Load("m"))
        assert not isinstance(caught.value, Unsent)
        assert server.connections == 1


def test_more_than_was_asked_for_ends_the_connection() -> None:
    def script(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(MODELS + DONE)
        until_closed(connection)

    with far(script, keeps(MODELS)) as server, Client(server.http, ADMIN) as client:
        client.ask(Models())
        assert client.ask(Models()) == ModelsDescription(())
        assert server.connections == 2


@pytest.mark.parametrize("way", ["deadline", "cancelled"])
def test_the_connection_of_a_call_given_up_is_closed(way: str) -> None:
    closed = threading.Event()

    def script(connection: socket.socket) -> None:
        until_closed(connection)
        closed.set()

    async def main(url: str) -> None:
        async with AsyncClient(url, ADMIN) as client:
            if way == "deadline":
                with pytest.raises(Late):
                    await client.ask(Models(), timeout_s=0.05)
            else:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await client.ask(Models())
            assert await asyncio.to_thread(closed.wait, 10)
            await client.ask(Models())

    with far(script, keeps(MODELS)) as server:
        asyncio.run(main(server.http))


def test_closing_ends_what_is_under_way_and_what_comes_later() -> None:
    came = threading.Event()

    def script(connection: socket.socket) -> None:
        request(connection)
        came.set()
        until_closed(connection)

    async def main(url: str) -> None:
        client = AsyncClient(url, ADMIN)
        asked = asyncio.ensure_future(client.ask(Models()))
        await asyncio.to_thread(came.wait, 10)
        await client.aclose()
        for call in (asked, client.ask(Models())):
            with pytest.raises(Unavailable, match="was closed"):
                await call

    with far(script) as server:
        asyncio.run(main(server.http))


# The blocking client.


def test_it_works_where_an_event_loop_runs() -> None:
    async def notebook(client: Client) -> Any:
        return client.ask(Models())

    with far(keeps(MODELS, MODELS)) as server, Client(server.http, ADMIN) as client:
        assert asyncio.run(notebook(client)) == client.ask(Models())


def test_threads_take_turns() -> None:
    answers: list[Any] = []
    with far(keeps(*[MODELS] * 20)) as server, Client(server.http, ADMIN) as client:
        threads = [threading.Thread(target=lambda: answers.append(client.ask(Models()))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.connections == 1
    assert answers == [ModelsDescription(())] * 20


def test_ctrl_c_gives_the_call_up() -> None:
    def script(connection: socket.socket) -> None:
        request(connection)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        until_closed(connection)

    with far(script, keeps(MODELS)) as server, Client(server.http, ADMIN) as client:
        with pytest.raises(KeyboardInterrupt):
            client.ask(Models())
        assert client.ask(Models()) == ModelsDescription(())


def test_closed_is_closed() -> None:
    client = Client("http://127.0.0.1:1", ADMIN)
    client.close()
    client.close()
    with pytest.raises(Unavailable, match="closed"):
        client.ask(Models())
