"""Serves the wine models in a process of their own, asks them in three ways, and shows that the answers agree.

Run it with `scripts/demo`. It goes on serving until Ctrl-C; with --check it ends after the predictions.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import salver

HERE = Path(__file__).parent
MODELS = HERE / "models"
PATIENCE_S = 60
SHOWN = {"alcohol": 10, "acidity": 1, "sulphates": 9, "pH": 8}
"""Four of the eleven measurements, and the columns of the CSV that hold them."""

TUTORIAL_ROW = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]
TUTORIAL_ANSWER = [1.14877e-09, 3.39649e-09, 1.19725e-08, 0.014344, 0.0618138, 0.689735, 0.304, 0.0153118, 0.000971983]
"""What a TensorFlow Serving answered to that row, by the README of lightbend/model-serving-tutorial."""

Array = np.ndarray[Any, Any]
Answer = dict[str, Array]


@contextmanager
def serving(target: Path = MODELS) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`salver serve TARGET` on a free port: its URL once the models are loaded, and the process."""
    with tempfile.TemporaryDirectory() as state_dir:
        command = [sys.executable, "-m", "salver", "serve", str(target), "--port", "0"]
        command += ["--state-dir", state_dir, "--log-level", "warning"]
        # In a session of its own, so that Ctrl-C comes here first and the server is told once, to drain.
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        try:
            yield url_of(server), server
        finally:
            server.terminate()
            try:
                server.wait(PATIENCE_S)
            except BaseException:
                server.kill()
                raise


def url_of(server: subprocess.Popen[str]) -> str:
    """The URL in the banner, which comes when the server is ready."""
    assert server.stdout is not None
    timer = threading.Timer(PATIENCE_S, server.kill)
    timer.start()
    try:
        for line in server.stdout:
            if found := re.search(r"http://\S+?:\d+", line):
                return found[0]
    finally:
        timer.cancel()
    raise SystemExit("the server ended, or was not ready in time")


def post(url: str, document: object) -> Any:
    request = urllib.request.Request(url, json.dumps(document).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def ask_tensorflow_serving(url: str, features: Array) -> Answer:
    rows = post(f"{url}/v1/models/wine:predict", {"instances": features.tolist()})["predictions"]
    return {
        "quality": np.array([row["quality"] for row in rows], np.int64),
        "probabilities": np.array([row["probabilities"] for row in rows], np.float32),
    }


def ask_open_inference(url: str, features: Array) -> Answer:
    tensor = {"name": "features", "datatype": "FP32", "shape": features.shape, "data": features.ravel().tolist()}
    outputs = post(f"{url}/v2/models/wine/infer", {"inputs": [tensor]})["outputs"]
    types = {"INT64": np.int64, "FP32": np.float32}
    return {out["name"]: np.array(out["data"], types[out["datatype"]]).reshape(out["shape"]) for out in outputs}


def ask_embedded(features: Array) -> Answer:
    with salver.load(MODELS / "wine") as model:
        answer: Answer = model.predict({"features": features})
        return answer


def show(features: Array, grades: Array, answers: dict[str, Answer]) -> None:
    """The first wine of each grade: some measurements, what its tasters gave, what each way of asking says."""
    head = [*SHOWN, "tasters gave", *answers]
    print("  " + "  ".join(head))
    for row in [int(np.flatnonzero(grades == grade)[0]) for grade in np.unique(grades)]:
        cells = [f"{features[row, column]:.2f}" for column in SHOWN.values()]
        cells += [str(grades[row]), *(str(answer["quality"][row]) for answer in answers.values())]
        print("  " + "  ".join(cell.rjust(len(title)) for cell, title in zip(cells, head, strict=True)))


def agree(answers: dict[str, Answer]) -> bool:
    """Whether all have the same grades and the same probabilities, to the last bit."""
    first, *others = answers.values()
    return all(np.array_equal(first[name], other[name]) for other in others for name in first)


def check_tutorial(url: str) -> bool:
    """Whether the tutorial's model says what TensorFlow Serving said of the same row, within 1e-6."""
    (answer,) = post(f"{url}/v1/models/tutorial/versions/1:predict", {"instances": [TUTORIAL_ROW]})["predictions"]
    off = float(np.abs(np.subtract(answer, TUTORIAL_ANSWER)).max())
    print(f"The tutorial's network is within {off:.0e} of what a real TensorFlow Serving answered.")
    return off < 1e-6


def predict(url: str) -> bool:
    """Asks for every wine of the CSV in three ways, shows some of it, and says whether all is as it should be."""
    rows = np.loadtxt(HERE / "data" / "winequality_red.csv", delimiter=";")
    features, grades = rows[:, :-1].astype(np.float32), rows[:, -1].astype(np.int64)
    answers = {
        "TensorFlow Serving": ask_tensorflow_serving(url, features),
        "Open Inference": ask_open_inference(url, features),
        "embedded": ask_embedded(features),
    }
    show(features, grades, answers)
    same = agree(answers)
    right = np.mean(answers["embedded"]["quality"] == grades)
    print(f"\nThe three {'agree' if same else 'DISAGREE'} on all {len(rows):,} wines, to the last bit;", end=" ")
    print(f"the model, trained on most of them, hits the tasters' grade on {right:.0%}.")
    return check_tutorial(url) and same


def suggest(url: str) -> None:
    tensor = {"name": "features", "datatype": "FP32", "shape": [1, 11], "data": TUTORIAL_ROW}
    print(f"""
Try it, from another terminal:

  curl {url}/v1/models/wine:predict -d '{json.dumps({"instances": [TUTORIAL_ROW]})}'
  curl {url}/v2/models/wine/infer -d '{json.dumps({"inputs": [tensor]})}'
  curl {url}/v1/models/wine:predict -d '{{"instances": [[7.4, 0.7]]}}'      # see what a mistake gets
  .venv/bin/salver models --url {url}
  .venv/bin/salver inspect examples/wine/app.py:predict

  Docs     {url}/docs
  Metrics  {url}/metrics
  Models   {url}/admin/models
  Next     docs/quickstart.md
""")


def main() -> int:
    parser = argparse.ArgumentParser(description="Serve the wine models and predict in three ways.")
    parser.add_argument("--check", action="store_true", help="end after the predictions; status 1 if they disagree")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with serving() as (url, server):
            print(f"The models of examples/wine, served on {url}; the first wine of each grade:\n")
            if not predict(url):
                return 1
            if arguments.check:
                return 0
            suggest(url)
            print("Serving until Ctrl-C.", flush=True)
            return server.wait()
    except KeyboardInterrupt:
        return 0  # Its requests were finished first.


if __name__ == "__main__":
    sys.exit(main())
