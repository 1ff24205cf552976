"""The load: `wrk` on its own core, so many requests in flight, closed loop."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import cores
from bench.questions import Array, Question

SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True)
class Load:
    """What one measurement found."""

    requests: int
    requests_per_s: float
    p50_us: float
    p99_us: float


def require() -> None:
    """Exits with a sentence when there is no load generator."""
    if shutil.which("wrk") is None:
        raise SystemExit("bench needs the load generator 'wrk' on the PATH (Debian, Ubuntu: apt-get install wrk)")


def measure(port: int, question: Question, in_flight: int, seconds: int) -> Load:
    """Asks the same question over and over. Raises RuntimeError when any answer was an error."""
    with tempfile.NamedTemporaryFile() as body:
        body.write(question.body)
        body.flush()
        command = ["wrk", "-t1", f"-c{in_flight}", f"-d{seconds}s", "--timeout=10s", "-s", str(SCRIPT)]
        headers = [f"{name}: {value}" for name, value in question.headers.items()]
        command += [f"http://127.0.0.1:{port}{question.path}", "--", body.name, *headers]
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=cores.pin(cores.LOAD))
    if done.returncode:
        raise RuntimeError(f"wrk failed: {done.stderr or done.stdout}")
    found = json.loads(done.stdout.splitlines()[-1])
    if found["errors"]:
        raise RuntimeError(f"{found['errors']} of {found['requests']} requests to port {port} failed")
    return Load(found["requests"], found["requests"] / found["duration_us"] * 1e6, found["p50_us"], found["p99_us"])


def ask(port: int, question: Question) -> Array:
    """One answer. Raises OSError while nobody listens, RuntimeError unless the status is 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", question.path, question.body, question.headers)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise RuntimeError(f"port {port} answered {response.status}: {body[:300]!r}")
    length = response.getheader("Inference-Header-Content-Length")
    return question.read(body, int(length) if length else None)


def check(port: int, question: Question, expected: Array) -> None:
    """Raises AssertionError when the server's answer is wrong."""
    np.testing.assert_allclose(ask(port, question), expected.ravel(), rtol=1e-4, atol=1e-6)
