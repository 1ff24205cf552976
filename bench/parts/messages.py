"""Many small messages in one call, and one large message: where a gRPC server spends its time besides the model."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import numpy as np

from bench import cores, models, questions, servers
from bench.effort import Effort
from bench.figures import Part, Target
from bench.load import WIDE
from bench.questions import Question
from bench.running import Running, free_port, serving

MESSAGES, MEGABYTES = 10_000, 10
STREAM = Path(__file__).parents[1] / "stream_server.py"
WORDS = (
    f"A server-streaming call that sends {MESSAGES:,} messages of 16 bytes, asked by h2load, which reads bytes and no "
    f"messages: grpcio's asyncio server against ours, the same generator behind both. A tensor of {MEGABYTES} MB to a "
    "model that gives it back, asked by grpcio's client: grpcio's thread server against ours. Medians over the rounds."
)


def measure(effort: Effort) -> Part:
    part = Part("Messages", WORDS, ("what", "ours ms", "grpcio ms"))
    with ExitStack() as stack:
        _compare(part, f"{MESSAGES:,} messages", _streams(stack), effort, 5, at_least=True)
        _compare(part, f"{MEGABYTES} MB in and out", _large(stack), effort, 1.5, at_least=False)
    return part


Ask = tuple[Running, Callable[[], float]]


def _compare(part: Part, what: str, pair: Iterator[Ask], effort: Effort, limit: float, *, at_least: bool) -> None:
    (our_server, ours), (their_server, theirs) = pair
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    our_server.sleep()
    their_server.sleep()
    for _ in range(effort.rounds):
        for name, server, ask in (("ours", our_server, ours), ("theirs", their_server, theirs)):
            with server.awake():
                times[name].append(ask())
    our_s, their_s = (statistics.median(times[name]) for name in ("ours", "theirs"))
    part.rows.append([what, f"{our_s * 1e3:.1f}", f"{their_s * 1e3:.1f}"])
    if at_least:
        part.targets.append(Target(f"{what}, grpcio's time / ours", their_s / our_s, limit, "times", at_least=True))
    else:
        part.targets.append(Target(f"{what}, our time / grpcio's", our_s / their_s, limit, "times"))


def _streams(stack: ExitStack) -> Iterator[Ask]:
    def read(body: bytes, _: int | None) -> np.ndarray:
        return np.array([len(body)])

    question = Question("gRPC", "/bench.Stream/Count", b"", read, {}, "grpc-stream")
    for command in ([sys.executable, str(STREAM)], [sys.executable, str(servers.GRPCIO), "stream", "-"]):
        port = free_port()
        running = stack.enter_context(serving([*command, str(port)], port, question, np.array([MESSAGES])))
        yield running, lambda port=port: _stream_s(port)  # type: ignore[misc]


def _stream_s(port: int) -> float:
    """Seconds of one call, over several on one connection."""
    calls = 5
    body = Path("/tmp/salver-bench/count")
    number = b"%d" % MESSAGES
    body.write_bytes(b"\0" + len(number).to_bytes(4, "big") + number)
    line = ["h2load", "-c1", "-m1", f"-n{calls}", "-d", str(body), "-Hcontent-type: application/grpc", "-Hte: trailers"]
    began = time.perf_counter()
    done = subprocess.run(
        [*line, f"http://127.0.0.1:{port}/bench.Stream/Count"],
        capture_output=True, text=True, preexec_fn=cores.pin(cores.LOAD),
    )  # fmt: skip
    if f"{calls} succeeded" not in done.stdout:
        raise RuntimeError(f"h2load failed: {done.stdout[-300:]}")
    return (time.perf_counter() - began) / calls


def _large(stack: ExitStack) -> Iterator[Ask]:
    models.path("wide")
    values = np.arange(MEGABYTES * 250_000, dtype=np.float32).reshape(1, -1)
    question = questions.grpc_infer("wide", "values", values)
    ours = stack.enter_context(servers.salver(models.FOLDER, question, values))
    theirs = stack.enter_context(servers.grpcio_threads("wide", question, values))
    for running in (ours, theirs):
        channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{running.port}", options=WIDE))
        yield running, lambda channel=channel: _call_s(channel, question)  # type: ignore[misc]


def _call_s(channel: grpc.Channel, question: Question) -> float:
    call = channel.unary_unary(question.path)
    began = time.perf_counter()
    call(question.body[5:], timeout=60)
    return time.perf_counter() - began
