from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from graphs import trail_of

from salver.core.errors import BadInput, NotFound, Unsupported
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT
from salver.core.tensor import Tensor
from salver.graph.graph import Graph
from salver.opening.place import OpenOptions, Places, name_of_graph, open_at

HEAD = "apiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\nmetadata: {name: dep}\n"
MODEL = "{name: clf, implementation: SIMPLE_MODEL}"
ROWS = {"data": Tensor.of([[1.0, 2.0]])}


@pytest.fixture
def write(tmp_path: Path):
    def write(*predictors: str) -> str:
        document = tmp_path / "deployment.yaml"
        document.write_text(f"{HEAD}spec: {{predictors: [{', '.join(predictors)}]}}\n")
        return str(document)

    return write


def ask(document: str, times: int = 1, options: OpenOptions | None = None) -> list[Response]:
    graph = open_at(document, options or OpenOptions()).model
    assert isinstance(graph, Graph)

    async def converse() -> list[Response]:
        try:
            return [await graph(Request(ROWS, DEFAULT)) for _ in range(times)]
        finally:
            await graph.aclose()

    return asyncio.run(converse())


def test_the_average_of_two_simple_models(write):
    graph = f"{{name: c, implementation: AVERAGE_COMBINER, children: [{MODEL}, {MODEL.replace('clf', 'two')}]}}"
    (response,) = ask(write(f"{{name: main, graph: {graph}}}"))
    assert response.tensors["data"].to_list() == [[0.1, 0.9, 0.5]]
    assert response.tensors["data"].names == ("class0", "class1", "class2")
    assert trail_of(response).path == {"c": "AVERAGE_COMBINER", "clf": "SIMPLE_MODEL", "two": "SIMPLE_MODEL"}


def test_predictors_share_the_traffic_though_their_nodes_have_one_name(write):
    document = write(f"{{name: main, traffic: 75, graph: {MODEL}}}", f"{{name: canary, traffic: 25, graph: {MODEL}}}")
    counted = Counter(trail_of(response).routing["dep/traffic"] for response in ask(document, 2000))
    assert set(counted) == {0, 1}
    assert 1400 < counted[0] < 1600  # 1500 expected, 5 standard deviations are 97


def test_a_shadow_is_asked_and_not_heard(write, tmp_path):
    (tmp_path / "Noted.py").write_text(
        "class Noted:\n    def predict(self, X, names, meta=None):\n"
        f"        with open({str(tmp_path / 'asked')!r}, 'a') as file:\n            file.write('x')\n        return X\n"
    )
    containers = "[{spec: {containers: [{name: noted, image: i, env: [{name: MODEL_NAME, value: Noted}]}]}}]"
    document = write(
        f"{{name: main, graph: {MODEL}}}",
        f"{{name: dark, shadow: true, traffic: 100, componentSpecs: {containers}, graph: {{name: noted}}}}",
    )
    graph = open_at(document).model

    async def converse() -> list[Response]:
        assert isinstance(graph, Graph)
        responses = []
        for _ in range(3):
            responses.append(await graph(Request(ROWS, DEFAULT)))
            (shadow,) = graph._shadows
            await asyncio.wait(shadow._tasks)
        await graph.aclose()
        return responses

    responses = asyncio.run(converse())
    assert (tmp_path / "asked").read_text() == "xxx"
    assert all(response.tensors["data"].to_list() == [[0.1, 0.9, 0.5]] for response in responses)
    assert all("noted" not in trail_of(response).path for response in responses)


def test_a_users_class_is_found_beside_the_document_or_where_it_is_said_to_be(write, tmp_path):
    elsewhere = tmp_path / "classes"
    elsewhere.mkdir()
    (elsewhere / "Mine.py").write_text("class Mine:\n    def predict(self, X, names):\n        return X + 1\n")
    containers = "[{spec: {containers: [{name: mine, image: 'me:7', env: [{name: MODEL_NAME, value: Mine}]}]}}]"
    document = write(f"{{name: main, componentSpecs: {containers}, graph: {{name: mine}}}}")
    with pytest.raises(NotFound, match="Mine"):
        open_at(document)
    (response,) = ask(document, options=OpenOptions(places=Places(components=str(elsewhere))))
    assert response.tensors["data"].to_list() == [[2.0, 3.0]]
    assert trail_of(response).path == {"mine": "me:7"}


def test_parameters_come_to_the_class_as_their_types_say(write, tmp_path):
    (tmp_path / "Typed.py").write_text(
        "class Typed:\n    def __init__(self, count, x, s, b):\n        self.told = repr((count, x, s, b))\n"
        "    def predict(self, X, names):\n        return self.told\n"
    )
    containers = "[{spec: {containers: [{name: typed, image: i, env: [{name: MODEL_NAME, value: Typed}]}]}}]"
    said = (("count", "3", "INT"), ("x", "0.5", "FLOAT"), ("s", "7", "STRING"), ("b", "true", "BOOL"))
    parameters = ", ".join(f"{{name: {name}, value: '{value}', type: {kind}}}" for name, value, kind in said)
    document = write(
        f"{{name: main, componentSpecs: {containers}, graph: {{name: typed, parameters: [{parameters}]}}}}"
    )
    (response,) = ask(document)
    assert response.tensors["strData"].array.item() == "(3, 0.5, '7', True)"


def test_a_server_whose_format_comes_later_is_named(write):
    graph = "{name: s, implementation: SKLEARN_SERVER, modelUri: 'gs://bucket/model'}"
    with pytest.raises(Unsupported, match="SKLEARN_SERVER"):
        open_at(write(f"{{name: main, graph: {graph}}}"))


def test_a_model_that_lies_outside_the_root_is_refused(write, tmp_path):
    for name in ("models", "etc"):
        (tmp_path / name).mkdir()
    graph = "{name: s, implementation: TENSORFLOW_SERVER, modelUri: '../etc'}"
    places = Places(models_root=str(tmp_path / "models"), cache_dir=str(tmp_path / "cache"))
    with pytest.raises(BadInput, match="must lie below the folder"):
        open_at(write(f"{{name: main, graph: {graph}}}"), OpenOptions(places=places))


def test_an_ab_test_with_three_children_is_refused_with_its_place(write):
    children = ", ".join(MODEL.replace("clf", name) for name in "abc")
    document = write(f"{{name: main, graph: {{name: r, implementation: RANDOM_ABTEST, children: [{children}]}}}}")
    with pytest.raises(BadInput, match=r"deployment.yaml:4: .*children"):
        open_at(document)


def test_a_deployment_is_called_as_it_says(write):
    assert name_of_graph(write(f"{{name: main, graph: {MODEL}}}")) == "dep"
