"""The load: a generator on its own core, so many requests in flight, closed loop."""

from __future__ import annotations

import http.client
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import grpc
import numpy as np

from bench import h2load, wrk
from bench.questions import Array, Question

GENERATORS = {"http": wrk.measure, "grpc": h2load.measure}
WIDE = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
"""gRPC's clients refuse large messages by default."""
NEEDED = {"wrk": "wrk", "h2load": "nghttp2-client"}
"""Program and Debian package."""


@dataclass(frozen=True)
class Load:
    """What one measurement found."""

    requests: int
    requests_per_s: float
    p50_us: float
    p99_us: float


def require() -> None:
    """Exits with a sentence when there is no load generator."""
    for program, package in NEEDED.items():
        if shutil.which(program) is None:
            raise SystemExit(
                f"bench needs the load generator '{program}' on the PATH (Debian, Ubuntu: apt-get install {package})"
            )


def measure(port: int, question: Question, in_flight: int, seconds: float, *, scheme: str = "http") -> Load:
    """Asks the same question over and over. Raises RuntimeError when any answer was an error."""
    found = GENERATORS[question.over](f"{scheme}://127.0.0.1:{port}", question, in_flight, seconds)
    if found["errors"] or not found["requests"]:
        raise RuntimeError(f"{found['errors']:.0f} of {found['requests']:.0f} requests to port {port} failed")
    requests = int(found["requests"])
    return Load(requests, requests / found["duration_us"] * 1e6, found["p50_us"], found["p99_us"])


def ask(port: int, question: Question) -> Array:
    """One answer. Raises OSError while nobody listens, RuntimeError unless it is a good one."""
    return {"http": _ask_http, "grpc": _ask_grpc, "grpc-stream": _count_grpc}[question.over](port, question)


def _ask_http(port: int, question: Question) -> Array:
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


def _ask_grpc(port: int, question: Question) -> Array:
    with _channel(port) as channel:
        return question.read(channel.unary_unary(question.path)(question.body[5:], timeout=10), None)


def _count_grpc(port: int, question: Question) -> Array:
    """How many messages came for 10,000 that were asked for."""
    with _channel(port) as channel:
        return np.array([sum(1 for _ in channel.unary_stream(question.path)(b"10000", timeout=10))])


@contextmanager
def _channel(port: int) -> Iterator[grpc.Channel]:
    """Raises OSError while nobody listens, RuntimeError for any other status that is not good."""
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=WIDE) as channel:
        try:
            yield channel
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                raise OSError(error.details()) from None
            raise RuntimeError(f"port {port} answered {error.code()}: {error.details()}") from None


def check(port: int, question: Question, expected: Array) -> None:
    """Raises AssertionError when the server's answer is wrong."""
    np.testing.assert_allclose(ask(port, question), expected.ravel(), rtol=1e-4, atol=1e-6)
