from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
import pytest

from salver.client.http import HttpClient
from salver.core.calls import Done, Load, Models, ModelsDescription, Predict, Predicted, Readiness, Ready
from salver.core.errors import BadInput, Internal, Late, NotFound, Unavailable
from salver.core.servable import Request
from salver.core.signature import DEFAULT
from salver.core.tensor import Tensor
from salver.protocols.table import ADMIN
from salver.protocols.tfserving.rest import PROTOCOL as TF_SERVING

Answer = tuple[int, bytes]


@contextmanager
def answering(answer: Callable[[str, str, bytes], Answer]) -> Iterator[str]:
    """A server of the standard library that answers (method, path, body) so; yields its address."""

    class Handler(BaseHTTPRequestHandler):
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

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_call_goes_out_and_its_reply_comes_back():
    asked: list[tuple[str, str]] = []

    def answer(method: str, path: str, body: bytes) -> Answer:
        asked.append((method, path))
        return 200, b'{"models": []}' if method == "GET" else b'{"model": "a b", "done": true}'

    with answering(answer) as url:
        client = HttpClient(url, ADMIN)
        assert client(Models()) == ModelsDescription(())
        assert client(Load("a b")) == Done("a b")
    assert asked == [("GET", "/admin/models"), ("POST", "/admin/models/a%20b/load")]


def test_a_prediction_over_another_protocol():
    def answer(method: str, path: str, body: bytes) -> Answer:
        rows = json.loads(body)["inputs"]
        assert path == "/v1/models/m:predict"
        return 200, json.dumps(
            {"outputs": [2 * row for row in (rows["x"] if isinstance(rows, dict) else rows)]}
        ).encode()

    request = Request({"x": Tensor("FP32", np.array([1.0, 2.0], np.float32))}, DEFAULT)
    with answering(answer) as url:
        reply = HttpClient(url, TF_SERVING)(Predict("tfserving", "m", None, None, lambda signatures: request))
    assert isinstance(reply, Predicted)
    (tensor,) = reply.response.tensors.values()
    assert tensor.array.tolist() == [2.0, 4.0]


def test_the_path_of_a_proxy_is_kept():
    with answering(
        lambda method, path, body: (200 if path == "/models/here/readyz" else 404, b'{"ready": true}')
    ) as url:
        assert HttpClient(f"{url}/models/here/", ADMIN)(Ready()) == Readiness(True)


def test_a_scheme_may_be_left_out():
    with answering(lambda method, path, body: (200, b'{"models": []}')) as url:
        assert HttpClient(url.removeprefix("http://"), ADMIN)(Models()) == ModelsDescription(())


def test_the_servers_refusal_is_raised():
    refusal = b'{"error": "there is no model \'x\'"}'
    with answering(lambda method, path, body: (404, refusal)) as url, pytest.raises(NotFound, match="no model 'x'"):
        HttpClient(url, ADMIN)(Models("x"))


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"models": 3}'])
def test_what_is_no_answer_of_the_protocol_is_internal(content):
    with answering(lambda method, path, body: (200, content)) as url, pytest.raises(Internal):
        HttpClient(url, ADMIN)(Models())


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unavailable, match=f"no answer from http://127.0.0.1:{port}: Connection refused; is the server"):
        HttpClient(f"http://127.0.0.1:{port}", ADMIN)(Models())


def test_somebody_who_does_not_answer_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Late, match=r"no answer from .* within 0\.05 s"):
            HttpClient(url, ADMIN, timeout_s=0.05)(Models())


def test_somebody_who_speaks_something_else():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 smtp ready\r\n")

        thread = threading.Thread(target=speak)
        thread.start()
        with pytest.raises(Unavailable, match="no answer from"):
            HttpClient(f"http://127.0.0.1:{server.getsockname()[1]}", ADMIN)(Models())
        thread.join()


@pytest.mark.parametrize(
    "url", ["", "https://h", "ftp://h", "http://", "http://h:port", "http://h:70000", "http://[::1"]
)
def test_no_address(url):
    with pytest.raises(BadInput, match="is no server's address; wanted http://host:port"):
        HttpClient(url, ADMIN)
