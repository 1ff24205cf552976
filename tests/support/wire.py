"""A prediction from the client's half of a codec to the server's and back, without a socket."""

from __future__ import annotations

from salver.core.calls import Predict, Predicted
from salver.core.servable import Evaluator, Request
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor
from salver.protocols.route import HttpProtocol, Match


def over_the_wire(
    protocol: HttpProtocol, model: Evaluator, signature: Signature, request: Request
) -> dict[str, Tensor]:
    """What the client's half reads in the answer that the server's half gave to what the client's half wrote."""
    call = Predict(protocol.name, "m", None, None, lambda _: request)
    sent = protocol.encode_call(call)
    match = protocol.match(sent.method, sent.target)
    assert isinstance(match, Match)
    received = match.route.decode_call(sent, **match.args)
    assert isinstance(received, Predict)
    asked = received.read(model.signatures)
    signature.check(asked.tensors)
    answer = match.route.encode_reply(received, Predicted("m", 1, DEFAULT, signature, model(asked)))
    reply = protocol.decode_reply(call, answer)
    assert isinstance(reply, Predicted)
    return dict(reply.response.tensors)
