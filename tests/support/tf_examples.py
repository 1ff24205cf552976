"""Examples asked about, as clients of TensorFlow Serving ask: messages and bodies, and the calls made of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from salver.core.calls import Predict, Predicted
from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.protocols.http import HttpRequest
from salver.protocols.messages import message
from salver.protocols.route import HttpProtocol, Match
from salver.protocols.rpc import GrpcProtocol, Unary
from salver.protocols.tfserving import rest
from salver.protocols.tfserving.grpc import PROTOCOL

CLASSIFY, REGRESS, PREDICT = (f"tensorflow/serving/{word}" for word in ("classify", "regress", "predict"))
TEXTS = TensorSpec("BYTES", (-1,))
FLOATS = TensorSpec("FP32", (-1, 1))
SCORES = TensorSpec("FP32", (-1, 3))
LABELS = TensorSpec("BYTES", (-1, 3))

CLASSIFIER = Signature({"inputs": TEXTS}, {"scores": SCORES, "classes": LABELS}, method=CLASSIFY)
REGRESSOR = Signature({"inputs": TEXTS}, {"outputs": FLOATS}, method=REGRESS)
FED = Signature({"inputs": FLOATS}, {"outputs": FLOATS}, method=REGRESS)
COLUMNS = Signature({"age": FLOATS, "name": TensorSpec("BYTES", (-1,))}, {"y": TensorSpec("FP32", (-1,))})

EXAMPLE = message("tensorflow.Example")
FEATURES = {"age": 30.5, "name": ["Ada"], "sizes": [1, 2], "raw": {"b64": "/w=="}, "is": True}


def method(name: str, of: GrpcProtocol = PROTOCOL) -> Unary:
    return next(found for found in of.methods if isinstance(found, Unary) and found.path.endswith(name.encode()))


def example(**features: Any) -> Any:
    proto = EXAMPLE()
    for name, values in features.items():
        kind = {float: "float_list", int: "int64_list", bytes: "bytes_list"}[type(values[0])]
        getattr(proto.features.feature[name], kind).value.extend(values)
    return proto


def asking(*examples: Any, context: Any = None, signature: str = "", kind: str = "Classification") -> bytes:
    proto = message(f"tensorflow.serving.{kind}Request")()
    proto.model_spec.name = "m"
    proto.model_spec.signature_name = signature
    if context is None:
        proto.input.example_list.examples.extend(examples)
    else:
        proto.input.example_list_with_context.examples.extend(examples)
        proto.input.example_list_with_context.context.CopyFrom(context)
    raw: bytes = proto.SerializeToString()
    return raw


def over_grpc(verb: str, raw: bytes, of: GrpcProtocol = PROTOCOL) -> Predict:
    call = method(verb, of).decode_call(raw)
    assert isinstance(call, Predict)
    return call


def over_rest(verb: str, body: Any, of: HttpProtocol = rest.PROTOCOL) -> Predict:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = HttpRequest(b"POST", f"/v1/models/m:{verb}".encode(), body=raw)
    match = of.match(request.method, request.target)
    assert isinstance(match, Match)
    call = match.route.decode_call(request, **match.args)
    assert isinstance(call, Predict)
    return call


def read(call: Predict, signature: Signature, name: str = "serving_default") -> Request:
    return call.read({name: signature})


def refusal(call: Predict, signature: Signature) -> str:
    with pytest.raises(BadInput) as refused:
        read(call, signature)
    return refused.value.message


def told(verb: str, call: Predict, signature: Signature, **outputs: Tensor) -> Any:
    """What gRPC tells of a model's answer, and REST of the same."""
    reply = Predicted("m", 4, "serving_default", signature, Response(outputs))
    kind = {"Classify": "Classification", "Regress": "Regression"}[verb]
    return message(f"tensorflow.serving.{kind}Response").FromString(method(verb).encode_reply(call, reply))


def told_by_rest(verb: str, call: Predict, signature: Signature, **outputs: Tensor) -> Any:
    route = next(route for route in rest.PROTOCOL.routes if route.name == verb)
    reply = Predicted("m", 4, "serving_default", signature, Response(outputs))
    response = route.encode_reply(call, reply)
    assert isinstance(response.body, bytes)
    return json.loads(response.body)


def floats(*rows: Any) -> Tensor:
    return Tensor("FP32", np.array(rows, np.float32))


def strings(*rows: Any) -> Tensor:
    return Tensor("BYTES", np.array(rows, dtype=object))
