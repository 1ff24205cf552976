"""A process that takes turns with others: it is stopped while it has none, and says what each turn took."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench import cores


class TurnTaker:
    """A process that waits for its turn, stopped meanwhile: a JVM has threads that would go on."""

    def __init__(self, process: subprocess.Popen[str], answers: list[Any]) -> None:
        self._process = process
        self.answers = answers
        """What it answers to the first rows."""

    def turn(self, what: str) -> float:
        """What the process says that it took."""
        os.killpg(self._process.pid, signal.SIGCONT)
        try:
            return float(_asked(self._process, what))
        finally:
            os.killpg(self._process.pid, signal.SIGSTOP)


@contextmanager
def taking_turns(failed: str, python: Path, script: Path, *arguments: str) -> Iterator[TurnTaker]:
    """A script on the server's core. Its first line is a JSON list of its first answers; then it is asked a line for
    each turn, and answers with a number. Raises RuntimeError that begins with `failed`, with its last words."""
    with tempfile.TemporaryFile("w+") as words:
        process = subprocess.Popen(
            [str(python), str(script), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words,
            text=True, start_new_session=True, preexec_fn=cores.pin(cores.SERVER),
        )  # fmt: skip
        try:
            greeting = _asked(process, "")
            if not greeting:
                words.seek(0)
                said = words.read().strip().splitlines()[-3:]
                raise RuntimeError(f"{failed}: {' / '.join(said) or 'no words'}")
            os.killpg(process.pid, signal.SIGSTOP)
            yield TurnTaker(process, json.loads(greeting))
        finally:
            _end(process)


def _asked(process: subprocess.Popen[str], what: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    if what:
        process.stdin.write(f"{what}\n")
        process.stdin.flush()
    for line in process.stdout:
        # Java's logging may speak first.
        if line[0] == "[" or line[0].isdigit():
            return line
    return ""


def _end(process: subprocess.Popen[str]) -> None:
    """With all that it started: py4j's JVM is a process of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
