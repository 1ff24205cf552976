"""What `salver.load(...).predict` adds to a call of the bare runtime, in this process."""

from __future__ import annotations

import os
import statistics
import timeit
from collections.abc import Callable

import numpy as np
import onnxruntime

from bench import cores, models
from bench.effort import Effort
from bench.figures import Part, Target

CALLS = 5_000
WORDS = (
    "The same network called from Python: `session.run` of ONNX Runtime, and `predict` of what `salver.load` gives. "
    "Medians over the rounds."
)


def measure(effort: Effort) -> Part:
    import salver

    features = np.linspace(-1, 1, models.MLP_SIZES[0], dtype=np.float32).reshape(1, -1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(models.path("mlp"), options)
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cores.SERVER})
    try:
        with salver.load(models.path("mlp")) as model:
            bare, ours = _calls_us(
                effort.rounds,
                lambda: session.run(None, {"features": features}),
                lambda: model.predict({"features": features}),
            )
    finally:
        os.sched_setaffinity(0, allowed)
    part = Part("Embedded", WORDS, ("call", "µs"))
    part.rows += [["session.run", f"{bare:.1f}"], ["model.predict", f"{ours:.1f}"]]
    part.targets.append(Target("overhead of predict over session.run", ours - bare, 10, "µs"))
    return part


def _calls_us(rounds: int, *calls: Callable[[], object]) -> list[float]:
    """Microseconds a call, each the median of its turns."""
    turns = [[timeit.timeit(call, number=CALLS) / CALLS * 1e6 for call in calls] for _ in range(rounds)]
    return [statistics.median(times) for times in zip(*turns, strict=True)]
