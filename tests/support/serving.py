"""A server as a user starts it: a process of its own, and what can be asked of it over plain connections."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEADLINE_S = 20.0
"""How long anything may take here before a test fails: much more than it needs, as the machine may be busy."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The sentence of a refusal."""
        error = self.document["error"]
        assert isinstance(error, str)
        return error


@dataclass(frozen=True, slots=True)
class Running:
    """A server that has told where it listens."""

    process: subprocess.Popen[str]
    url: str
    banner: str
    log: Path

    @property
    def netloc(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """One request on a connection of its own; a body that is not bytes is sent as JSON."""
        connection = http.client.HTTPConnection(*self.address, timeout=DEADLINE_S)
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            connection.request(method, path, data, dict(headers or {}))
            came = connection.getresponse()
            return Answer(came.status, {name.lower(): value for name, value in came.getheaders()}, came.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("POST", path, b"" if body is None else body, headers)

    def predict(self, model: str, instances: Any) -> Any:
        """The predictions for rows, over TensorFlow Serving's protocol."""
        answer = self.post(f"/v1/models/{model}:predict", {"instances": instances})
        assert answer.status == 200, answer.body
        return answer.document["predictions"]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_S)

    def survivors(self) -> list[int]:
        """The processes of this server's session that still run."""
        return [pid for pid, session, state in _processes() if session == self.process.pid and state != "Z"]

    def children(self) -> list[int]:
        """The processes that serve on its behalf, oldest first."""
        return [
            pid for pid in sorted(self.survivors()) if pid != self.process.pid and b"spawn_main" in _command_line(pid)
        ]


@contextmanager
def serving(*arguments: str, state: Path, **environment: str) -> Iterator[Running]:
    """`salver serve ARGUMENTS` on a port of the kernel's choice, until the block ends."""
    state.mkdir(parents=True, exist_ok=True)
    log = state / "log"
    command = [sys.executable, "-m", "salver", "serve", *arguments]
    if "--port" not in arguments:
        command += ["--port", "0"]
    with log.open("wb") as told:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=told, text=True, start_new_session=True,
            env={**os.environ, "XDG_STATE_HOME": str(state), **environment},
        )  # fmt: skip
    try:
        banner = _banner(process)
        found = re.search(r"https?://[\w.:\[\]]+:\d+", banner)
        assert found, f"no address in {banner!r}; the log: {log.read_text()}"
        yield Running(process, found[0], banner, log)
    finally:
        _end(process)


def salver(*arguments: str, state: Path) -> subprocess.CompletedProcess[str]:
    """A command that comes to an end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "salver", *arguments],
        capture_output=True, text=True, timeout=DEADLINE_S, env={**os.environ, "XDG_STATE_HOME": str(state)},
    )  # fmt: skip


def until(condition: Callable[[], Any], timeout_s: float = DEADLINE_S) -> Any:
    """The condition's value once it is true."""
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < deadline, "this has not come true in time"
        time.sleep(0.02)
    return value


def _banner(process: subprocess.Popen[str]) -> str:
    """All that is printed up to the last line of the banner, or to the end of the process."""
    assert process.stdout is not None
    watchdog = threading.Timer(DEADLINE_S, process.kill)
    watchdog.start()
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
    finally:
        watchdog.cancel()
        watchdog.join()
    return "".join(lines)


def _end(process: subprocess.Popen[str]) -> None:
    """Ends the whole session of the process, whatever the test has done to it."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _processes() -> Iterator[tuple[int, int, str]]:
    """(process, session, state) of all, from /proc."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                yield int(entry.name), int(fields[3]), fields[0]


def _command_line(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
