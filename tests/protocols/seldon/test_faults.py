"""Faults in Seldon's shape, and back."""

from __future__ import annotations

import json

import pytest
from google.protobuf import json_format

from salver.core import calls, errors
from salver.core.errors import KINDS, BadInput, Fault, Full, GraphFault, NotFound, Told, ToldBadInput, ToldInternal
from salver.core.signature import Signature
from salver.core.tensor import TensorSpec
from salver.protocols.http import HttpResponse
from salver.protocols.jsondoc import NotJson
from salver.protocols.messages import message
from salver.protocols.rpc import Code, GrpcStatus, Unary
from salver.protocols.seldon.faults import decode_fault, encode_fault
from salver.protocols.seldon.grpc import METHODS
from salver.protocols.seldon.grpc import PROTOCOL as GRPC


def told(fault: Fault) -> tuple[int, dict[str, object]]:
    response = encode_fault(fault, None)
    assert isinstance(response.body, bytes)
    document = json.loads(response.body)
    json_format.ParseDict(document, message("seldon.protos.SeldonMessage")())  # as Seldon's client does
    return response.status, document["status"]


@pytest.mark.parametrize(
    ("fault", "status", "code", "reason"),
    [
        (BadInput("why"), 400, 400, "MICROSERVICE_BAD_DATA"),
        (NotJson("why"), 400, 201, "INVALID_JSON"),
        (NotFound("why", model="m"), 404, 404, "NOT_FOUND"),
        (errors.Unsupported("why"), 501, 501, "UNSUPPORTED"),
        (errors.Unavailable("why"), 503, 503, "UNAVAILABLE"),
        (Full("why", 7), 429, 429, "FULL"),
        (errors.Late("why"), 504, 504, "LATE"),
        (errors.Internal("why"), 500, 500, "MICROSERVICE_INTERNAL_ERROR"),
        (GraphFault("why", 203), 500, 203, "MICROSERVICE"),
        (GraphFault("why", 204), 500, 204, "ABTEST_OR_COMBINER"),
        (GraphFault("why", 207), 500, 207, "INVALID_ROUTING"),
        (ToldBadInput("why", status=403, code=42, reason="MINE"), 403, 42, "MINE"),
        (ToldInternal("why", status=500, reason="MICROSERVICE_BAD_METRIC"), 500, -1, "MICROSERVICE_BAD_METRIC"),
        (ToldInternal("why", status=200, code=3), 500, 3, ""),
    ],
)
def test_a_fault_in_seldons_shape(fault: Fault, status: int, code: int, reason: str):
    got, document = told(fault)
    assert (got, document["code"], document["reason"], document["status"]) == (status, code, reason, "FAILURE")
    assert "why" in str(document["info"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_comes_back_as_what_it_was(kind: type[Fault]):
    back = decode_fault(encode_fault(kind("why"), None), "m")
    assert isinstance(back, kind)
    assert back.message == "why"


def test_what_is_beside_the_message_comes_back_too():
    full = decode_fault(encode_fault(Full("why", 7), None))
    assert isinstance(full, Full)
    assert full.retry_after_s == 7
    graph = decode_fault(encode_fault(GraphFault("why", 204), None))
    assert isinstance(graph, GraphFault)
    assert graph.code == 204
    own = decode_fault(encode_fault(ToldBadInput("why", status=403, code=42, reason="MINE"), None))
    assert isinstance(own, Told)
    assert isinstance(own, BadInput)
    assert (own.status, own.code, own.reason) == (403, 42, "MINE")


def test_a_wrapped_models_refusal_is_read():
    body = b'{"status":{"status":1,"info":"no such column","code":-1,"reason":"MICROSERVICE_BAD_DATA"}}'
    fault = decode_fault(HttpResponse(400, body))
    assert isinstance(fault, ToldBadInput)
    assert (fault.message, fault.code, fault.reason) == ("no such column", -1, "MICROSERVICE_BAD_DATA")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"status":1}', b'{"status":{"code":"x"}}'])
def test_an_answer_of_something_between_is_a_fault_too(body: bytes):
    assert isinstance(decode_fault(HttpResponse(502, body)), errors.Internal)
    assert isinstance(decode_fault(HttpResponse(400, body)), BadInput)


def test_bad_input_is_told_what_the_model_takes():
    fault = BadInput("why")
    fault.signature = Signature({"x": TensorSpec("FP32", (-1, 4))}, {})
    assert told(fault)[1]["info"] == "why (the model takes 'x' FP32[-1, 4])"
    fault.signature = Signature({"x": TensorSpec("FP32", (-1, 4))}, {}, open=True)
    assert told(fault)[1]["info"] == "why"


@pytest.mark.parametrize("kind", KINDS)
def test_over_grpc_a_fault_is_a_status_and_back(kind: type[Fault]):
    method = METHODS[0]
    assert isinstance(method, Unary)
    status = GRPC.encode_fault(kind("why"), method)
    assert status.code is not Code.OK
    back = GRPC.decode_fault(calls.Metadata("m"), status)
    assert type(back) is kind
    assert not isinstance(back, NotFound) or back.model == "m"


def test_a_status_of_other_origin_is_a_fault():
    assert isinstance(GRPC.decode_fault(None, GrpcStatus(Code.DATA_LOSS)), errors.Internal)  # type: ignore[arg-type]
