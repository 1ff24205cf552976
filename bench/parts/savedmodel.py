"""A SavedModel beside an ONNX model, on one server, over TensorFlow Serving's REST."""

from __future__ import annotations

import csv
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import onnxruntime

from bench import questions, servers
from bench.contest import COLUMNS, Contender, row, take_turns
from bench.effort import Effort
from bench.figures import Part, Target, ratio

ROOT = Path(__file__).parents[2]
WINE = ROOT / "examples" / "wine"
HALF_PLUS_TWO = ROOT.parent / "shared" / "testdata" / "saved_models" / "saved_model_half_plus_two_cpu"
WORDS = (
    "TensorFlow's half-plus-two, and the wine model of the examples as ONNX, one row a request, each in a server of "
    "its own: `of bare` here is the share of the ONNX model's figure."
)


def measure(effort: Effort) -> Part:
    part = Part("SavedModel", WORDS, COLUMNS)
    if not HALF_PLUS_TWO.is_dir():
        part.skipped.append(f"there is nothing at {HALF_PLUS_TWO}")
        return part
    wine = _first_wine()
    (quality,) = onnxruntime.InferenceSession(WINE / "models/tutorial/1/model.onnx").run(None, {"inputs": wine})
    half = np.array([[3.0]], np.float32)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "half_plus_two").symlink_to(HALF_PLUS_TWO)
        asked = questions.rows("half_plus_two", half)
        onnx = questions.rows("tutorial", wine)
        ours = Contender("SavedModel", stack.enter_context(servers.salver(folder, asked, half / 2 + 2)), asked)
        beside = Contender("ONNX", stack.enter_context(servers.salver(WINE / "models", onnx, quality)), onnx)
        take_turns([beside, ours], effort)
    part.rows += [row(beside, beside), row(ours, beside)]
    share = ratio(ours.rates(), beside.rates())
    part.targets.append(Target("requests/s, SavedModel / ONNX", share, 0.8, "times", at_least=True))
    return part


def _first_wine() -> np.ndarray:
    with (WINE / "data" / "winequality_red.csv").open() as file:
        first = next(csv.reader(file, delimiter=";"))
    return np.array([first[:-1]], np.float32)
