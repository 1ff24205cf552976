"""From the start of the process to the first right answer, and the memory it then holds: the wine model."""

from __future__ import annotations

import csv
import statistics
from pathlib import Path

import numpy as np
import onnxruntime

from bench import load, questions, servers
from bench.effort import Effort
from bench.figures import Part, Target

WINE = Path(__file__).parents[2] / "examples" / "wine"
WORDS = (
    "A server with the wine models: time from the start of the process to the first right answer, and resident memory "
    "after a second of load. Medians over the rounds."
)


def measure(effort: Effort) -> Part:
    features = _first_wine()
    model = WINE / "models" / "tutorial" / "1" / "model.onnx"
    (expected,) = onnxruntime.InferenceSession(model).run(None, {"inputs": features})
    question = questions.rows("tutorial", features)
    starts_s, resident_mb = [], []
    for _ in range(effort.rounds):
        with servers.salver(WINE / "models", question, expected) as running:
            load.measure(running.port, question, 8, 1)
            starts_s.append(running.start_s)
            resident_mb.append(running.resident_mb())
    part = Part("Start and memory", WORDS)
    part.targets += [
        Target("start to first prediction", statistics.median(starts_s), 1, "s"),
        Target("resident memory", statistics.median(resident_mb), 150, "MB"),
    ]
    return part


def _first_wine() -> np.ndarray:
    with (WINE / "data" / "winequality_red.csv").open() as file:
        row = next(csv.reader(file, delimiter=";"))
    return np.array([row[:-1]], np.float32)
