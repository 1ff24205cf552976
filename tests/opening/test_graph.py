from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

import salver
from salver.core.errors import BadInput, GraphFault, NotFound
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.graph.graph import Graph
from salver.opening.place import open_at

FUNCTIONS = """
def double(x: float) -> float:
    return 2 * x

def less(x: float) -> float:
    return x - 1

def word(x: float) -> str:
    return str(x)
"""


@pytest.fixture
def write(tmp_path: Path):
    """Writes a graph's document beside three functions; its path."""
    (tmp_path / "functions.py").write_text(FUNCTIONS)

    def write(text: str, name: str = "test.graph.yaml") -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def ask(document: str, x: float = 3.0) -> tuple[float, salver.Trail]:
    with salver.load(document) as graph:
        trail = salver.Trail()
        answer = graph.predict(
            {"x": np.array([x])} if "x" in graph.signatures["serving_default"].inputs else [[x]], trail=trail
        )
        return float(np.asarray(next(iter(answer.values()))).reshape(-1)[0]), trail


def test_models_in_a_row(write):
    document = write("""
nodes:
  first: {model: 'functions.py:double'}
  second: {model: 'functions.py:less', inputs: [first]}
""")
    answer, trail = ask(document)
    assert answer == 5.0
    assert list(trail.path) == ["first", "second"]


def test_a_graph_takes_and_gives_what_its_models_do(write):
    document = write("nodes: {only: {model: 'functions.py:double'}}")
    with salver.load(document) as graph:
        signature = graph.signatures["serving_default"]
        assert str(signature.inputs["x"]) == "FP64[-1]"
        assert not signature.open


def test_a_graph_in_a_graph_tells_of_its_nodes_under_its_own_name(write):
    write("nodes: {b: {model: 'functions.py:double'}}", "inner.graph.yaml")
    document = write("""
nodes:
  a: {graph: inner.graph.yaml}
  b: {model: 'functions.py:less', inputs: [a]}
""")
    answer, trail = ask(document)
    assert answer == 5.0
    assert list(trail.path) == ["a", "a/b", "b"]


def test_a_bandit_in_a_graph_in_a_graph_learns(write):
    write(
        """
nodes:
  bandit: {router: {thompson_sampling: {}}, children: [x, y]}
  x: {model: 'functions.py:double'}
  y: {model: 'functions.py:less'}
""",
        "inner.graph.yaml",
    )
    with salver.load(write("nodes: {a: {graph: inner.graph.yaml}}")) as graph:
        trail = salver.Trail()
        graph.predict({"x": np.array([1.0])}, id="1", trail=trail)
        graph.feedback(1.0, id="1")
        learnt = graph.learnt()["a"]["nodes"]["a/bandit"]
        assert learnt["contexts"][""][trail.routing["a/bandit"]] == [1.0, 1.0]


def test_what_is_learnt_is_there_after_a_restart(write, tmp_path):
    document = write("""
state_dir: state
nodes:
  bandit: {router: {epsilon_greedy: {}}, children: [x, y]}
  x: {model: 'functions.py:double'}
  y: {model: 'functions.py:less'}
""")
    with salver.load(document) as graph:
        graph.predict({"x": np.array([1.0])}, id="1")
        graph.feedback(1.0, routing={"bandit": 1})
    with salver.load(document) as graph:
        sums = graph.learnt()["bandit"]["contexts"][""]
        assert sums[1][0] == 1.0
        graph.feedback(1.0, id="1")  # of a request of the other life


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nodes: {a: {model: 'functions.py:double', inputs: [b]}}", r"nodes.a.inputs\[0\]: there is no step 'b'"),
        ("nodes: {a: {model: missing.onnx}}", "there is nothing at"),
        ("nodes: {a: {}}", "one of model, component, .* must be given, got none of them"),
        ("nodes: {a: {model: x, guard: {adwin: {}}}}", "got model and guard"),
        ("nodes: {a: {router: {weighted: {weights: {b: 0.5, c: 0.6}}}, children: [b, c]}}", "must sum to 1"),
        ("nodes: {a: {router: {ucb1: {}}}}", "children must be named: a router without any has nothing to do"),
        ("nodes: {a: {router: {ucb1: {}, exp3: {}}, children: [b]}}", "router must be one of"),
        ("nodes: {a: {transformer: {expressions: {columns: {y: '__import__(\"os\")'}}}}}", "expression"),
        ("nodes: {a: {transformer: {expressions: {columns: {y: 'x.tofile(1)'}}}}}", "expression|address|allowed"),
        ("nodes: {a: {model: 'functions.py:double', when: 'open(1)'}}", "when|expression|function"),
        ("nodes: {a: {graph: test.graph.yaml}}", "a graph cannot hold itself: test.graph.yaml -> test.graph.yaml"),
        (
            "nodes: {a: {model: 'functions.py:word'}, b: {model: 'functions.py:double', inputs: [a]}}",
            "a -> b: 'output' is BYTES, 'x' wants FP64",
        ),
        ("nodes: {a: {modle: x}}", "there is no key 'modle'; did you mean 'model'"),
        ("nodes: {a: &a {model: x, children: *a}}", "alias|recursive|circular|anchor"),
        ("nodes: &n {a: {args: {x: *n}}}", "an alias holds itself"),
        ("budget_s: -1\nnodes: {a: {model: x}}", "budget_s"),
    ],
)
def test_what_cannot_be_a_graph_is_refused_with_file_and_place(write, text, message):
    document = write(text)
    with pytest.raises((BadInput, NotFound), match=message) as caught:
        salver.load(document)
    assert document in str(caught.value) or isinstance(caught.value, NotFound)


def test_a_bomb_of_aliases_is_refused(write):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(BadInput, match="more than 100000 values"):
        salver.load(write("nodes:\n  " + "\n  ".join(lines)))


def test_children_that_disagree_are_refused_with_seldons_code(write):
    document = write("""
nodes:
  blend: {combiner: {average: {}}, children: [x, y]}
  x: {transformer: {select: {columns: ['0']}}}
  y: {transformer: {select: {columns: ['0', '1']}}}
""")
    with salver.load(document) as graph, pytest.raises(GraphFault, match="node 'blend': child 'y'") as caught:
        graph.predict([[1.0, 2.0]])
    assert caught.value.code == 204


def test_what_was_opened_is_closed_when_a_later_node_cannot_be(write, tmp_path):
    (tmp_path / "closing.py").write_text(
        "class Model:\n"
        "    def predict(self, x: float) -> float:\n        return x\n"
        f"    def close(self) -> None:\n        open({str(tmp_path / 'closed')!r}, 'w').close()\n"
    )
    document = write("nodes: {a: {model: 'closing.py:Model'}, b: {model: missing.onnx, inputs: [a]}}")
    with pytest.raises(NotFound):
        salver.load(document)
    assert (tmp_path / "closed").exists()


def test_the_root_can_be_asked_alone(write):
    models = "a: {model: 'functions.py:double'}, b: {model: 'functions.py:double'}"
    weights = "{weights: {a: 0, b: 1}}"
    router = open_at(write(f"nodes: {{r: {{router: {{weighted: {weights}}}, children: [a, b]}}, {models}}}")).model
    blend = open_at(write(f"nodes: {{c: {{combiner: {{average: {{}}}}, children: [a, b]}}, {models}}}")).model
    assert isinstance(router, Graph)
    assert isinstance(blend, Graph)
    asked = [Request({"data": Tensor.of([[value, 2.0]])}) for value in (1.0, 3.0)]
    assert asyncio.run(router.route(asked[0])) == 1
    assert asyncio.run(blend.route(asked[0])) == -1
    assert asyncio.run(blend.combine(asked)).tensors["data"].to_list() == [[2.0, 2.0]]
    with pytest.raises(BadInput, match="node 'r' is no combiner"):
        asyncio.run(router.combine(asked))
