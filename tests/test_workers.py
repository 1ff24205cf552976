from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from serving import Running, salver, serving, until

from salver.core.errors import BadInput
from salver.options import ListenOptions, ServerOptions
from salver.workers import _sockets

MODEL = "import os\n\ndef predict(x: float) -> int:\n    return os.getpid()\n"
SLEEP = """
import asyncio

async def predict(x: float) -> float:
    open({begun!r}, "w").close()
    await asyncio.sleep(x if x > 1 else 0.0)  # the warm-up asks with 1
    return x
"""


@pytest.fixture
def app(tmp_path: Path) -> str:
    (tmp_path / "app.py").write_text(MODEL)
    return str(tmp_path / "app.py")


def test_every_worker_has_a_socket_of_its_own_on_one_port():
    sets = _sockets(ServerOptions(port=0, workers=3))
    try:
        assert len({one.address for (one,) in sets}) == 1
        assert len({one.sock.fileno() for (one,) in sets}) == 3
    finally:
        for (one,) in sets:
            one.close()


def test_a_port_that_another_group_shares_is_in_use():
    first = _sockets(ServerOptions(port=0, workers=2))
    try:
        for (one,) in first:
            one.sock.listen()
        with pytest.raises(BadInput, match="in use"):
            _sockets(ServerOptions(port=first[0][0].sock.getsockname()[1], workers=2))
    finally:
        for (one,) in first:
            one.close()


def test_a_unix_socket_alone_is_shared(tmp_path):
    sets = _sockets(ServerOptions(port=-1, unix_socket=str(tmp_path / "s"), workers=2))
    assert sets[0] == sets[1]
    sets[0][0].close()


def test_several_ports_are_shared_each(tmp_path):
    places = (ListenOptions(port=0), ListenOptions(unix_socket=str(tmp_path / "s")))
    sets = _sockets(ServerOptions(port=0, listen=places, workers=2))
    try:
        ports = [[str(one.address) for one in own] for own in sets]
        assert ports[0] == ports[1]
        assert len(set(ports[0])) == 3
        assert sets[0][2] is sets[1][2]
    finally:
        for own in sets:
            for one in own:
                one.close()


@pytest.mark.slow
def test_when_the_process_in_charge_is_killed_the_workers_stop(app, tmp_path):
    with serving(app, "--workers", "2", state=tmp_path / "state") as server:
        assert len(server.children()) == 2
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(20)
        until(lambda: not server.children())


@pytest.fixture
def asleep(tmp_path: Path) -> Callable[..., AbstractContextManager[tuple[Running, socket.socket]]]:
    """Starts a server whose model sleeps as long as it is told, and asks it; the connection that waits."""
    (tmp_path / "sleep.py").write_text(SLEEP.format(begun=str(tmp_path / "begun")))

    @contextmanager
    def start(workers: str, seconds: float) -> Iterator[tuple[Running, socket.socket]]:
        body = b'{"instances": [%f]}' % seconds
        head = b"POST /v1/models/sleep:predict HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body)
        with serving(str(tmp_path / "sleep.py"), "--workers", workers, state=tmp_path / "state") as server:
            (tmp_path / "begun").unlink()  # of the warm-up
            with socket.create_connection(server.address) as busy:
                busy.sendall(head + body)
                until((tmp_path / "begun").exists)
                yield server, busy

    return start


@pytest.mark.slow
def test_a_stopped_server_takes_no_connection(asleep):
    """Also while a worker still drains: the kernel must not go on queueing for those that are gone."""
    with asleep("2", 1.5) as (server, busy):
        server.process.terminate()
        until(lambda: refuses(server))
        assert server.process.poll() is None
        assert busy.recv(1000).startswith(b"HTTP/1.1 200")
        assert server.process.wait(20) == 0


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_signal_is_status_130(asleep, workers):
    with asleep(workers, 30.0) as (server, _):
        server.process.terminate()
        until(lambda: refuses(server))
        started = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(20) == 130
        assert time.monotonic() - started < 10
        until(lambda: not server.children())


def refuses(server: Running) -> bool:
    try:
        socket.create_connection(server.address, 1).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.slow
def test_workers_that_cannot_listen_say_so_in_a_sentence(app, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = salver("serve", app, "--workers", "2", "--port", port, state=tmp_path / "state")
    assert ran.returncode == 1
    assert ran.stderr.startswith("salver serve: ")
    assert "in use" in ran.stderr
    assert ran.stderr.count("\n") == 1
