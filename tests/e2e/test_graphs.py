"""A graph served by a real process, over all protocols; what it learns is kept over restarts."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton
from serving import Running, serving, until

BANDIT = """
nodes:
  bandit: {router: {thompson_sampling: {}}, children: [double, less]}
  double: {model: 'functions.py:double'}
  less: {model: 'functions.py:less'}
"""
FUNCTIONS = """
def double(x: float) -> float:
    return 2 * x

def less(x: float) -> float:
    return x - 1
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def document(tmp_path: Path) -> str:
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    (tmp_path / "choice.graph.yaml").write_text(BANDIT)
    return str(tmp_path / "choice.graph.yaml")


def learnt(server: Running) -> list[list[float]]:
    nodes = server.get("/admin/models/choice/learnt").document["nodes"]
    sums: list[list[float]] = nodes["bandit"]["contexts"].get("", [[0, 0], [0, 0]])
    return sums


def ask(server: Running, puid: str) -> Any:
    answer = server.post("/api/v1.0/predictions", {"meta": {"puid": puid}, "data": {"ndarray": [[3.0]]}})
    assert answer.status == 200, answer.body
    return answer.document


def teach(server: Running, puid: str, reward: float = 1.0) -> None:
    answer = server.post("/api/v1.0/feedback", {"reward": reward, "response": {"meta": {"puid": puid}}})
    assert answer.status == 200, answer.body


def test_a_graph_answers_over_every_protocol(document, tmp_path):
    with serving(document, state=tmp_path / "state") as server:
        assert ask(server, "1")["data"]["ndarray"] in ([6.0], [2.0])
        assert server.predict("choice", [3.0]) in ([6.0], [2.0])
        client = triton.InferenceServerClient(server.netloc)
        given = triton.InferInput("x", [1], "FP64")
        given.set_data_from_numpy(np.array([3.0]))
        assert client.infer("choice", [given]).as_numpy("output").tolist() in ([6.0], [2.0])
        client.close()


def test_what_is_learnt_outlives_the_server_and_can_be_forgotten(document, tmp_path):
    with serving(document, "--state-dir", str(tmp_path / "kept"), state=tmp_path / "a") as server:
        for number in range(20):
            ask(server, f"p{number}")
            teach(server, f"p{number}")
        before = learnt(server)
        assert sum(row[1] for row in before) == 20
        assert server.stop(signal.SIGTERM) == 0
    with serving(document, "--state-dir", str(tmp_path / "kept"), state=tmp_path / "b") as server:
        assert learnt(server) == before
        teach(server, "p3", 0.0)  # an answer of the other life
        assert sum(row[1] for row in learnt(server)) == 21
        assert server.post("/admin/models/choice/forget/bandit").status == 200
        assert learnt(server) == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"reward": 1}', "it has no meta.routing, and it has no meta.puid"),
        (
            b'{"reward": 1, "response": {"meta": {"puid": "unknown"}}}',
            "no answer with the puid 'unknown' is remembered",
        ),
        (b'{"reward": NaN, "response": {"meta": {"routing": {"bandit": 0}}}}', "finite"),
        (b'{"reward": 1, "response": {"meta": {"routing": {"bandit": 9}}}}', "node 'bandit' has no branch 9"),
    ],
)
def test_feedback_that_cannot_be_learnt_from_is_refused_in_seldons_shape(document, tmp_path, body, told):
    with serving(document, state=tmp_path / "state") as server:
        answer = server.post("/api/v1.0/feedback", body)
        assert answer.status == 400
        status = answer.document["status"]
        assert (status["status"], status["code"]) == ("FAILURE", 400)
        assert told in status["info"]
        assert learnt(server) == [[0, 0], [0, 0]]


def versions(server: Running) -> list[tuple[int, str]]:
    described = server.get("/admin/models/choice").document["versions"]
    return [(version["version"], version["state"]) for version in described]


def write_version(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    (folder / "functions.py").write_text(FUNCTIONS)
    (folder / "graph.yaml").write_text(text)


def test_a_new_version_of_a_graph_takes_over_and_keeps_what_was_learnt(tmp_path):
    write_version(tmp_path / "choice" / "1", BANDIT)
    with serving(str(tmp_path / "choice"), state=tmp_path / "state") as server:
        ask(server, "1")
        teach(server, "1")
        before = learnt(server)
        write_version(tmp_path / "2", BANDIT.replace("thompson_sampling: {}", "thompson_sampling: {seed: 3}"))
        (tmp_path / "2").rename(tmp_path / "choice" / "2")
        until(lambda: versions(server) == [(2, "AVAILABLE"), (1, "END")])
        assert learnt(server) == before


def test_the_metrics_tell_of_feedback(document, tmp_path):
    with serving(document, state=tmp_path / "state") as server:
        ask(server, "1")
        teach(server, "1", 0.5)
        text = server.get("/metrics").body.decode()
        assert 'salver_feedback_total{model="choice"} 1' in text
        assert 'salver_feedback_reward{model="choice"} 0.5' in text
        assert json.loads(server.get("/api/v1.0/metadata").body)["models"].keys() == {"bandit", "double", "less"}


DEPLOYMENT = """
apiVersion: machinelearning.seldon.io/v1
kind: SeldonDeployment
metadata: {{name: far}}
spec:
  predictors:
  - name: main
    graph:
      name: far
      type: {role}
      endpoint: {{service_host: 127.0.0.1, service_port: {port}, type: {kind}}}
      children:
      - {{name: one, implementation: SIMPLE_MODEL}}
      - {{name: two, implementation: SIMPLE_MODEL}}
"""


@pytest.mark.parametrize("kind", ["REST", "GRPC"])
def test_a_unit_of_a_deployment_may_be_another_server(tmp_path, kind):
    """The router there always takes the second branch, the combiner there averages."""
    nodes = "a: {transformer: {argmax: {}}}, b: {transformer: {argmax: {}}}"
    roots = {
        "ROUTER": "{router: {weighted: {weights: {a: 0, b: 1}}}, children: [a, b]}",
        "COMBINER": "{combiner: {average: {}}, children: [a, b]}",
    }
    for role, root in roots.items():
        there = tmp_path / f"{role}.graph.yaml"
        there.write_text(f"nodes: {{root: {root}, {nodes}}}")
        with serving(str(there), state=tmp_path / f"{role}-there") as far:
            here = tmp_path / f"{role}.yaml"
            here.write_text(DEPLOYMENT.format(role=role, port=far.address[1], kind=kind))
            with serving(str(here), state=tmp_path / f"{role}-here") as server:
                answer = ask(server, "p")
                assert answer["data"]["ndarray"] == [[0.1, 0.9, 0.5]]
                assert answer["meta"]["routing"] == {"far": 1 if role == "ROUTER" else -1}
                assert len(answer["meta"]["requestPath"]) == (2 if role == "ROUTER" else 3)
