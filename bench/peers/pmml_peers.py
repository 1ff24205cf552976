"""Other engines for PMML, and scikit-learn itself: their environment, and each as a process that takes its turns."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench import cores
from bench.peers import venv

PACKAGES = (
    "scikit-learn==1.5.2",
    "numpy<2.1",
    "pandas>=2.2",
    "pypmml==1.5.8",
    "jpmml-evaluator==0.16.0",
    "JPype1>=1.5",
    "sklearn2pmml==0.133.1",
)
NAMES = {
    "pypmml": "pypmml (PMML4S)",
    "jpmml": "jpmml-evaluator",
    "transpiled": "jpmml-evaluator, transpiled",
    "sklearn": "scikit-learn",
}
FOLDER = Path(tempfile.gettempdir()) / "salver-bench" / "pmml"
MODELS = ("forest", "boosting", "logistic")
_HERE = Path(__file__).parent


def python() -> Path:
    """The interpreter of the peers' environment. Raises Missing where it cannot be made."""
    return venv.make("pmml", *PACKAGES) / "bin" / "python"


def models(wine: Path) -> Path:
    """The folder with the documents, trained when they are not there yet. Raises Missing where they cannot be."""
    if not all((FOLDER / f"{name}.pmml").exists() for name in MODELS):
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = [str(python()), str(_HERE / "pmml_models.py"), str(wine), str(FOLDER)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            words = done.stderr.strip().splitlines() or ["no words"]
            raise venv.Missing(f"the models cannot be trained: {words[-1]}")
    return FOLDER


class Peer:
    """A process that waits for its turn, stopped meanwhile: a JVM has threads that would go on."""

    def __init__(self, process: subprocess.Popen[str], shares: list[float]) -> None:
        self._process = process
        self.shares = shares
        """What it answers to the first rows."""

    def turn(self, what: str) -> float:
        """What `pmml_answers.py` says that it took."""
        os.killpg(self._process.pid, signal.SIGCONT)
        try:
            return float(_asked(self._process, what))
        finally:
            os.killpg(self._process.pid, signal.SIGSTOP)


@contextmanager
def running(name: str, model: str, rows: Path) -> Iterator[Peer]:
    """A peer, warm, with its document loaded, on the server's core. Raises RuntimeError with its last words."""
    command = [str(python()), str(_HERE / "pmml_answers.py"), name, str(FOLDER), model, str(rows)]
    with tempfile.TemporaryFile("w+") as words:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words, text=True, start_new_session=True,
            preexec_fn=cores.pin(cores.SERVER),
        )  # fmt: skip
        try:
            greeting = _asked(process, "")
            if not greeting:
                words.seek(0)
                said = words.read().strip().splitlines()[-3:]
                raise RuntimeError(f"{name} failed on {model}: {' / '.join(said) or 'no words'}")
            os.killpg(process.pid, signal.SIGSTOP)
            yield Peer(process, json.loads(greeting))
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
