"""The known answer: what a real TensorFlow Serving said of a wine, over every way that Salver has to say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving import Running, salver

from salver import load
from salver.client import Client
from salver.core.calls import Predict, Predicted
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.protocols.openinference.rest import PROTOCOL as OPEN_INFERENCE
from salver.protocols.route import HttpProtocol
from salver.protocols.tfserving.rest import PROTOCOL as TF_SERVING

WINE = Path(__file__).parents[2] / "examples" / "wine"

# Asked of TensorFlow Serving 1.x with the SavedModel of these weights, and answered by it, as the README of
# lightbend/model-serving-tutorial shows (commit 5b54f0956c3b4ab16239984a9cecaedd3cd0fbeb).
ASKED = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]
ANSWERED = [1.14877e-09, 3.39649e-09, 1.19725e-08, 0.014344, 0.0618138, 0.689735, 0.304, 0.0153118, 0.000971983]


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """What is asked about: the wine above, and a hundred others."""
    csv = np.loadtxt(WINE / "data" / "winequality_red.csv", delimiter=";", max_rows=100)
    return np.vstack([[ASKED], csv[:, :-1]]).astype(np.float32)


def test_the_request_of_the_tutorial(house: Running) -> None:
    body = {"signature_name": "predict", "instances": [{"inputs": ASKED}]}
    answer = house.post("/v1/models/tutorial/versions/1:predict", body)
    assert answer.status == 200
    np.testing.assert_allclose(answer.document["predictions"], [ANSWERED], rtol=0, atol=1e-6)
    assert np.argmax(answer.document["predictions"][0]) == 5


def test_every_way_gives_the_same(house: Running, rows: np.ndarray) -> None:
    with load(str(WINE / "models" / "tutorial")) as model:
        embedded = model.predict(rows)["outputs"]
    np.testing.assert_allclose(embedded[0], ANSWERED, rtol=0, atol=1e-6)
    ways = {
        "rows": house.predict("tutorial", [{"inputs": row} for row in rows.tolist()]),
        "plain rows": house.predict("tutorial", rows.tolist()),
        "columns": house.post("/v1/models/tutorial:predict", {"inputs": rows.tolist()}).document["outputs"],
        "client of TensorFlow Serving": over(TF_SERVING, house, rows, {}),
        "client of Open Inference": over(OPEN_INFERENCE, house, rows, {}),
        "client of Open Inference, raw": over(OPEN_INFERENCE, house, rows, {"binary_data": True}),
    }
    for way, answer in ways.items():
        assert np.asarray(answer, np.float32).tobytes() == embedded.tobytes(), way


def over(protocol: HttpProtocol, server: Running, rows: np.ndarray, params: dict[str, Any]) -> np.ndarray:
    request = Request({"inputs": Tensor("FP32", rows)}, params=params)
    with Client(server.url, protocol) as client:
        reply = client.ask(Predict(protocol.name, "tutorial", None, None, lambda _: request))
    assert isinstance(reply, Predicted)
    return reply.response.tensors["outputs"].array


def test_the_command_line_gives_the_same(house: Running, tmp_path: Path, rows: np.ndarray) -> None:
    np.save(tmp_path / "rows.npy", rows)
    ran = salver("predict", str(WINE / "models" / "tutorial"), str(tmp_path / "rows.npy"), state=tmp_path)
    assert ran.returncode == 0, ran.stderr
    answers = [json.loads(line)["outputs"] for line in ran.stdout.splitlines()]
    assert answers == house.predict("tutorial", rows.tolist())


def test_both_networks_say_what_the_tasters_said(house: Running) -> None:
    assert house.predict("wine", [ASKED])[0]["quality"] == 5
    assert np.argmax(house.predict("tutorial", [ASKED])[0]) == 5
