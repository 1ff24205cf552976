"""PFA documents behind a server, over every protocol and with clients that others have written."""

from __future__ import annotations

import json
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving import DEADLINE_S, Running, salver, serving

import salver as embedded
from salver.protocols.messages import message

grpc: Any = pytest.importorskip("grpc")
triton: Any = pytest.importorskip("tritonclient.grpc")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of gevent, while it is imported
    triton_http: Any = pytest.importorskip("tritonclient.http")

MODELS = Path(__file__).parents[1] / "data" / "pfa" / "models"
IRIS, LINEAR = "iris_decision_tree", "diabetes_linear"
COUNTER: dict[str, Any] = {
    "input": "double",
    "output": "double",
    "cells": {"sum": {"type": "double", "init": 0.0}},
    "action": {"cell": "sum", "to": {"params": [{"x": "double"}], "ret": "double", "do": {"+": ["x", "input"]}}},
}
WORDS: dict[str, Any] = {
    "input": {
        "type": "record",
        "name": "Text",
        "fields": [
            {"name": "words", "type": {"type": "array", "items": "string"}},
            {"name": "least", "type": ["null", "int"]},
        ],
    },
    "output": "string",
    "method": "emit",
    "action": {
        "foreach": "word",
        "in": "input.words",
        "do": {
            "if": {">=": [{"s.len": ["word"]}, {"ifnotnull": {"n": "input.least"}, "then": "n", "else": 0}]},
            "then": {"emit": "word"},
        },
    },
}
FOLD: dict[str, Any] = {
    "input": "int",
    "output": "int",
    "method": "fold",
    "zero": 0,
    "action": {"+": ["input", "tally"]},
    "merge": {"+": ["tallyOne", "tallyTwo"]},
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pfa")
    for name, document in {"counter": COUNTER, "words": WORDS, "fold": FOLD}.items():
        (folder / f"{name}.pfa").write_text(json.dumps(document))
    return folder


@pytest.fixture(scope="module")
def server(models: Path) -> Iterator[Running]:
    config = {name: {"path": str(models / f"{name}.pfa")} for name in ("counter", "words", "fold")}
    config["iris"] = {"path": str(MODELS / f"{IRIS}.pfa")}
    config["linear"] = {"path": str(MODELS / f"{LINEAR}.pfa")}
    (models / "config.yaml").write_text(json.dumps({"models": config}))
    with serving(str(models / "config.yaml"), state=models / "state") as running:
        yield running


def cases(name: str = IRIS) -> tuple[list[Any], list[Any]]:
    """Recorded rows, and what an independent implementation answers."""
    lines = [json.loads(line) for line in (MODELS / f"{name}.cases.jsonl").read_text().splitlines()]
    return [line["input"] for line in lines], [line["expected"] for line in lines]


def test_rows_and_columns_over_tensorflow_serving(server: Running) -> None:
    rows, expected = cases()
    assert server.predict("iris", rows) == expected
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    answer = server.post("/v1/models/iris:predict", {"inputs": columns})
    assert answer.document["outputs"] == expected


def test_a_refusal_names_row_and_field(server: Running) -> None:
    rows, expected = cases()
    body = {"instances": [rows[0], {**rows[1], "petal_width": "wide"}]}
    answer = server.post("/v1/models/iris:predict", body)
    assert (answer.status, answer.error) == (400, "row 1: input.petal_width: wanted a number, not 'wide'")
    alone = server.post("/v1/models/iris:predict", {**body, "parameters": {"row_errors": True}}).document["predictions"]
    assert alone[0]["output"] == expected[0]
    assert "petal_width" in alone[1]["_error"]


@pytest.mark.parametrize("kind", [triton, triton_http], ids=["grpc", "http"])
def test_tritonclient(server: Running, kind: Any) -> None:
    rows, expected = cases()
    inputs = []
    for name in rows[0]:
        inputs.append(kind.InferInput(name, [len(rows)], "FP64"))
        inputs[-1].set_data_from_numpy(np.array([row[name] for row in rows]))
    with kind.InferenceServerClient(server.netloc) as client:
        found = client.infer("iris", inputs).as_numpy("output")
        assert [one.decode() for one in found] == expected
        assert client.is_model_ready("iris")


@pytest.mark.parametrize("kind", [triton, triton_http], ids=["grpc", "http"])
def test_rows_of_numbers_are_lists(server: Running, kind: Any) -> None:
    rows, expected = cases(LINEAR)
    given = kind.InferInput("input", [len(rows), len(rows[0])], "FP64")
    given.set_data_from_numpy(np.array(rows))
    with kind.InferenceServerClient(server.netloc) as client:
        assert client.infer("linear", [given]).as_numpy("output") == pytest.approx(expected, rel=1e-9)


def test_tensor_protos(server: Running) -> None:
    rows, expected = cases()
    request = message("tensorflow.serving.PredictRequest")()
    request.model_spec.name = "iris"
    for name in rows[0]:
        proto = request.inputs[name]
        proto.dtype = 2
        proto.tensor_shape.dim.add(size=len(rows))
        proto.double_val.extend(row[name] for row in rows)
    with grpc.insecure_channel(server.netloc) as channel:
        ask = channel.unary_unary(
            "/tensorflow.serving.PredictionService/Predict",
            request_serializer=lambda one: one.SerializeToString(),
            response_deserializer=message("tensorflow.serving.PredictResponse").FromString,
        )
        answer = ask(request, timeout=DEADLINE_S)
    assert [one.decode() for one in answer.outputs["output"].string_val] == expected


def test_emit_answers_with_lists_and_fold_with_tallies(server: Running) -> None:
    rows = [{"words": ["a", "fold", "of", "words"], "least": 3}, {"words": ["a"]}, {"words": [], "least": None}]
    assert server.predict("words", rows) == [["fold", "words"], ["a"], []]
    assert server.predict("fold", [1, 2, 3]) == [1, 3, 6]


def test_state_is_kept_in_order_and_a_refused_request_leaves_none(server: Running) -> None:
    first = server.predict("counter", [1.0, 2.0])[-1]
    assert server.post("/v1/models/counter:predict", {"instances": [5.0, "five"]}).status == 400
    assert server.predict("counter", [1.0]) == [first + 1.0]


def test_curl_and_the_command_line_give_the_same(server: Running, tmp_path: Path) -> None:
    rows, expected = cases()
    command = ["curl", "-sS", f"{server.url}/v1/models/iris:predict", "-d", json.dumps({"instances": rows[:1]})]
    ran = subprocess.run(command, capture_output=True, check=True, timeout=DEADLINE_S)
    assert json.loads(ran.stdout) == {"predictions": expected[:1]}
    (tmp_path / "row.json").write_text(json.dumps(rows[0]))
    told = salver("inspect", str(MODELS / f"{IRIS}.pfa"), state=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "def action(datum):" in told.stdout
    assert '"model.tree.simpleTree": [' in told.stdout
    with embedded.load(MODELS / f"{IRIS}.pfa") as model:
        assert model.predict(rows)["output"].tolist() == expected


def test_state_outlives_the_server(tmp_path: Path) -> None:
    (tmp_path / "counter.pfa").write_text(json.dumps(COUNTER))
    kept = {"state_file": str(tmp_path / "kept.json"), "save_every_s": 0}
    options = {"path": str(tmp_path / "counter.pfa"), "pfa": kept}
    (tmp_path / "config.yaml").write_text(json.dumps({"models": {"counter": options}}))
    for number, expected in ((9, [1.0, 3.0]), (15, [4.0, 6.0])):
        with serving(str(tmp_path / "config.yaml"), state=tmp_path / "state") as running:
            assert running.predict("counter", [1.0, 2.0]) == expected
            running.stop(number)


def test_workers_do_not_share_state_unless_that_is_meant(tmp_path: Path) -> None:
    (tmp_path / "counter.pfa").write_text(json.dumps(COUNTER))
    for engines in ("one", "worker"):
        model = {"path": str(tmp_path / "counter.pfa"), "pfa": {"engines": engines}}
        (tmp_path / "config.yaml").write_text(json.dumps({"workers": 2, "models": {"counter": model}}))
        with serving(str(tmp_path / "config.yaml"), state=tmp_path / "state") as running:
            answer = running.post("/v1/models/counter:predict", {"instances": [2.0]})
            if engines == "one":
                assert answer.status >= 400
                assert "serve it with one worker" in answer.error
            else:
                assert answer.document["predictions"][0] >= 2.0
