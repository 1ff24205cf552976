"""The graph cases of Seldon's executor (`predictor_process_test.go`), with units that answer as its test client does:
each hook gives back what it is given, a router names the branch it was told to, a combiner the first answer."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from salver.core.errors import GraphFault, Told
from salver.core.lesson import Lesson
from salver.core.servable import Request
from salver.core.signature import DEFAULT
from salver.core.tensor import Tensor
from salver.graph.graph import Graph
from salver.opening.place import open_at

VALUES = [1.1, 2.0]
_HOOKS = {"/transform-input", "/transform-output", "/predict"}


@dataclass
class Unit:
    """Seldon's test client, as a server."""

    port: int
    route: float = -1
    error: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, body: Any) -> tuple[int, Any]:
        self.asked.append(path)
        if path == self.error:
            status = {"code": -1, "info": "something bad happened", "reason": "MINE", "status": 1}
            return 418, {"status": status}
        if path in _HOOKS:
            return 200, body
        if path == "/route":
            return 200, {"data": {"ndarray": [[self.route]]}}
        if path == "/aggregate":
            return 200, body["seldonMessages"][0]
        return 200, body["request"]


@pytest.fixture
def unit() -> Iterator[Unit]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status, document = served.answer(self.path, body)
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served = Unit(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


def node(port: int, name: str, *children: str, **keys: Any) -> str:
    """A unit that runs elsewhere, in YAML's flow style."""
    endpoint = f"endpoint: {{service_host: 127.0.0.1, service_port: {port}, type: REST}}"
    said = ", ".join(f"{key}: {value}" for key, value in keys.items())
    return f"{{name: {name}, {endpoint}, {said}, children: [{', '.join(children)}]}}"


def opened(tmp_path: Path, graph: str) -> Graph:
    document = tmp_path / "deployment.yaml"
    document.write_text(
        "apiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\nmetadata: {name: dep}\n"
        f"spec: {{predictors: [{{name: main, graph: {graph}}}]}}\n"
    )
    model = open_at(str(document)).model
    assert isinstance(model, Graph)
    return model


def run(graph: Graph, lesson: Lesson | None = None) -> Any:
    async def converse() -> Any:
        try:
            if lesson is not None:
                return await graph.learn(lesson)
            return await graph(Request({"data": Tensor.of(VALUES)}, DEFAULT))
        finally:
            await graph.aclose()

    return asyncio.run(converse())


def test_a_model(tmp_path, unit):
    response = run(opened(tmp_path, node(unit.port, "m", type="MODEL")))
    assert response.tensors["data"].to_list() == VALUES
    assert unit.asked == ["/predict"]


def test_two_levels_of_models(tmp_path, unit):
    graph = node(unit.port, "a", node(unit.port, "b", type="MODEL"), type="MODEL")
    assert run(opened(tmp_path, graph)).tensors["data"].to_list() == VALUES
    assert unit.asked == ["/predict", "/predict"]


def test_a_combiner(tmp_path, unit):
    models = [node(unit.port, name, type="MODEL") for name in ("a", "b")]
    response = run(opened(tmp_path, node(unit.port, "c", *models, type="COMBINER")))
    assert response.tensors["data"].to_list() == VALUES
    assert unit.asked == ["/predict", "/predict", "/aggregate"]


def test_methods_in_place_of_a_type(tmp_path, unit):
    child = node(unit.port, "b", methods="[TRANSFORM_INPUT, TRANSFORM_OUTPUT]")
    graph = node(unit.port, "a", child, methods="[TRANSFORM_INPUT, TRANSFORM_OUTPUT, ROUTE, AGGREGATE]")
    assert run(opened(tmp_path, graph)).tensors["data"].to_list() == VALUES
    assert unit.asked == [
        *("/transform-input", "/route", "/transform-input", "/transform-output"),
        *("/aggregate", "/transform-output"),
    ]


@pytest.mark.parametrize(("route", "predictions"), [(-1, 2), (0, 1), (1, 1), (-2, 0)])
def test_a_router(tmp_path, unit, route, predictions):
    unit.route = route
    models = [node(unit.port, name, type="MODEL") for name in ("a", "b")]
    response = run(opened(tmp_path, node(unit.port, "r", *models, type="ROUTER")))
    assert response.tensors["data"].to_list() == VALUES
    assert unit.asked == ["/route", *["/predict"] * predictions]
    assert response.trail.routing == {"r": route}


@pytest.mark.parametrize(
    ("route", "told"), [(5, "the route 5 leads nowhere"), (0.5, "the number of a branch, got 0.5")]
)
def test_a_route_that_leads_nowhere(tmp_path, unit, route, told):
    unit.route = route
    models = [node(unit.port, name, type="MODEL") for name in ("a", "b")]
    with pytest.raises(GraphFault, match=told) as caught:
        run(opened(tmp_path, node(unit.port, "r", *models, type="ROUTER")))
    assert caught.value.code == 207


def test_an_ab_test(tmp_path, unit):
    models = [node(unit.port, name, type="MODEL") for name in ("a", "b")]
    graph = f"{{name: r, implementation: RANDOM_ABTEST, children: [{', '.join(models)}]}}"
    assert run(opened(tmp_path, graph)).tensors["data"].to_list() == VALUES
    assert unit.asked == ["/predict"]


def test_feedback_goes_to_children_first(tmp_path, unit):
    graph = node(unit.port, "a", node(unit.port, "b", methods="[SEND_FEEDBACK]"), methods="[SEND_FEEDBACK]")
    lesson = Lesson(reward=1.0, request={"data": Tensor.of(VALUES)})
    assert run(opened(tmp_path, graph), lesson).tensors["data"].to_list() == VALUES
    assert unit.asked == ["/send-feedback", "/send-feedback"]


def test_an_error_of_a_unit_is_the_error_of_the_graph(tmp_path, unit):
    unit.error = "/predict"
    with pytest.raises(Told, match="something bad happened") as caught:
        run(opened(tmp_path, node(unit.port, "m", type="MODEL")))
    assert (caught.value.status, caught.value.reason) == (418, "MINE")
