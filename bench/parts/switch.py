"""A new version takes over while requests come in at a fixed pace: does anybody notice?"""

from __future__ import annotations

import http.client
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from bench import cores, models, questions, servers
from bench.effort import Effort
from bench.figures import Part, Target
from bench.questions import Question

RATE, SECONDS = 1000, 6
WORDS = (
    f"{RATE} requests a second, each at its own moment, for {SECONDS} s, over TensorFlow Serving's REST; latency "
    "counts from that moment. With the switch, a copy of the version's folder is put beside it in the meantime, loads, "
    "warms up and takes over, and the old version is unloaded. Medians over the rounds."
)
PACED = Path(__file__).parents[1] / "paced.py"


def measure(effort: Effort) -> Part:
    part = Part("A version switch under load", WORDS, ("what", "p50 µs", "p99 µs", "worst µs", "failed"))
    values = np.linspace(-1, 1, models.MLP_SIZES[0], dtype=np.float32).reshape(1, -1)
    model = models.path("mlp")
    (expected,) = onnxruntime.InferenceSession(model).run(None, {"features": values})
    question = questions.rows("mlp", values)
    quiet: list[Any] = []
    switched: list[Any] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "mlp")
        shutil.copytree(model.parent, home / "1")
        with servers.salver(Path(folder), question, expected) as running:
            for version in range(2, 2 + max(3, effort.rounds // 3)):
                quiet.append(_paced(running.port, question, folder, None))
                switched.append(_paced(running.port, question, folder, home / str(version)))
                _wait_switched(running.port, version)
    part.rows += [_row("without", quiet), _row("with a switch", switched)]
    ratio = _p99(switched) / _p99(quiet)
    part.targets += [
        Target("p99 with a switch / without", ratio, 2, "times"),
        Target("failed requests", sum(run["failed"] for run in switched), 0, "requests"),
    ]
    return part


def _paced(port: int, question: Question, folder: str, version: Path | None) -> Any:
    body = Path(folder).with_suffix(".json")
    body.write_bytes(question.body)
    line = [sys.executable, str(PACED), "127.0.0.1", str(port), question.path, str(body), str(RATE), str(SECONDS)]
    load = subprocess.Popen(line, stdout=subprocess.PIPE, preexec_fn=cores.pin(cores.LOAD))
    if version is not None:
        time.sleep(1)
        newest = max((path for path in version.parent.iterdir()), key=lambda path: int(path.name))
        shutil.copytree(newest, version)
    words, _ = load.communicate()
    body.unlink()
    return json.loads(words)


def _wait_switched(port: int, version: int) -> None:
    for _ in range(200):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/v1/models/mlp")
        states = json.loads(connection.getresponse().read())["model_version_status"]
        connection.close()
        if {status["version"]: status["state"] for status in states}.get(str(version)) == "AVAILABLE":
            return
        time.sleep(0.1)
    raise RuntimeError(f"version {version} did not take over")


def _p99(runs: list[Any]) -> float:
    return statistics.median(float(np.percentile(run["latencies_us"], 99)) for run in runs)


def _row(what: str, runs: list[Any]) -> list[str]:
    def median(percent: float) -> str:
        return f"{statistics.median(float(np.percentile(run['latencies_us'], percent)) for run in runs):,.0f}"

    return [what, median(50), median(99), median(100), str(sum(run["failed"] for run in runs))]
