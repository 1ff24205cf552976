"""Open Inference on the wire, byte by byte: requests and answers as the protocol's documents and clients write them."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from salver.core import calls
from salver.core.calls import State
from salver.core.errors import BadInput, Fault, Full, Internal, Late, NotFound, Unavailable, Unsupported
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.openinference.rest import PROTOCOL
from salver.protocols.route import Match, Route

SIGNATURE = Signature(
    {"x": TensorSpec("FP32", (-1, 2)), "s": TensorSpec("BYTES", (-1,))},
    {"y": TensorSpec("FP32", (-1, 2)), "t": TensorSpec("BYTES", (-1,))},
)
SIGNATURES = {"serving_default": SIGNATURE}
X = np.array([[1.5, -2], [0, 3]], np.float32)
S = np.array([b"a", "é".encode()], object)
RAW_X = struct.pack("<4f", 1.5, -2, 0, 3)
RAW_S = b"\x01\x00\x00\x00a\x02\x00\x00\x00\xc3\xa9"

INPUTS_JSON = (
    b'"inputs":[{"name":"x","datatype":"FP32","shape":[2,2],"data":[1.5,-2.0,0.0,3.0]},'
    b'{"name":"s","datatype":"BYTES","shape":[2],"data":["a","\xc3\xa9"]}]'
)
INPUTS_RAW = (
    b'"inputs":[{"name":"x","datatype":"FP32","shape":[2,2],"parameters":{"binary_data_size":16}},'
    b'{"name":"s","datatype":"BYTES","shape":[2],"parameters":{"binary_data_size":11}}]'
)
ANSWER = (
    b'"model_name":"m","model_version":"3","outputs":'
    b'[{"name":"y","datatype":"FP32","shape":[2,2],"data":[1.5,-2.0,0.0,3.0]},'
    b'{"name":"t","datatype":"BYTES","shape":[2],"data":["a","\xc3\xa9"]}]}'
)
ANSWER_RAW = (
    b'{"model_name":"m","model_version":"3","outputs":'
    b'[{"name":"y","datatype":"FP32","shape":[2,2],"parameters":{"binary_data_size":16}},'
    b'{"name":"t","datatype":"BYTES","shape":[2],"parameters":{"binary_data_size":11}}]}'
)


def decode(
    method: bytes, target: bytes, body: bytes = b"", headers: tuple[tuple[bytes, bytes], ...] = ()
) -> tuple[Route, Any]:
    found = PROTOCOL.match(method, target)
    assert isinstance(found, Match)
    return found.route, found.route.decode_call(HttpRequest(method, target, list(headers), body), **found.args)


def request_of(body: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Request:
    _, call = decode(b"POST", b"/v2/models/m/infer", body, headers)
    request = call.read(SIGNATURES)
    assert isinstance(request, Request)
    return request


def answer_to(body: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()) -> HttpResponse:
    route, call = decode(b"POST", b"/v2/models/m/infer", body, headers)
    call.read(SIGNATURES)
    response = Response({"y": Tensor("FP32", X), "t": Tensor("BYTES", S)})
    return route.encode_reply(call, calls.Predicted("m", 3, "serving_default", SIGNATURE, response))


def length(size: int) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"inference-header-content-length", b"%d" % size),)


@pytest.mark.parametrize(
    ("head", "raw"),
    [
        (b"{" + INPUTS_JSON + b"}", b""),
        (b'{"id":"7","unknown":[{}],"outputs":[],' + INPUTS_JSON + b"}", b""),
        (b'{"id":null,"parameters":null,"outputs":null,' + INPUTS_JSON + b"}", b""),
        (b"{" + INPUTS_JSON.replace(b"[1.5,-2.0,0.0,3.0]", b"[[1.5,-2],[0,3]]") + b"}", b""),
        (b"{" + INPUTS_RAW + b"}", RAW_X + RAW_S),
        (b"{" + INPUTS_RAW + b"}   ", RAW_X + RAW_S),
        (b"{" + INPUTS_JSON.split(b',{"name":"s"')[0] + b"," + INPUTS_RAW.split(b"}},")[1] + b"}", RAW_S),
    ],
)
def test_a_request_is_read(head: bytes, raw: bytes):
    request = request_of(head + raw, length(len(head)) if raw else ())
    assert {name: tensor.dtype for name, tensor in request.tensors.items()} == {"x": "FP32", "s": "BYTES"}
    assert request.tensors["x"].array.tolist() == X.tolist()
    assert [item if isinstance(item, bytes) else item.encode() for item in request.tensors["s"].array] == S.tolist()


@pytest.mark.parametrize(
    ("head", "id_member"), [(b"{", b""), (b'{"id":"7",', b'"id":"7",'), (b'{"id":"",', b'"id":"",')]
)
def test_an_answer_in_json(head: bytes, id_member: bytes):
    response = answer_to(head + INPUTS_JSON + b"}")
    assert (response.status, response.content_type, response.headers) == (200, b"application/json", ())
    assert response.body == b"{" + id_member + ANSWER


@pytest.mark.parametrize(
    "head",
    [
        b'{"parameters":{"binary_data_output":true},',
        b'{"outputs":[{"name":"y","parameters":{"binary_data":true}},{"name":"t","parameters":{"binary_data":true}}],',
    ],
)
def test_an_answer_in_binary(head: bytes):
    response = answer_to(head + INPUTS_JSON + b"}")
    assert response.content_type == b"application/octet-stream"
    assert response.headers == ((b"Inference-Header-Content-Length", b"%d" % len(ANSWER_RAW)),)
    assert response.body == ANSWER_RAW + RAW_X + RAW_S


def test_an_answer_half_in_binary():
    head = b'{"parameters":{"binary_data_output":true},"outputs":[{"name":"y","parameters":{"binary_data":false}},'
    response = answer_to(head + b'{"name":"t"}],' + INPUTS_JSON + b"}")
    assert isinstance(response.body, bytes)
    assert response.body.endswith(RAW_S)
    assert b'"data":[1.5,-2.0,0.0,3.0]' in response.body


PREDICT_X = Request({"x": Tensor("FP32", X), "s": Tensor("BYTES", S)})
PREDICT_RAW = Request(PREDICT_X.tensors, outputs=("y",), params={"binary_data": True})


def predict(request: Request, version: int | None = None, id_: str = "") -> calls.Predict:
    return calls.Predict("openinference", "m", version, None, lambda _: request, id_)


def test_a_predict_call_in_json():
    sent = PROTOCOL.encode_call(predict(PREDICT_X, 3, "7"))
    assert (sent.method, sent.target) == (b"POST", b"/v2/models/m/versions/3/infer")
    assert sent.body == b'{"id":"7",' + INPUTS_JSON + b"}"


def test_a_predict_call_in_binary():
    sent = PROTOCOL.encode_call(predict(PREDICT_RAW))
    head = b'{"parameters":{"binary_data_output":true},' + INPUTS_RAW + b',"outputs":[{"name":"y"}]}'
    head += b" " * (-len(head) % 64)
    assert sent.header(b"inference-header-content-length") == b"%d" % len(head)
    assert sent.body == head + RAW_X + RAW_S


VERSION = calls.VersionDescription(1, State.AVAILABLE, "", 5.0, "p", "onnx", 0.1, {})
FAILED = calls.VersionDescription(2, State.END, "no such file", 5.0, "p", "onnx", None, {})
MODELS = calls.ModelsDescription((calls.ModelDescription("m", "p", True, {}, (FAILED, VERSION)),))

MANAGEMENT = [
    (
        calls.About(),
        (b"GET", b"/v2", b""),
        calls.ServerAbout("salver", "1.0"),
        b'{"name":"salver","version":"1.0","extensions":["binary_tensor_data","classification","model_repository",'
        b'"parameters","statistics"]}',
    ),
    (calls.Live(), (b"GET", b"/v2/health/live", b""), calls.Readiness(True), b'{"live":true}'),
    (calls.Ready(), (b"GET", b"/v2/health/ready", b""), calls.Readiness(True), b'{"ready":true}'),
    (calls.Ready("m"), (b"GET", b"/v2/models/m/ready", b""), calls.Readiness(True), b'{"name":"m","ready":true}'),
    (
        calls.Ready("m", 2),
        (b"GET", b"/v2/models/m/versions/2/ready", b""),
        calls.Readiness(True),
        b'{"name":"m","ready":true}',
    ),
    (
        calls.Metadata("m"),
        (b"GET", b"/v2/models/m", b""),
        calls.ModelMetadata("m", 3, (1, 3), "onnx", SIGNATURES),
        b'{"name":"m","versions":["1","3"],"platform":"onnx","inputs":[{"name":"x","datatype":"FP32","shape":[-1,2]},'
        b'{"name":"s","datatype":"BYTES","shape":[-1]}],"outputs":[{"name":"y","datatype":"FP32","shape":[-1,2]},'
        b'{"name":"t","datatype":"BYTES","shape":[-1]}]}',
    ),
    (
        calls.Models(),
        (b"POST", b"/v2/repository/index", b""),
        MODELS,
        b'[{"name":"m","version":"2","state":"UNAVAILABLE","reason":"no such file"},'
        b'{"name":"m","version":"1","state":"READY","reason":""}]',
    ),
    (
        calls.Models(ready=True),
        (b"POST", b"/v2/repository/index", b'{"ready":true}'),
        MODELS,
        b'[{"name":"m","version":"1","state":"READY","reason":""}]',
    ),
    (calls.Load("m"), (b"POST", b"/v2/repository/models/m/load", b""), calls.Done("m"), b'{"name":"m","load":true}'),
    (
        calls.Unload("a b/ü"),
        (b"POST", b"/v2/repository/models/a%20b%2F%C3%BC/unload", b""),
        calls.Done("a b/ü"),
        '{"name":"a b/ü","unload":true}'.encode(),
    ),
    (
        calls.Statistics("m", 1),
        (b"GET", b"/v2/models/m/versions/1/stats", b""),
        calls.ServerStatistics((calls.VersionStatistics("m", 1, 5, 2, 500, 20, 1234),)),
        b'{"model_stats":[{"name":"m","version":"1","last_inference":1234,"inference_count":5,"execution_count":5,'
        b'"inference_stats":{"success":{"count":5,"ns":500},"fail":{"count":2,"ns":20},"queue":{"count":0,"ns":0},'
        b'"compute_input":{"count":0,"ns":0},"compute_infer":{"count":5,"ns":500},'
        b'"compute_output":{"count":0,"ns":0}},"batch_stats":[]}]}',
    ),
    (calls.Statistics(), (b"GET", b"/v2/models/stats", b""), calls.ServerStatistics(()), b'{"model_stats":[]}'),
]


@pytest.mark.parametrize(("call", "line", "reply", "answer"), MANAGEMENT)
def test_management(call, line, reply, answer):
    sent = PROTOCOL.encode_call(call)
    assert (sent.method, sent.target, sent.body) == line
    route, decoded = decode(*line)
    assert decoded == call
    response = route.encode_reply(decoded, reply)
    assert (response.status, response.body) == (200, answer)


def test_the_list_of_models():
    route, call = decode(b"GET", b"/v2/models")
    assert route.encode_reply(call, MODELS).body == b'{"models":["m"]}'


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (b"/v2/health/ready", b'{"ready":false,"reason":"loading m"}'),
        (b"/v2/models/m/ready", b'{"name":"m","ready":false,"reason":"loading m"}'),
    ],
)
def test_not_ready_is_400(target: bytes, body: bytes):
    route, call = decode(b"GET", target)
    response = route.encode_reply(call, calls.Readiness(False, "loading m"))
    assert (response.status, response.body) == (400, body)


FAULTS: list[tuple[Fault, int, bytes]] = [
    (BadInput("no"), 400, b'{"error":"no"}'),
    (NotFound("x", model="m"), 404, b"""{"error":"Request for unknown model: 'm' is not found"}"""),
    (
        NotFound("x", model="m", version=9),
        404,
        b"""{"error":"Request for unknown model: 'm' version 9 is not found"}""",
    ),
    (Unsupported("no"), 501, b'{"error":"no"}'),
    (Unavailable("loading"), 503, b'{"error":"loading"}'),
    (Full("full", 7), 503, b'{"error":"full"}'),
    (Late("late"), 504, b'{"error":"late"}'),
    (Internal("broke"), 500, b'{"error":"broke"}'),
]


@pytest.mark.parametrize(("fault", "status", "body"), FAULTS)
def test_faults(fault: Fault, status: int, body: bytes):
    response = PROTOCOL.encode_fault(fault, None)
    assert (response.status, response.body) == (status, body)
    assert dict(response.headers).get(b"Retry-After") == (b"7" if isinstance(fault, Full) else None)
