from __future__ import annotations

from collections.abc import Mapping

import pytest
from graphs import node

from salver.core.errors import BadInput
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import TensorSpec
from salver.graph.flow import Flow, Intake, Placed
from salver.graph.interface import check_joints, signatures_of
from salver.graph.node import Node
from salver.graph.plan import Address


def spec(dtype: str, *shape: int) -> TensorSpec:
    return TensorSpec(dtype, shape)


def model(name: str, inputs: Mapping[str, TensorSpec], outputs: Mapping[str, TensorSpec], *children: Node) -> Node:
    made = node(name, *children, predict=lambda rows: rows)
    made.signature = Signature(inputs, outputs, batched=True)
    return made


def flow(*steps: tuple[Node, str]) -> Flow:
    placed = [Placed(made.name, made, Intake((Address(*source.split("/")),))) for made, source in steps]
    return Flow(placed, Intake((Address(steps[-1][0].name),)))


X = {"x": spec("FP32", -1, 4)}
Y = {"y": spec("FP32", -1, 3)}


def test_models_in_a_row_take_what_the_first_takes_and_give_what_the_last_gives():
    second = model("second", Y, {"z": spec("INT64", -1)})
    signature = signatures_of(flow((model("first", X, Y), "request"), (second, "first")), None, None)[DEFAULT]
    assert (signature.inputs, signature.outputs, signature.batched) == (X, {"z": spec("INT64", -1)}, True)


def test_a_router_over_models_alike_takes_and_gives_what_they_do():
    root = node("r", model("a", X, Y), model("b", X, Y), route=0)
    signature = signatures_of(flow((root, "request")), None, None)[DEFAULT]
    assert (signature.inputs, signature.outputs, signature.open) == (X, Y, False)


def test_where_models_differ_the_graph_takes_what_comes():
    root = node("r", model("a", X, Y), model("b", {"q": spec("FP64", -1)}, Y), route=0)
    signature = signatures_of(flow((root, "request")), None, None)[DEFAULT]
    assert signature.open
    assert signature.outputs == Y


def test_what_keeps_the_form_is_looked_through():
    guard = node("guard", predict=lambda rows: rows)
    guard.keeps_form = True
    signature = signatures_of(flow((guard, "request"), (model("m", X, Y), "guard")), None, None)[DEFAULT]
    assert signature.inputs == X


def test_a_document_may_say_it_itself():
    signature = signatures_of(flow((node("a"), "request")), X, Y)[DEFAULT]
    assert (signature.inputs, signature.outputs, signature.open) == (X, Y, False)


def test_what_remembers_requests_is_stateful():
    guard = node("guard", predict=lambda rows: rows)
    guard.remembers = True
    assert signatures_of(flow((guard, "request")), None, None)[DEFAULT].stateful


@pytest.mark.parametrize(
    ("given", "taken", "message"),
    [
        ({"y": spec("BYTES", -1)}, {"x": spec("FP32", -1)}, "first -> second: 'y' is BYTES, 'x' wants FP32"),
        (
            {"y": spec("FP32", -1, 3)},
            {"x": spec("FP32", -1, 4)},
            r"first -> second: 'y' has shape \[-1, 3\], 'x' wants \[-1, 4\]",
        ),
    ],
)
def test_signatures_that_can_never_fit_are_refused_with_the_edge(given, taken, message):
    second = model("second", taken, Y)
    with pytest.raises(BadInput, match=message):
        check_joints(flow((model("first", X, given), "request"), (second, "first")))
    with pytest.raises(BadInput, match=r"nodes.first.children\[0\]: " + message):
        check_joints(flow((model("first", X, given, second), "request")))


def test_an_output_that_is_not_there_is_refused():
    with pytest.raises(BadInput, match=r"first.outputs.z -> second: 'first' has no output 'z'; it has y"):
        check_joints(flow((model("first", X, Y), "request"), (model("second", Y, Y), "first/z")))


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (spec("FP32", -1, 3), spec("FP64", -1, 3)),
        (spec("FP32", -1, 1), spec("FP32", -1)),
        (spec("FP32", -1), spec("FP32", -1, -1)),
        (TensorSpec("FP32", None), spec("FP32", -1, 3)),
        (spec("INT64", 1, 3), spec("FP32", -1, 3)),
    ],
)
def test_what_may_fit_is_let_pass(given, taken):
    check_joints(flow((model("first", X, {"y": given}), "request"), (model("second", {"x": taken}, Y), "first")))
