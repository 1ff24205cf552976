"""A small network, where the server is what costs: requests per second and latency, ours beside the others'."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnxruntime

from bench import load, models, questions, servers
from bench.effort import Effort
from bench.figures import Part, Target, ratio
from bench.peers import mlserver, triton, venv
from bench.questions import Array, Question
from bench.running import Running, free_port, serving

IN_FLIGHT = 32
CONSTANT, BARE, OURS, TRITON, MLSERVER = "constant answer", "bare protocol", "salver", "Triton", "MLServer"
WORDS = (
    f"A 13-32-16-3 network in ONNX Runtime, one row a request, {IN_FLIGHT} in flight and one in flight. All figures "
    "are medians over the rounds, in each of which every server has its short turn, one right after the other and the "
    "others stopped meanwhile; ratios are medians of the rounds' own ratios. `CPU` is the server's processor time for "
    "a request with many in flight. The bare protocol is `bench/bare.py`; `constant answer` is the same without "
    "parsing or model, to show that the load generator is not what is measured. Triton runs its Python back end with "
    "dynamic batching; MLServer runs in one process (`parallel_workers` 0)."
)


@dataclass
class Contender:
    """A server that answers a question, and what was measured of it."""

    name: str
    running: Running
    question: Question
    many: list[load.Load] = field(default_factory=list)
    one: list[load.Load] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    """Of the server, for each request, with many in flight."""

    def measure_many(self, seconds: int) -> None:
        with self.running.awake():
            before_s = self.running.cpu_s()
            self.many.append(load.measure(self.running.port, self.question, IN_FLIGHT, seconds))
            self.cpu_us.append((self.running.cpu_s() - before_s) / self.many[-1].requests * 1e6)

    def measure_one(self, seconds: int) -> None:
        with self.running.awake():
            self.one.append(load.measure(self.running.port, self.question, 1, seconds))

    def rates(self) -> list[float]:
        return [found.requests_per_s for found in self.many]

    def medians_us(self) -> list[float]:
        return [found.p50_us for found in self.one]


def measure(effort: Effort) -> Part:
    columns = (
        "server",
        "protocol",
        "requests/s",
        "p50 µs",
        "p99 µs",
        "CPU µs a request",
        "one in flight, p50 µs",
        "of bare",
    )
    part = Part("A small network", WORDS, columns)
    model = models.path("mlp")
    values = np.linspace(-1, 1, models.MLP_SIZES[0], dtype=np.float32).reshape(1, -1)
    (expected,) = onnxruntime.InferenceSession(model).run(None, {"features": values})
    with ExitStack() as stack:
        contenders = _start(stack, part, model, values, expected)
        for contender in contenders:
            contender.running.sleep()
        for _ in range(effort.rounds):
            for contender in contenders:
                contender.measure_many(effort.seconds)
            for contender in contenders:
                contender.measure_one(effort.seconds)
    bare = next(contender for contender in contenders if contender.name == BARE)
    part.rows += [_row(contender, bare) for contender in contenders]
    part.targets += _targets({(each.name, each.question.protocol): each for each in contenders})
    return part


def _start(stack: ExitStack, part: Part, model: Path, values: Array, expected: Array) -> list[Contender]:
    rows = questions.rows("mlp", values)
    v2 = questions.open_inference("mlp", "features", values)
    binary = questions.open_inference_binary("mlp", "features", values)
    constant = servers.bare("constant", "mlp", rows, np.array([0.25, 0.25, 0.5]))
    contenders = [
        Contender(CONSTANT, stack.enter_context(constant), rows),
        Contender(BARE, stack.enter_context(servers.bare("rows", "mlp", rows, expected)), rows),
    ]
    try:
        ours = stack.enter_context(servers.salver(models.FOLDER, rows, expected))
        for question in (rows, v2, binary):
            load.check(ours.port, question, expected)
            contenders.append(Contender(OURS, ours, question))
    except RuntimeError as error:
        part.skipped.append(f"{OURS}: {error}")
    for name, peer in ((TRITON, triton), (MLSERVER, mlserver)):
        try:
            port = free_port()
            command, environment = peer.command(model, port)
            running = stack.enter_context(serving(command, port, v2, expected, environment))
        except (venv.Missing, RuntimeError) as error:
            part.skipped.append(f"{name}: {error}")
        else:
            contenders.append(Contender(name, running, v2))
    return contenders


def _row(contender: Contender, bare: Contender) -> list[str]:
    def median(figures: list[float]) -> str:
        return f"{statistics.median(figures):,.0f}"

    return [
        contender.name,
        contender.question.protocol,
        median(contender.rates()),
        median([found.p50_us for found in contender.many]),
        median([found.p99_us for found in contender.many]),
        f"{statistics.median(contender.cpu_us):.1f}",
        median(contender.medians_us()),
        f"{ratio(contender.rates(), bare.rates()):.2f}",
    ]


def _targets(contenders: dict[tuple[str, str], Contender]) -> Iterator[Target]:
    rows, v2 = "TensorFlow Serving JSON", "Open Inference JSON"
    ours = contenders.get((OURS, rows))
    if ours is None:
        return
    bare = contenders[BARE, rows]
    yield Target("requests/s, salver / bare protocol", ratio(ours.rates(), bare.rates()), 0.6, "times", at_least=True)
    yield Target("one in flight, median, salver / bare", ratio(ours.medians_us(), bare.medians_us()), 1.4, "times")
    for name, limit in ((TRITON, 2.2), (MLSERVER, 10)):
        peer = contenders.get((name, v2))
        if peer is not None:
            yield Target(
                f"requests/s, salver / {name}", ratio(ours.rates(), peer.rates()), limit, "times", at_least=True
            )
