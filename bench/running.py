"""A server process of its own: started on the server's core, ready when it answers, stopped at the end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import cores, load
from bench.questions import Array, Question

READY_S = 60


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    port: int
    pid: int
    start_s: float
    """From the start of the process to its first right answer."""

    def sleep(self) -> None:
        """Stops the process and its children where they are, so that they disturb nobody."""
        os.killpg(self.pid, signal.SIGSTOP)

    @contextmanager
    def awake(self) -> Iterator[None]:
        """Lets them run until the block ends."""
        os.killpg(self.pid, signal.SIGCONT)
        try:
            yield
        finally:
            self.sleep()

    def resident_mb(self) -> float:
        """Resident memory of the process and its children, in 10^6 bytes."""
        return sum(_resident(pid) for pid in _family(self.pid)) / 1e6

    def cpu_s(self) -> float:
        """Processor time spent so far, by the process and its children: hardly disturbed by neighbours."""
        return sum(_cpu(pid) for pid in _family(self.pid))


@contextmanager
def serving(
    command: Sequence[str], port: int, question: Question, expected: Array, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Runs the command until the block ends. Raises RuntimeError with the server's last words when it fails."""
    with tempfile.TemporaryFile() as words:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=words,
            stderr=words,
            env={**os.environ, **(environment or {})},
            preexec_fn=cores.pin(cores.SERVER),
            start_new_session=True,
        )
        try:
            try:
                _wait(process, port, question)
            except (OSError, RuntimeError) as error:
                words.seek(0)
                said = words.read().decode(errors="replace").strip().splitlines()[-5:]
                raise RuntimeError(f"{error}; the server said: {' / '.join(said) or 'nothing'}") from None
            running = Running(port, process.pid, time.perf_counter() - began)
            load.check(port, question, expected)
            yield running
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, question: Question) -> None:
    end = time.monotonic() + READY_S
    while True:
        try:
            load.ask(port, question)
            return
        except (OSError, RuntimeError) as error:
            if process.poll() is not None:
                raise RuntimeError(f"ended with status {process.returncode}") from error
            if time.monotonic() > end:
                raise RuntimeError(f"not ready within {READY_S} s: {error}") from error
        time.sleep(0.002)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGCONT)
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in _family(int(child)))]


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
