"""The small network over gRPC: requests per second and latency, ours beside the others'."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import onnxruntime

from bench import load, models, questions, servers
from bench.contest import COLUMNS, IN_FLIGHT, Contender, row, take_turns
from bench.effort import Effort
from bench.figures import Part, Target, ratio
from bench.peers import triton, venv
from bench.questions import Array, Question
from bench.running import free_port, serving

BARE, OURS, TRITON, GRPCIO = "bare HTTP/2", "salver", "Triton", "grpcio, threads"
WORDS = (
    f"The same network over gRPC, {IN_FLIGHT} in flight over four connections and one in flight over one. The bare "
    "protocol is `bench/bare_http2.py`; grpcio's thread server runs the same function behind it. The load is h2load, "
    "which does not look at `grpc-status`: each server's answer is checked before and after."
)


def measure(effort: Effort) -> Part:
    part = Part("A small network over gRPC", WORDS, COLUMNS)
    model = models.path("mlp")
    values = np.linspace(-1, 1, models.MLP_SIZES[0], dtype=np.float32).reshape(1, -1)
    (expected,) = onnxruntime.InferenceSession(model).run(None, {"features": values})
    asked = {
        "infer": questions.grpc_infer("mlp", "features", values),
        "predict": questions.grpc_predict("mlp", "features", values),
    }
    with ExitStack() as stack:
        contenders = _start(stack, part, model, asked, expected)
        take_turns(contenders, effort)
        for contender in contenders:
            with contender.running.awake():
                load.check(contender.running.port, contender.question, expected)
    by_name = {(each.name, each.question.protocol): each for each in contenders}
    part.rows += [row(contender, by_name[BARE, contender.question.protocol]) for contender in contenders]
    part.targets += _targets(by_name, [question.protocol for question in asked.values()])
    return part


def _start(stack: ExitStack, part: Part, model: Path, asked: dict[str, Question], expected: Array) -> list[Contender]:
    contenders = []
    infer = asked["infer"]
    ours = stack.enter_context(servers.salver(models.FOLDER, infer, expected))
    threads = stack.enter_context(servers.grpcio_threads("mlp", infer, expected))
    for codec, question in asked.items():
        bare = stack.enter_context(servers.bare(codec, "mlp", question, expected))
        contenders.append(Contender(BARE, bare, question))
        contenders.append(Contender(OURS, ours, question))
        contenders.append(Contender(GRPCIO, threads, question))
    try:
        port = free_port()
        command, environment = triton.command(model, port, "grpc")
        contenders.append(
            Contender(TRITON, stack.enter_context(serving(command, port, infer, expected, environment)), infer)
        )
    except (venv.Missing, RuntimeError) as error:
        part.skipped.append(f"{TRITON}: {error}")
    return contenders


def _targets(contenders: dict[tuple[str, str], Contender], protocols: list[str]) -> Iterator[Target]:
    for protocol in protocols:
        ours = contenders[OURS, protocol]
        for name, limit in ((BARE, 0.6), (GRPCIO, 4), (TRITON, 1.5)):
            peer = contenders.get((name, protocol))
            if peer is not None:
                what = f"{protocol}, requests/s, salver / {name}"
                yield Target(what, ratio(ours.rates(), peer.rates()), limit, "times", at_least=True)
        peer = contenders.get((TRITON, protocol))
        if peer is not None:
            what = f"{protocol}, one in flight, median, salver / Triton"
            yield Target(what, ratio(ours.medians_us(), peer.medians_us()), 0.6, "times")
