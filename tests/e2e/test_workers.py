"""`--workers 2`: one server to its clients, whichever process answers, and whichever dies."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from serving import DEADLINE_S, Running, salver, until

WHO = "import os\n\n\ndef predict(x: float) -> int:\n    return os.getpid()\n"
Start = Callable[..., Running]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name in ("who", "other"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "model.py").write_text(WHO)
    return tmp_path / "models"


class Line:
    """One connection, and so one worker, for as long as it is kept."""

    def __init__(self, server: Running) -> None:
        self._connection = http.client.HTTPConnection(*server.address, timeout=DEADLINE_S)
        status, document = self.ask("who")
        assert status == 200
        self.pid: int = document["predictions"][0]

    def ask(self, model: str) -> tuple[int, Any]:
        return self.post(f"/v1/models/{model}:predict", {"instances": [0]})

    def post(self, path: str, document: Any = None) -> tuple[int, Any]:
        self._connection.request("POST", path, json.dumps(document or {}))
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())

    def scrape(self) -> str:
        self._connection.request("GET", "/metrics")
        return self._connection.getresponse().read().decode()

    def close(self) -> None:
        self._connection.close()


@contextmanager
def lines_to_both(server: Running) -> Iterator[tuple[Line, Line]]:
    """A connection to each of two workers; the kernel deals new ones out as it likes."""
    lines: dict[int, Line] = {}

    def another() -> bool:
        line = Line(server)
        if line.pid in lines:
            line.close()
        else:
            lines[line.pid] = line
        return len(lines) == 2

    try:
        until(another)
        first, second = lines.values()
        yield first, second
    finally:
        for line in lines.values():
            line.close()


def counted(*lines: Line) -> float:
    """The predictions of the model `who` that the last of these workers says were made, by itself and the others.
    A worker that is asked has told the others what it counted so far."""
    texts = [line.scrape() for line in lines]
    return sum(map(float, re.findall(r'^salver_requests_total{.*model="who".*} (\S+)$', texts[-1], re.MULTILINE)))


def test_two_processes_are_one_server(serve: Start, models: Path) -> None:
    server = serve(models, "--workers", "2")
    assert "2 processes" in server.banner
    asked = 0
    with lines_to_both(server) as (first, second):
        assert first.pid != second.pid
        assert {first.pid, second.pid} <= set(server.survivors())

        made = counted(first, second)
        for line, times in ((first, 30), (second, 12)):
            for _ in range(times):
                assert line.ask("who")[0] == 200
                asked += 1
        assert made >= 2
        assert counted(first, second) == counted(first) == made + asked

        assert first.post("/admin/models/other/unload")[0] == 200
        until(lambda: second.ask("other")[0] == 503)
        assert first.ask("other")[0] == 503
        assert second.post("/v2/repository/models/other/load")[0] == 200
        until(lambda: first.ask("other")[0] == 200)
        assert second.ask("other")[0] == 200
    assert server.stop() == 0
    until(lambda: server.survivors() == [])


def test_a_worker_that_is_killed_is_replaced(serve: Start, models: Path) -> None:
    server = serve(models, "--workers", "2")
    with lines_to_both(server) as (first, second):
        for line in (first, second, second):
            assert line.ask("who")[0] == 200
        made = counted(first, second)
        assert first.post("/admin/models/other/unload")[0] == 200
        until(lambda: second.ask("other")[0] == 503)

        os.kill(first.pid, signal.SIGKILL)
        for _ in range(50):
            assert second.ask("who") == (200, {"predictions": [second.pid]})
        seen: set[int] = set()

        def both_seen() -> bool:
            seen.update(server.predict("who", [0]))
            return len(seen) == 2

        until(both_seen)
        assert second.pid in seen
        assert first.pid not in seen
        assert counted(second) > made + 50, "a worker that dies takes no count with it"
    with lines_to_both(server) as (third, fourth):
        for line in (third, fourth):
            assert line.ask("other")[0] == 503, "the new one knows what was wished"
    assert "died" in server.log.read_text()
    assert server.stop() == 0
    until(lambda: server.survivors() == [])


def test_workers_follow_the_process_in_charge(serve: Start, models: Path) -> None:
    """Even where that one could not say goodbye, no worker stays behind and holds the port."""
    server = serve(models, "--workers", "2")
    assert len(server.survivors()) >= 3
    server.process.kill()
    server.process.wait()
    until(lambda: server.survivors() == [])
    with socket.create_server(server.address):
        pass


def test_workers_that_cannot_start_are_given_up(serve: Start, tmp_path: Path) -> None:
    """A model that takes its process with it must not be tried for ever."""
    (tmp_path / "app.py").write_text("import os\n\nos._exit(3)\n\n\ndef predict(x: float) -> float:\n    return x\n")
    ran = salver("serve", f"{tmp_path}/app.py:predict", "--workers", "2", "--port", "0", state=tmp_path)
    assert ran.returncode == 1
    assert "died 3 times" in ran.stderr
    assert "Traceback" not in ran.stderr
