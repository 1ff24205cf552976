"""Metadata, health and readiness over REST."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format
from seldon_corridor import document, posted

from salver.core import calls
from salver.core.calls import HealthTold, ModelMetadata, Readiness
from salver.core.errors import NotFound
from salver.core.graphlike import NodeDescription
from salver.core.servable import Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import TensorSpec
from salver.protocols.http import HttpResponse
from salver.protocols.messages import message
from salver.protocols.seldon.message import whole

SPEC = Signature(
    {"x": TensorSpec("FP32", (-1, 4))}, {"y": TensorSpec("INT64", (-1,)), "why": TensorSpec("JSON", (-1,))}
)
ALONE = ModelMetadata("wine", 3, (2, 3), "onnx", {DEFAULT: SPEC})
X = {"name": "x", "datatype": "FP32", "shape": [-1, 4]}
OUTPUTS = [{"name": "y", "datatype": "INT64", "shape": [-1]}, {"messagetype": "jsonData"}]


def told(target: bytes, reply: Any) -> dict[str, Any]:
    match, call = posted(b"", target, method=b"GET")
    return document(match.route.encode_reply(call, reply))


def graph(*nodes: NodeDescription, signature: Signature = SPEC) -> ModelMetadata:
    return ModelMetadata("g", 1, (1,), "graph", {DEFAULT: signature}, nodes=nodes)


def test_a_model_is_a_graph_of_one_node():
    model = {
        "name": "wine",
        "versions": ["2", "3"],
        "platform": "onnx",
        "inputs": [X],
        "outputs": OUTPUTS,
        "custom": {},
    }
    assert told(b"/metadata", ALONE) == model
    assert told(b"/api/v1.0/metadata/wine", ALONE) == model
    assert told(b"/api/v1.0/metadata", ALONE) == {
        "name": "wine",
        "models": {"wine": model},
        "graphinputs": [X],
        "graphoutputs": OUTPUTS,
    }


def test_what_a_node_says_of_itself_comes_before_what_is_known_of_it():
    own = {"inputs": [{"messagetype": "strData"}], "platform": "mine", "custom": {"owner": "me"}}
    node = NodeDescription("a", "MODEL", "python", signatures={DEFAULT: SPEC}, metadata=own)
    described = told(b"/api/v1.0/metadata/a", graph(node))
    assert described == {**own, "name": "a", "versions": ["1"], "outputs": OUTPUTS}
    assert told(b"/api/v1.0/metadata", graph(node))["graphinputs"] == own["inputs"]


def test_the_outputs_of_a_graph_are_those_of_what_is_done_last():
    def node(name: str, role: str, *children: str, output: str = "") -> NodeDescription:
        outputs = {"outputs": [{"messagetype": output}]} if output else {}
        return NodeDescription(name, role, "python", children=children, metadata=outputs)

    leaves = (node("a", "MODEL", output="of-a"), node("b", "MODEL", output="of-b"))
    for root, last in (
        (node("r", "ROUTER", "a", "b"), "of-a"),
        (node("r", "TRANSFORMER", "a", output="of-r"), "of-a"),
        (node("r", "COMBINER", "a", "b", output="of-r"), "of-r"),
        (node("r", "OUTPUT_TRANSFORMER", "b", output="of-r"), "of-r"),
        (node("r", "COMBINER", "b", "a"), "of-b"),
    ):
        described = told(b"/api/v1.0/metadata", graph(root, *leaves))
        assert described["graphoutputs"] == [{"messagetype": last}]
    assert told(b"/api/v1.0/metadata", graph(node("r", "ROUTER", "r")))["graphoutputs"] == OUTPUTS


def test_messages_are_told_by_their_kind():
    kinds = Signature(
        {"data": TensorSpec("FP64", (-1, 2)), "strData": TensorSpec("BYTES", ())}, {"data": TensorSpec("FP64", None)}
    )
    described = told(b"/metadata", graph(signature=kinds))
    assert described["inputs"] == [{"messagetype": "tensor", "schema": {"shape": [-1, 2]}}, {"messagetype": "strData"}]
    assert described["outputs"] == [{"messagetype": "tensor", "schema": {}}]


def test_metadata_have_protobufs_shape():
    json_format.ParseDict(told(b"/metadata", ALONE), message("seldon.protos.SeldonModelMetadata")())


def test_a_node_that_is_not_there_is_not_found():
    match, call = posted(b"", b"/api/v0.1/metadata/b", method=b"GET")
    with pytest.raises(NotFound, match="its nodes are 'wine'"):
        match.route.encode_reply(call, ALONE)


def test_health_is_asked_of_a_node_or_of_the_whole():
    for target, model, node in (
        (b"/api/v1.0/status/clf", "", "clf"),
        (b"/health/status", "", ""),
        (b"/seldon/ns/dep/api/v1.0/status", "dep", ""),
    ):
        match, call = posted(b"", target, method=b"GET")
        assert call == calls.NodeHealth(model, node)
        reply = HealthTold(Response({"strData": whole("healthy", "BYTES")}))
        assert document(match.route.encode_reply(call, reply))["strData"] == "healthy"


@pytest.mark.parametrize(
    ("target", "call", "word"), [(b"/ready", calls.Ready(), b"ready"), (b"/live", calls.Live(), b"live")]
)
def test_readiness_is_a_word_or_a_refusal(target: bytes, call: Any, word: bytes):
    match, asked = posted(b"", target, method=b"GET")
    assert asked == call
    good: HttpResponse = match.route.encode_reply(asked, Readiness(True))
    assert (good.status, good.body) == (200, word)
    bad: HttpResponse = match.route.encode_reply(asked, Readiness(False, "loading"))
    assert (bad.status, document(bad)["status"]["info"]) == (503, "loading")


def test_metrics_are_text():
    match, call = posted(b"", b"/prometheus", method=b"GET")
    assert call == calls.Scrape()
    answer: HttpResponse = match.route.encode_reply(call, calls.Scraped("a 1\n"))
    assert (answer.body, answer.content_type) == (b"a 1\n", b"text/plain; version=0.0.4; charset=utf-8")
