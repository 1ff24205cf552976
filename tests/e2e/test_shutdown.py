"""How a server ends: what is being answered is answered, nothing new is begun, and a second signal ends at once."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from serving import DEADLINE_S, Running, until

SLOW = '''\
import time
from pathlib import Path


def predict(gate: str) -> str:
    """Says that it has begun, and answers once it may; anything but a path at once."""
    if gate.startswith("/"):
        Path(gate + ".begun").touch()
        while not Path(gate).exists():
            time.sleep(0.01)
    return "done"
'''
Start = Callable[..., Running]
BOTH = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
WORKERS = pytest.mark.parametrize("workers", ["1", "2"])


@pytest.fixture
def app(tmp_path: Path) -> str:
    (tmp_path / "app.py").write_text(SLOW)
    return f"{tmp_path}/app.py:predict"


class Pending:
    """A prediction that has begun and waits for its gate; behind it, on the same connection, a look at readiness."""

    def __init__(self, server: Running, gate: Path) -> None:
        self._gate = gate
        self._socket = socket.create_connection(server.address, DEADLINE_S)
        body = json.dumps({"instances": [str(gate)]}).encode()
        head = b"POST /v1/models/app:predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        self._socket.sendall(head + body + b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        until(Path(f"{gate}.begun").exists)

    def __enter__(self) -> Pending:
        return self

    def __exit__(self, *_: object) -> None:
        self._gate.touch()
        self._socket.close()

    def answers(self) -> bytes:
        """All that comes until the server closes, once the gate is open."""
        self._gate.touch()
        try:
            return b"".join(iter(lambda: self._socket.recv(65536), b""))
        except ConnectionError:
            return b""


def refuses(server: Running) -> bool:
    try:
        socket.create_connection(server.address, DEADLINE_S).close()
    except ConnectionError:
        return True
    return False


@BOTH
@WORKERS
def test_what_is_being_answered_is_answered(
    serve: Start, app: str, tmp_path: Path, number: signal.Signals, workers: str
) -> None:
    server = serve(app, "--workers", workers)
    assert server.get("/readyz").status == 200
    with Pending(server, tmp_path / "gate") as pending:
        server.process.send_signal(number)
        until(lambda: refuses(server))
        assert server.process.poll() is None
        answers = pending.answers()
    prediction, _, readiness = answers.partition(b'{"predictions":["done"]}')
    assert prediction.startswith(b"HTTP/1.1 200 OK\r\n")
    assert readiness.startswith(b"HTTP/1.1 503 ")
    assert b"Connection: close" in readiness
    assert b'"ready":false' in readiness
    assert server.process.wait(DEADLINE_S) == 0
    until(lambda: server.survivors() == [])
    assert "Traceback" not in server.log.read_text()


@BOTH
@WORKERS
def test_a_second_signal_ends_at_once(
    serve: Start, app: str, tmp_path: Path, number: signal.Signals, workers: str
) -> None:
    server = serve(app, "--workers", workers)
    with Pending(server, tmp_path / "gate") as pending:
        server.process.send_signal(number)
        until(lambda: refuses(server))
        server.process.send_signal(number)
        server.process.wait(10)
        until(lambda: server.survivors() == [])
        assert b"done" not in pending.answers()
    assert "Traceback" not in server.log.read_text()


@WORKERS
def test_a_second_signal_ends_what_holds_up_the_event_loop(serve: Start, tmp_path: Path, workers: str) -> None:
    """A model that the operator lets run on the loop itself may never come back from there."""
    (tmp_path / "app.py").write_text(SLOW)
    config = tmp_path / "salver.yaml"
    config.write_text("models: {app: {path: 'app.py:predict', offload: {max_inline_s: 1}}}")
    server = serve(config, "--workers", workers)
    with Pending(server, tmp_path / "gate"):
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            server.process.wait(0.5)
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(10)
        until(lambda: server.survivors() == [])


@WORKERS
def test_draining_has_an_end(serve: Start, app: str, tmp_path: Path, workers: str) -> None:
    """A model that never answers holds up the end for as long as the operator said, and no longer."""
    server = serve(app, "--workers", workers, "--drain-timeout-s", "0.3")
    with Pending(server, tmp_path / "gate"):
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0
        until(lambda: server.survivors() == [])
    assert "cut" in server.log.read_text()


def test_idle_connections_do_not_hold_it_up(serve: Start, app: str) -> None:
    server = serve(app)
    with ExitStack() as clients:
        for begun in (b"", b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"):
            client = clients.enter_context(socket.create_connection(server.address, DEADLINE_S))
            client.sendall(begun)
            if begun:
                assert client.recv(65536).startswith(b"HTTP/1.1 200")
        assert server.stop() == 0


def test_a_unix_socket_leaves_nothing_behind(serve: Start, app: str, tmp_path: Path) -> None:
    path = tmp_path / "salver.sock"
    server = serve(app, "--unix-socket", path)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
    assert server.stop() == 0
    assert not path.exists()
