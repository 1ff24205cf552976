"""Load over HTTP/1.1: `wrk` on its own core."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from bench import cores
from bench.questions import Question

SCRIPT = Path(__file__).with_name("load.lua")


def measure(url: str, question: Question, in_flight: int, seconds: float) -> dict[str, float]:
    """What `load.lua` found: requests, errors, duration_us, p50_us, p99_us. Raises RuntimeError."""
    with tempfile.NamedTemporaryFile() as body:
        body.write(question.body)
        body.flush()
        command = ["wrk", "-t1", f"-c{in_flight}", f"-d{seconds}s", "--timeout=10s", "-s", str(SCRIPT)]
        headers = [f"{name}: {value}" for name, value in question.headers.items()]
        command += [f"{url}{question.path}", "--", body.name, *headers]
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=cores.pin(cores.LOAD))
    if done.returncode:
        raise RuntimeError(f"wrk failed: {done.stderr or done.stdout}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
