"""A prediction from the client's half of a codec to the server's and back, without a socket."""

from __future__ import annotations

from salver.core.calls import Predict, Predicted, Reply
from salver.core.servable import Evaluator, Request
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor
from salver.protocols.route import HttpProtocol, Match
from salver.protocols.rpc import GrpcProtocol, Unary


def over_the_wire(
    protocol: HttpProtocol | GrpcProtocol, model: Evaluator, signature: Signature, request: Request
) -> dict[str, Tensor]:
    """What the client's half reads in the answer that the server's half gave to what the client's half wrote."""
    call = Predict(protocol.name, "m", None, None, lambda _: request)
    way = _over_grpc if isinstance(protocol, GrpcProtocol) else _over_http
    reply = way(protocol, model, signature, call)  # type: ignore[arg-type] # each takes its own
    assert isinstance(reply, Predicted)
    return dict(reply.response.tensors)


def _over_http(protocol: HttpProtocol, model: Evaluator, signature: Signature, call: Predict) -> Reply:
    sent = protocol.encode_call(call)
    match = protocol.match(sent.method, sent.target)
    assert isinstance(match, Match)
    received = match.route.decode_call(sent, **match.args)
    assert isinstance(received, Predict)
    return protocol.decode_reply(call, match.route.encode_reply(received, _predicted(received, model, signature)))


def _over_grpc(protocol: GrpcProtocol, model: Evaluator, signature: Signature, call: Predict) -> Reply:
    path, message = protocol.encode_call(call)
    (method,) = (method for method in protocol.methods if method.path == path)
    assert isinstance(method, Unary)
    received = method.decode_call(message)
    assert isinstance(received, Predict)
    return protocol.decode_reply(call, method.encode_reply(received, _predicted(received, model, signature)))


def _predicted(received: Predict, model: Evaluator, signature: Signature) -> Predicted:
    """What the model answers, given its values in memory of their own: where they lie decides over the last bit of a
    sum of onnxruntime's."""
    asked = received.read(model.signatures)
    signature.check(asked.tensors)
    asked.tensors = {name: Tensor(tensor.dtype, tensor.array.copy()) for name, tensor in asked.tensors.items()}
    return Predicted("m", 1, DEFAULT, signature, model(asked))
