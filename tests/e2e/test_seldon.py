"""Seldon's own client and testers (seldon-core 1.17.1) against a server that runs, as their users run them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import seldon_peer
from serving import Running, serving

ROOT = Path(__file__).parents[2]
CREDIT = ROOT / "examples" / "08-seldon-class"
CONTRACT = CREDIT / "contract.json"
PLAIN = """
class Plain:
    def predict(self, X, names, meta=None):
        return X * 2

    def send_feedback(self, X, names, reward, truth, routing=None):
        self.rewards = getattr(self, "rewards", []) + [reward]

    def tags(self):
        return {}
"""
DEPLOYMENT = """
apiVersion: machinelearning.seldon.io/v1
kind: SeldonDeployment
metadata: {name: plain, namespace: lab}
spec:
  predictors:
  - name: main
    componentSpecs: [{spec: {containers: [{name: plain, image: 'plain:1', env: [{name: MODEL_NAME, value: Plain}]}]}}]
    graph: {name: plain, type: MODEL}
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def credit(tmp_path_factory) -> Iterator[Running]:
    with serving(str(CREDIT / "credit.graph.yaml"), state=tmp_path_factory.mktemp("credit")) as server:
        yield server


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("plain")
    (folder / "Plain.py").write_text(PLAIN)
    (folder / "deployment.yaml").write_text(DEPLOYMENT)
    with serving(str(folder / "deployment.yaml"), state=folder / "state") as server:
        yield server


@pytest.mark.parametrize("transport", [[], ["--grpc"]])
@pytest.mark.parametrize("form", [[], ["-t"]])
def test_the_microservice_tester_gets_its_answers(credit, transport, form):
    told = seldon_peer.tester(CONTRACT, credit.address[1], *transport, *form)
    assert "None" not in told
    assert "paid_back" in told


def test_the_microservice_tester_sends_feedback(plain):
    told = seldon_peer.tester(CONTRACT, plain.address[1], "--endpoint", "send-feedback")
    assert "None" not in told


@pytest.mark.parametrize("options", [[], ["--namespace", "lab", "-t"], ["--grpc"]])
@pytest.mark.parametrize("endpoint", ["predict", "send-feedback"])
def test_the_tester_of_deployments_gets_its_answers(plain, endpoint, options):
    told = seldon_peer.api_tester(CONTRACT, plain.address[1], "plain", "--endpoint", endpoint, *options)
    assert "RECEIVED RESPONSE:" in told
    assert "None" not in told
    assert "Error" not in told


@pytest.mark.parametrize("transport", ["rest", "grpc"])
@pytest.mark.parametrize("form", ["ndarray", "tensor"])
def test_the_client_predicts_and_gives_feedback(plain, transport, form):
    told = seldon_peer.ask(
        plain.address[1],
        "plain",
        namespace="lab",
        data=[[1.0, 2.5]],
        transport=transport,
        reward=1.0,
        payload_type=form,
    )
    assert told["success"], told["message"]
    data = told["response"]["data"]
    assert data["ndarray"] == [[2.0, 5.0]] if form == "ndarray" else data["tensor"]["values"] == [2.0, 5.0]
    assert told["response"]["meta"]["requestPath"] == {"plain": "plain:1"}
    assert told["feedback"]["success"], told["feedback"]["message"]


def test_the_client_reads_what_went_wrong(credit):
    """Three columns for a class that wants two: its own code raises, which is its fault and not the caller's."""
    told = seldon_peer.ask(credit.address[1], "credit", data=[[1.0, 2.0, 3.0]])
    assert not told["success"]
    assert told["message"] == "500:Internal Server Error"
