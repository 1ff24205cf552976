"""Every example does what it says when it is run as a user runs it."""

from __future__ import annotations

import importlib
import math
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from serving import salver, serving

EXAMPLES = Path(__file__).parents[2] / "examples"
WINE = EXAMPLES / "wine"
DEADLINE_S = 60

pytestmark = pytest.mark.slow


def run(tmp_path: Path, script: str, *arguments: str) -> list[str]:
    """What a script prints, run from somewhere else."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / script, *arguments],
        capture_output=True, text=True, cwd=tmp_path, timeout=DEADLINE_S, check=False,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_each_example_has_a_test_here() -> None:
    here = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [path.name for path in EXAMPLES.glob("0*") if f'"{path.name}' not in here] == []


def test_a_model_inside_a_program(tmp_path: Path) -> None:
    """The first of the two is the CSV's first row, and its tasters gave it 5."""
    first, second = run(tmp_path, "01-embedded/predict_wine.py")
    assert re.fullmatch(r"grade 5, \d\d% sure", first)
    assert re.fullmatch(r"grade [3-8], \d\d% sure", second)


def test_a_server_and_its_clients(tmp_path: Path) -> None:
    assert run(tmp_path, "02-serve/ask_server.py") == ["TensorFlow Serving: 5", "Open Inference: 5"]


def test_a_function_as_a_model(tmp_path: Path) -> None:
    signature, answer = run(tmp_path, "03-python-function/call_function.py")
    assert "fahrenheit" in signature
    assert [float(number) for number in answer.strip("[]").split()] == pytest.approx([0, 37, 100])


def test_a_document(tmp_path: Path) -> None:
    """-1 + 0.02 age - 0.00002 income (30,000 where it is missing) + 0.5 in Oslo, through a logistic function."""
    one, high, refused = run(tmp_path, "05-pmml/ask_risk.py")
    assert one == f"low at {1 / (1 + math.exp(0.26)):.3f}"
    assert high == "high"
    assert refused.startswith("field 'age': 12 is invalid, wanted integer [18, 120]")


def test_two_documents(tmp_path: Path) -> None:
    """0.5 + 0.004 * 500 + 0.25 * 2, by half where it is express, without a weight 1; then readings of which each is
    measured against the mean and the deviation of those so far, itself among them."""
    one, usual, refused, *readings = run(tmp_path, "06-pfa/ask_documents.py")
    assert one == "{'days': 1.5, 'late': False}"
    assert usual == "2.75"
    assert refused == "input.km: wanted a number, not 'far'"
    assert readings[0] == "nan"
    assert [float(reading) for reading in readings[1:]] == pytest.approx([1, -1.22, 0, 1.99])


def test_a_configuration(tmp_path: Path) -> None:
    path = str(EXAMPLES / "04-configuration" / "config.yaml")
    checked = salver("check", path, state=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    with serving(path, state=tmp_path) as server:
        assert server.predict("celsius", [212.0]) == pytest.approx([100])
        labelled = server.post("/v1/models/wine/labels/stable:predict", {"instances": [[1.0] * 11]})
        assert labelled.status == 200


def test_the_demo(tmp_path: Path) -> None:
    told = "\n".join(run(tmp_path, "wine/demo.py", "--check"))
    assert "agree on all 1,599 wines, to the last bit" in told
    assert "TensorFlow Serving answered" in told


def test_the_demo_serves_until_it_is_interrupted_and_its_commands_work() -> None:
    demo = subprocess.Popen([sys.executable, WINE / "demo.py"], stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    lines = []
    for line in demo.stdout:
        lines.append(line.strip())
        if line.startswith("Serving until"):
            break
    curl, *_ = [line for line in lines if line.startswith("curl")]
    answer = subprocess.run(["/bin/sh", "-c", f"{curl} -s"], capture_output=True, text=True, check=True).stdout
    assert '"quality":5' in answer
    demo.send_signal(signal.SIGINT)
    assert demo.wait(DEADLINE_S) == 0
    demo.stdout.close()
    host, port = re.findall(r"http://([\d.]+):(\d+)", curl)[0]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


def test_the_demo_would_notice_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(WINE)
    demo = importlib.import_module("demo")
    one = {"quality": np.array([5, 6]), "probabilities": np.array([[0.25], [0.5]], np.float32)}
    other = {**one, "probabilities": np.nextafter(one["probabilities"], np.float32(1))}
    assert demo.agree({"a": one, "b": dict(one), "c": dict(one)})
    assert not demo.agree({"a": one, "b": dict(one), "c": other})


def test_a_class_written_for_seldon(tmp_path: Path) -> None:
    """1 / (1 + exp(1.5 - 0.08 income + 0.15 debt)) of its two clients, whose loans are paid back."""
    chances = [1 / (1 + math.exp(1.5 - 0.08 * income + 0.15 * debt)) for income, debt in ((60, 5), (20, 30))]
    lines = run(tmp_path, "08-seldon-class/ask_credit.py")
    assert lines == [f"paid back {chance:.2f}, lost {1 - chance:.2f}" for chance in chances]
