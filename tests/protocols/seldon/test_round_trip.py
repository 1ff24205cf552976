"""The client's half against the server's: what one writes the other reads, over REST and gRPC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from seldon_corridor import OPEN

from salver.core import calls
from salver.core.calls import Call, Reply
from salver.core.errors import BadInput, Full, Internal, NotFound, Unsupported
from salver.core.graphlike import NodeDescription
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, TensorSpec, objects
from salver.core.trail import Trail
from salver.protocols.http import HttpResponse
from salver.protocols.route import Match
from salver.protocols.rpc import Unary
from salver.protocols.seldon.grpc import METHODS
from salver.protocols.seldon.grpc import PROTOCOL as GRPC
from salver.protocols.seldon.message import whole
from salver.protocols.seldon.rest import PROTOCOL as REST

Answer = Callable[[Any], Reply]


def over_rest(call: Call, answer: Answer) -> Reply:
    sent = REST.encode_call(call)
    found = REST.match(sent.method, sent.target)
    assert isinstance(found, Match)
    received = found.route.decode_call(sent, **found.args)
    return REST.decode_reply(call, found.route.encode_reply(received, answer(received)))


def over_grpc(call: Call, answer: Answer) -> Reply:
    path, data = GRPC.encode_call(call)
    method = next(method for method in METHODS if method.path == path)
    assert isinstance(method, Unary)
    received = method.decode_call(data)
    return GRPC.decode_reply(call, method.encode_reply(received, answer(received)))


BOTH = pytest.mark.parametrize("over", [over_rest, over_grpc])
TENSORS = [
    {"data": Tensor("FP64", np.array([[1.5, np.nan], [np.inf, -2]]), ("a", "b"))},
    {"data": Tensor("BYTES", np.array(["x", "é"], object))},
    {"data": Tensor("BOOL", np.array([[True, False]]))},
    {"data": Tensor("JSON", objects([[1.0, "a"], None]))},
    {"strData": whole("hé", "BYTES")},
    {"binData": whole(b"\x00\xff", "BYTES")},
    {"jsonData": whole({"a": [1.5, None]}, "JSON")},
]


def predict(request: Request, puid: str = "", model: str = "") -> calls.Predict:
    return calls.Predict("seldon", model, None, None, lambda _: request, puid)


def echo(call: calls.Predict) -> calls.Predicted:
    request = call.read(OPEN)
    trail = Trail()
    trail.tags, trail.routing, trail.path = {"id": request.id}, {"eg": 1}, {"eg": "router"}
    trail.metrics = [{"key": "k", "type": "COUNTER", "value": 1.0}]
    return calls.Predicted("m", 1, DEFAULT, OPEN[DEFAULT], Response(request.tensors, trail=trail))


@BOTH
@pytest.mark.parametrize("tensors", TENSORS, ids=lambda tensors: repr(tensors))
def test_a_prediction(over: Callable[[Call, Answer], Reply], tensors: dict[str, Tensor]):
    reply = over(predict(Request(tensors), "p"), echo)
    assert isinstance(reply, calls.Predicted)
    ((name, tensor),) = reply.response.tensors.items()
    assert name == next(iter(tensors))
    assert tensor.dtype == tensors[name].dtype
    assert np.array_equal(tensor.array, tensors[name].array, equal_nan=tensor.dtype == "FP64")
    assert tensor.names == tensors[name].names or not tensors[name].names
    trail = reply.response.trail
    assert trail is not None
    assert (trail.tags, trail.routing, trail.path) == ({"id": "p"}, {"eg": 1}, {"eg": "router"})
    assert trail.metrics == [{"key": "k", "type": "COUNTER", "value": 1.0}]


def test_whole_numbers_stay_whole_over_rest():
    reply = over_rest(predict(Request({"x": Tensor("INT32", np.array([[1, 2]], np.int32))})), echo)
    assert isinstance(reply, calls.Predicted)
    assert reply.response.tensors["data"].dtype == "INT64"


@BOTH
def test_feedback(over: Callable[[Call, Answer], Reply]):
    tensors = TENSORS[0]
    sent = Lesson(0.5, "p", tensors, None, {"strData": whole("yes", "BYTES")}, {"eg": 1})
    seen: list[Lesson] = []

    def take(call: calls.Feedback) -> calls.FeedbackTaken:
        seen.append(call.read(OPEN))
        return calls.FeedbackTaken("m", 1, Response({"strData": whole("thanks", "BYTES")}))

    reply = over(calls.Feedback("seldon", "", None, None, lambda _: sent), take)
    assert isinstance(reply, calls.FeedbackTaken)
    assert reply.response is not None
    assert reply.response.tensors["strData"].array.item() == "thanks"
    (lesson,) = seen
    assert (lesson.reward, lesson.id, lesson.routing, lesson.response) == (0.5, "p", {"eg": 1}, None)
    assert lesson.request is not None
    assert np.array_equal(lesson.request["data"].array, tensors["data"].array, equal_nan=True)
    assert lesson.truth is not None
    assert lesson.truth["strData"].array.item() == "yes"


@BOTH
def test_feedback_on_a_truth_alone_without_an_answer(over: Callable[[Call, Answer], Reply]):
    sent = Lesson(None, "p", truth={"data": Tensor("FP64", np.ones(1))})

    def take(call: calls.Feedback) -> calls.FeedbackTaken:
        assert call.read(OPEN).reward is None
        return calls.FeedbackTaken("m", 1)

    reply = over(calls.Feedback("seldon", "", None, None, lambda _: sent), take)
    assert isinstance(reply, calls.FeedbackTaken)
    assert reply.response is None


SPEC = Signature({"x": TensorSpec("FP32", (-1, 4))}, {"y": TensorSpec("INT64", (-1,))})


@BOTH
def test_the_metadata_of_a_model_and_of_a_graph(over: Callable[[Call, Answer], Reply]):
    alone = calls.ModelMetadata("wine", 3, (2, 3), "onnx", {DEFAULT: SPEC})
    reply = over(calls.Metadata(""), lambda _: alone)
    assert isinstance(reply, calls.ModelMetadata)
    assert reply == alone
    nodes = (NodeDescription("r", "ROUTER", "eg", children=("a",)), NodeDescription("a", "MODEL", "onnx"))
    reply = over(calls.Metadata(""), lambda _: calls.ModelMetadata("g", 1, (1,), "graph", {DEFAULT: SPEC}, nodes=nodes))
    assert isinstance(reply, calls.ModelMetadata)
    assert {(node.name, node.kind) for node in reply.nodes} == {("r", "eg"), ("a", "onnx")}
    assert reply.signatures[DEFAULT].inputs == SPEC.inputs


@pytest.mark.parametrize(
    ("call", "reply"),
    [
        (calls.Ready(), calls.Readiness(True)),
        (calls.Ready("dep"), calls.Readiness(False, "loading")),
        (calls.Live(), calls.Readiness(True)),
        (calls.Scrape(), calls.Scraped("a 1\n")),
    ],
)
def test_small_calls_over_rest(call: Call, reply: Reply):
    assert over_rest(call, lambda _: reply) == reply


@pytest.mark.parametrize("node", ["", "a/b"])
def test_health_over_rest(node: str):
    told = calls.HealthTold(Response({"strData": whole("healthy", "BYTES")}))
    seen: list[calls.NodeHealth] = []

    def answer(call: calls.NodeHealth) -> calls.HealthTold:
        seen.append(call)
        return told

    reply = over_rest(calls.NodeHealth("dep", node), answer)
    assert isinstance(reply, calls.HealthTold)
    assert reply.response.tensors["strData"].array.item() == "healthy"
    assert seen == [calls.NodeHealth("dep", node)]


def test_a_named_model_stands_in_the_path_as_the_ingress_has_it():
    request = Request(TENSORS[1])
    assert REST.encode_call(predict(request)).target == b"/api/v1.0/predictions"
    assert REST.encode_call(predict(request, model="dep")).target == b"/seldon/dep/api/v1.0/predictions"
    assert REST.encode_call(predict(request, model="ns/dep")).target == b"/seldon/ns/dep/api/v1.0/predictions"


@pytest.mark.parametrize("protocol", [REST, GRPC], ids=["rest", "grpc"])
@pytest.mark.parametrize(
    "call",
    [
        calls.Predict("seldon", "m", 3, None, lambda _: Request({})),
        calls.Metadata("m", label="stable"),
        calls.Load("m"),
        calls.Statistics(),
        predict(Request(TENSORS[0], "other")),
    ],
    ids=lambda call: type(call).__name__,
)
def test_what_seldon_has_no_words_for_is_unsupported(protocol: Any, call: Call):
    with pytest.raises(Unsupported):
        protocol.encode_call(call)


ASKED: tuple[Call, ...] = (predict(Request(TENSORS[0])), calls.NodeHealth(""), calls.Metadata(""))


@pytest.mark.parametrize(
    ("call", "body"),
    [
        *((call, body) for call in ASKED for body in (b"", b"[]", b"{", b"1")),
        (ASKED[0], b"{}"),
        (ASKED[1], b'{"data":1}'),
        (ASKED[2], b'{"models":[1]}'),
        (ASKED[2], b'{"inputs":[{"name":"x","datatype":"NONE","shape":[1]}],"name":"m"}'),
    ],
)
def test_an_answer_that_makes_no_sense_is_internal(call: Call, body: bytes):
    with pytest.raises(Internal):
        REST.decode_reply(call, HttpResponse(200, body))


def test_faults_are_raised():
    with pytest.raises(NotFound):
        REST.decode_reply(predict(Request(TENSORS[0])), HttpResponse(404))
    with pytest.raises(Full):
        REST.decode_reply(predict(Request(TENSORS[0])), HttpResponse(429))
    with pytest.raises(BadInput):
        REST.decode_reply(calls.NodeHealth(""), HttpResponse(400))


@pytest.mark.parametrize(
    "signature",
    [
        SPEC,
        Signature({"s": TensorSpec("BYTES", (-1,))}, {}),
        Signature(
            {"a": TensorSpec("FP32", (-1,)), "b": TensorSpec("INT64", (-1, 2)), "c": TensorSpec("BYTES", ())}, {}
        ),
        Signature({}, {}, open=True),
    ],
)
def test_the_example_is_accepted_by_its_model(signature: Signature):
    assert REST.example_body is not None
    found = REST.match(b"POST", b"/api/v1.0/predictions")
    assert isinstance(found, Match)
    sent = REST.encode_call(predict(Request(TENSORS[0])))
    sent.body = REST.example_body(signature, DEFAULT)
    call = found.route.decode_call(sent)
    assert isinstance(call, calls.Predict)
    signature.check(call.read({DEFAULT: signature}).tensors)
