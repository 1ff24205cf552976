"""A small network, where the server is what costs: requests per second and latency, ours beside the others'."""

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
from bench.peers import mlserver, triton, venv
from bench.questions import Array
from bench.running import free_port, serving

CONSTANT, BARE, OURS, TRITON, MLSERVER = "constant answer", "bare protocol", "salver", "Triton", "MLServer"
WORDS = (
    f"A 13-32-16-3 network in ONNX Runtime, one row a request, {IN_FLIGHT} in flight and one in flight. All figures "
    "are medians over the rounds, in each of which every server has its short turn, one right after the other and the "
    "others stopped meanwhile; ratios are medians of the rounds' own ratios. `CPU` is the server's processor time for "
    "a request with many in flight. The bare protocol is `bench/bare.py`; `constant answer` is the same without "
    "parsing or model, to show that the load generator is not what is measured. Triton runs its Python back end with "
    "dynamic batching; MLServer runs in one process (`parallel_workers` 0)."
)


def measure(effort: Effort) -> Part:
    part = Part("A small network", WORDS, COLUMNS)
    model = models.path("mlp")
    values = np.linspace(-1, 1, models.MLP_SIZES[0], dtype=np.float32).reshape(1, -1)
    (expected,) = onnxruntime.InferenceSession(model).run(None, {"features": values})
    with ExitStack() as stack:
        contenders = _start(stack, part, model, values, expected)
        take_turns(contenders, effort)
    bare = next(contender for contender in contenders if contender.name == BARE)
    part.rows += [row(contender, bare) for contender in contenders]
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
