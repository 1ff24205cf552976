"""The example graphs do what is said of them, and there is one for each kind of node and for each key of a document."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnxruntime
import pytest
from serving import Running, serving

import salver
from salver import config
from salver.graph.combiners.table import CombinerSpec
from salver.graph.guards.table import GuardSpec
from salver.graph.routers.table import RouterSpec
from salver.graph.spec import GraphDocument, NodeSpec
from salver.graph.transformers.table import TransformerSpec

Import = Callable[[str], ModuleType]

EXAMPLES = Path(__file__).parents[2] / "examples"
GRAPHS = EXAMPLES / "07-graphs"
DOCUMENTS = sorted(path.relative_to(GRAPHS).as_posix() for path in GRAPHS.rglob("*.graph.yaml"))
WINE = EXAMPLES / "wine"
DEADLINE_S = 60


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Import:
    """Imports a script as Python would when it is run."""
    monkeypatch.syspath_prepend(WINE)
    monkeypatch.syspath_prepend(GRAPHS)
    return importlib.import_module


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The graphs where they may write beside themselves."""
    return Path(shutil.copytree(GRAPHS, tmp_path_factory.mktemp("graphs") / "graphs"))


def read(document: str) -> GraphDocument:
    return config.read(GraphDocument, (GRAPHS / document).read_text(), document)


def ask(server: Running, model: str, x: float) -> list[Any]:
    """The one output, over three protocols."""
    tensor = {"name": "x", "datatype": "FP64", "shape": [1], "data": [x]}
    return [
        server.predict(model, [x])[0],
        server.post(f"/v2/models/{model}/infer", {"inputs": [tensor]}).document["outputs"][0]["data"][0],
        server.post("/api/v1.0/predictions", {"data": {"ndarray": [[x]]}}).document["data"]["ndarray"][0],
    ]


@pytest.mark.parametrize(
    ("table", "place"),
    [
        (RouterSpec, "routers"),
        (CombinerSpec, "combiners"),
        (TransformerSpec, "transformers"),
        (GuardSpec, "guards"),
    ],
)
def test_each_kind_of_every_table_has_an_example(table: type[Any], place: str) -> None:
    """A file of its name, in which some node is of that kind."""
    word = place.removesuffix("s")
    for kind in (field.name for field in fields(table)):
        specs = [getattr(node, word) for node in read(f"{place}/{kind}.graph.yaml").nodes.values()]
        assert kind in [spec.chosen[0] for spec in specs if spec is not None]


def test_each_key_of_a_document_and_of_a_node_is_shown() -> None:
    documents = [read(document) for document in DOCUMENTS]
    nodes = [node for document in documents for node in document.nodes.values()]
    for kind, written in ((GraphDocument, documents), (NodeSpec, nodes)):
        for field in fields(kind):
            usual = field.default if field.default_factory is MISSING else field.default_factory()
            assert any(getattr(one, field.name) != usual for one in written), field.name


def test_each_document_says_first_what_it_shows() -> None:
    assert [document for document in DOCUMENTS if not (GRAPHS / document).read_text().startswith("# ")] == []


def test_each_document_has_an_answer_worked_out_by_hand(example: Import) -> None:
    told = example("run_all")
    named = {*example("by_hand").ASKED, *told.SHARES, *told.BANDITS, *told.SPECIAL}
    assert {f"{name}.graph.yaml" for name in named} == set(DOCUMENTS)


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_answer_is_the_one_worked_out_by_hand(example: Import, folder: Path, document: str) -> None:
    example("run_all").run(document, folder)


@pytest.mark.slow
def test_the_script_runs_them_all(tmp_path: Path) -> None:
    told = run(tmp_path, "07-graphs/run_all.py", "combiners")
    assert [line.split()[0] for line in told] == [one for one in DOCUMENTS if one.startswith("combiners/")]
    assert not (GRAPHS / "flow" / "learnt").exists()


@pytest.mark.slow
def test_a_wrong_answer_would_be_noticed(example: Import, folder: Path) -> None:
    told, question = example("run_all"), example("by_hand").Ask
    with salver.load(folder / "combiners" / "average.graph.yaml") as model:
        with pytest.raises(AssertionError, match="output: wanted"):
            told.ask(model, question({"x": [1.0]}, {"output": [371]}))
        with pytest.raises(AssertionError, match="wanted an error"):
            told.ask(model, question({"x": [1.0]}, error="too small"))


@pytest.mark.slow
def test_what_a_bandit_has_learnt_is_found_again_after_a_restart(tmp_path: Path) -> None:
    """UCB1 draws among children that it knows nothing of; once it knows both it goes to the better."""
    document = shutil.copytree(GRAPHS, tmp_path / "graphs") / "flow" / "state.graph.yaml"
    with salver.load(document) as model:
        for number in range(2):
            (answer,) = model.predict({"x": [1.0]}, id=str(number))["output"]
            model.feedback(float(answer == 100), id=str(number))
    with salver.load(document) as model:
        assert [model.predict({"x": [1.0]})["output"][0] for _ in range(20)] == [100] * 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "x", "answer"),
    [
        ("combiners/average", 1.0, 370),
        ("combiners/first_wins", 2.0, 200),
        ("routers/condition", 20.0, 2000),
        ("flow/nested", 1.0, 2000),
        ("flow/when", 6.0, 2400),
        ("flow/timeout", 1.0, 10),
        ("speculative/average", 1.0, 55),
    ],
)
def test_a_server_answers_the_same_over_three_protocols(tmp_path: Path, document: str, x: float, answer: float) -> None:
    with serving(str(GRAPHS / f"{document}.graph.yaml"), state=tmp_path) as server:
        told = ask(server, document.partition("/")[2], x)
    assert [np.ravel(one).tolist() for one in told] == [[answer]] * 3


@pytest.mark.slow
def test_a_remote_node_is_answered_by_the_other_server(folder: Path, tmp_path: Path) -> None:
    """Nobody is at the document's own address, so the fallback answers there, and `tens` here."""
    path = folder / "flow" / "remote.graph.yaml"
    with serving(f"{GRAPHS / 'functions.py'}:tens", state=tmp_path) as server:
        near = path.with_name("near.graph.yaml")
        near.write_text(path.read_text().replace("http://127.0.0.1:8599", server.url))
        with salver.load(near) as model:
            assert model.predict({"x": [1.0, 2.0]})["output"].tolist() == [10, 20]
    with salver.load(path) as model:
        trail = salver.Trail()
        assert model.predict({"x": [1.0]}, trail=trail)["output"].tolist() == [100]
        assert list(trail.tags["fallback"]) == ["tens"]


# The wine graph.


def run(tmp_path: Path, script: str, *arguments: str) -> list[str]:
    """What a script prints, run from somewhere else."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / script, *arguments],
        capture_output=True, text=True, cwd=tmp_path, timeout=DEADLINE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_the_wine_graph_learns_finds_drift_and_is_served(tmp_path: Path) -> None:
    told = run(tmp_path, "wine/ask_graph.py")
    counts = [list(map(int, line.split()[:3])) for line in told[1:7]]
    assert [count for count, *_ in counts] == [100, 200, 300, 400, 500, 544]
    assert sum(network + acids for _, network, acids in counts) == 544
    first, *_, last, _ = counts
    assert last[1] > 90  # of the last whole hundred
    assert last[1] > first[1]
    assert told[-3].startswith("200 wines as they are: no drift")
    assert told[-2].startswith("200 wines with 3 % more alcohol: drift of alcohol, ")
    assert told[-1] == ("Seldon, TensorFlow Serving and Open Inference agree on all 544 wines; right are 55.9%.")


def test_the_wine_graph_standardises_by_the_rows_that_its_models_have_seen(example: Import) -> None:
    rows = np.loadtxt(WINE / "graph" / "training.csv", delimiter=",", skiprows=1)
    document = config.read(GraphDocument, (WINE / "graph" / "wine.graph.yaml").read_text(), "wine")
    transformer: Any = document.nodes["standardised"].transformer
    np.testing.assert_allclose(transformer.standardise.mean, rows.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(transformer.standardise.std, rows.std(axis=0), rtol=1e-5)
    features, _ = example("ask_graph").unseen()
    assert not set(map(tuple, rows.astype(np.float32))) & set(map(tuple, features))


@pytest.mark.slow
def test_the_two_wine_models_are_as_good_as_the_readme_says(example: Import) -> None:
    """The network by onnxruntime alone, the regression by the numbers in its document."""
    features, grades = example("ask_graph").unseen()
    rows = np.loadtxt(WINE / "graph" / "training.csv", delimiter=",", skiprows=1)
    inputs = ((features - rows.mean(axis=0)) / rows.std(axis=0)).astype(np.float32)
    session = onnxruntime.InferenceSession(WINE / "graph" / "network.onnx")
    (quality,) = session.run(None, {"standardised": inputs})
    assert round(float(np.mean(quality == grades)), 3) == 0.559
    with salver.load(WINE / "graph" / "acids.pmml") as model:
        names = example("train").FEATURES
        answer = model.predict(dict(zip(names, inputs.T.astype(np.float64), strict=True)))["quality"]
    assert (answer == by_hand(WINE / "graph" / "acids.pmml", dict(zip(names, inputs.T, strict=True)))).all()
    assert round(float(np.mean(answer == grades)), 3) == 0.456


def by_hand(document: Path, columns: dict[str, Any]) -> Any:
    """The grade with the greatest of the document's linear functions."""
    from xml.etree import ElementTree

    namespace = {"p": "http://www.dmg.org/PMML-4_4"}
    tables = ElementTree.parse(document).findall(".//p:RegressionTable", namespace)
    scores = [
        float(table.attrib["intercept"])
        + sum(float(term.attrib["coefficient"]) * columns[term.attrib["name"]] for term in table)
        for table in tables
    ]
    return np.array([int(table.attrib["targetCategory"]) for table in tables])[np.argmax(scores, axis=0)]


@pytest.mark.slow
def test_training_the_graph_again_gives_the_same_files(example: Import, tmp_path: Path) -> None:
    train = example("train_graph").train
    train(tmp_path / "one")
    train(tmp_path / "two")
    for name in ("network.onnx", "acids.pmml", "training.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert (tmp_path / "one" / "training.csv").read_text() == (WINE / "graph" / "training.csv").read_text()
