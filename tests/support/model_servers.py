"""`tensorflow_model_server` as a user starts it: a process of its own on free ports."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from serving import DEADLINE_S, Answer, Running, until

COMMAND = (sys.executable, "-m", "salver", "tensorflow-model-server")
UP = r"Exporting HTTP/REST API at:localhost:\d+ \.\.\."


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A process that was started; whether it is up, its log tells."""

    process: subprocess.Popen[str]
    grpc_port: int
    rest_port: int
    log: Path
    out: Path

    @property
    def grpc(self) -> str:
        return f"127.0.0.1:{self.grpc_port}"

    def ask(self, method: str, path: str, body: object = None, *, port: int | None = None, **headers: str) -> Answer:
        """One request to the REST port, or another."""
        running = Running(self.process, f"http://127.0.0.1:{port or self.rest_port}", "", self.log)
        return running.ask(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def says(self, pattern: str) -> re.Match[str] | None:
        """Where its log matches."""
        return re.search(pattern, self.log.read_text())

    def wait_for(self, pattern: str) -> None:
        until(lambda: self.says(pattern) or self.process.poll() is not None)
        assert self.says(pattern), self.log.read_text()

    def listens(self, port: int) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S):
            return True
        return False

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_S)


def _own() -> dict[str, str]:
    """This process's environment, without what TensorFlow, imported here, may have put there: it silences servers."""
    return {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}


@contextmanager
def model_server(*flags: str, state: Path, wait_for: str = UP, **environment: str) -> Iterator[ModelServer]:
    """The command with two free ports, until the block ends; an empty `wait_for` waits for nothing."""
    state.mkdir(parents=True, exist_ok=True)
    grpc_port, rest_port = free_ports(2)
    log, out = state / "log", state / "out"
    with log.open("w") as told, out.open("w") as printed:
        process = subprocess.Popen(
            [*COMMAND, f"--port={grpc_port}", f"--rest_api_port={rest_port}", *flags],
            stdout=printed, stderr=told, text=True, start_new_session=True, env={**_own(), **environment},
        )  # fmt: skip
    try:
        server = ModelServer(process, grpc_port, rest_port, log, out)
        if wait_for:
            server.wait_for(wait_for)
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, of IPv4 and IPv6.

    Below those that the kernel gives to whoever asks for any: such a one could be taken before the server is up.
    """
    found: list[int] = []
    with ExitStack() as stack:
        while len(found) < count:
            port = random.SystemRandom().randrange(12_000, 32_000)
            with suppress(OSError):
                stack.enter_context(socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True))
                found.append(port)
    return found
