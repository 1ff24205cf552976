"""Load over HTTP/2: `h2load` on its own core. It sees HTTP's status only, so answers are checked before and after."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from bench import cores
from bench.questions import Question

CONNECTIONS = 4
"""So many carry what is in flight."""


def measure(url: str, question: Question, in_flight: int, seconds: float) -> dict[str, float]:
    """Requests, errors, duration_us, p50_us, p99_us. Raises RuntimeError."""
    connections = min(CONNECTIONS, in_flight)
    with tempfile.TemporaryDirectory() as folder:
        body, log = Path(folder, "body"), Path(folder, "log")
        body.write_bytes(question.body)
        command = ["h2load", f"-c{connections}", f"-m{in_flight // connections}", f"-D{seconds}", f"--log-file={log}"]
        command += ["-d", str(body), *(f"-H{name}: {value}" for name, value in question.headers.items())]
        done = subprocess.run(
            [*command, f"{url}{question.path}"], capture_output=True, text=True, preexec_fn=cores.pin(cores.LOAD)
        )
        if done.returncode or not log.exists():
            raise RuntimeError(f"h2load failed: {done.stderr or done.stdout}")
        lines = np.loadtxt(log, dtype=np.int64, ndmin=2)
    times_us = lines[:, 2]
    return {
        "requests": len(lines),
        "errors": int((lines[:, 1] != 200).sum()),
        "duration_us": seconds * 1e6,
        "p50_us": float(np.median(times_us)),
        "p99_us": float(np.percentile(times_us, 99)),
    }
