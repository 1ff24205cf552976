"""The client's half: calls as requests, answers as replies or the Faults they stand for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from salver.core import calls
from salver.core.calls import Call, Reply
from salver.core.errors import BadInput, Internal, Unsupported
from salver.core.example import example
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.core.trail import Trail
from salver.protocols import jsondoc
from salver.protocols.http import JSON, HttpRequest, HttpResponse
from salver.protocols.seldon.faults import decode_fault
from salver.protocols.seldon.message import Message, read_message, write_payload
from salver.protocols.seldon.meta import write_meta
from salver.protocols.seldon.metadata import read_graph
from salver.protocols.seldon.writing import write


def encode_call(call: Call) -> HttpRequest:
    """The request. A model stands in the path as Seldon's ingress has it, `deployment` or `namespace/deployment`; an
    empty one is the only one of an executor or a wrapper. Raises Unsupported for what this protocol has no words for:
    versions, labels, management."""
    if getattr(call, "version", None) is not None or getattr(call, "label", None) is not None:
        raise Unsupported("Seldon knows neither versions nor labels")
    if isinstance(call, calls.Predict):
        return _posted(_path(call.model, "/api/v1.0/predictions"), request_document(call.read({}), call.id))
    if isinstance(call, calls.Feedback):
        return _posted(_path(call.model, "/api/v1.0/feedback"), lesson_document(call.read({})))
    if isinstance(call, calls.NodeHealth):
        rest = f"/api/v1.0/status/{quote(call.node, safe='')}" if call.node else "/api/v1.0/health/status"
        return HttpRequest(b"GET", _path(call.model, rest))
    rest = _GETS.get(type(call), "")
    if not rest:
        raise Unsupported(f"Seldon has no words for {type(call).__name__}")
    return HttpRequest(b"GET", _path(getattr(call, "model", None) or "", rest))


def request_document(request: Request, puid: str) -> dict[str, Any]:
    """A request as a message. Raises Unsupported for one of another signature than the default."""
    if request.signature not in ("", DEFAULT):
        raise Unsupported(f"Seldon knows no signatures, and '{request.signature}' is wanted")
    document = write_payload(request.tensors, "")
    trail = request.trail
    if puid or request.id or trail is not None:
        document["meta"] = write_meta(puid or request.id, trail or Trail())
    return document


def lesson_document(lesson: Lesson) -> dict[str, Any]:
    """A lesson as a feedback. Its id and routing stand in the response's meta, which is where they come from."""
    trail = Trail()
    trail.routing = dict(lesson.routing)
    document: dict[str, Any] = {}
    if lesson.request:
        document["request"] = write_payload(lesson.request, "")
    document["response"] = write_payload(lesson.response or {}, "")
    document["response"]["meta"] = write_meta(lesson.id, trail)
    if lesson.reward is not None:
        document["reward"] = lesson.reward
    if lesson.truth:
        document["truth"] = write_payload(lesson.truth, "")
    return document


def decode_reply(call: Call, response: HttpResponse) -> Reply:
    """The reply. Raises the Fault an error answer stands for, and Internal for an answer that makes no sense."""
    if isinstance(call, (calls.Ready, calls.Live)) and response.status in (200, 503):
        reason = "" if response.status == 200 else decode_fault(response).message
        return calls.Readiness(response.status == 200, reason)
    if response.status != 200:
        raise decode_fault(response, getattr(call, "model", None) or "")
    if isinstance(call, calls.Scrape):
        return calls.Scraped(_body(response).decode(errors="replace"))
    decode = _DECODERS.get(type(call))
    if decode is None:
        raise Unsupported(f"Seldon has no words for {type(call).__name__}")
    try:
        return decode(call, jsondoc.read(_body(response)))
    except (BadInput, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Internal(f"the answer is no Seldon answer: {type(error).__name__}: {error}") from None


def predicted(model: str, message: Message) -> calls.Predicted:
    """A message as the answer of a model. Raises BadInput for one that holds nothing."""
    if not message.tensors:
        raise BadInput("the message has no data")
    specs = {name: TensorSpec(tensor.dtype, tensor.array.shape) for name, tensor in message.tensors.items()}
    return calls.Predicted(model, 0, "", Signature({}, specs), answered(message))


def answered(message: Message) -> Response:
    """The message as a response, with its trail."""
    return Response(message.tensors, trail=message.trail)


def example_body(signature: Signature, name: str = "") -> bytes:
    """A message that the model accepts: what a newcomer can send with curl."""
    tensors = example(signature, name).tensors
    if len(tensors) == 1:
        return write(write_payload({"data": next(iter(tensors.values()))}, "ndarray"))
    if signature.open and not tensors:
        return b'{"data":{"ndarray":[[1.0]]}}'
    return write({"jsonData": {key: _value(tensor) for key, tensor in tensors.items()}})


def _value(tensor: Tensor) -> Any:
    return write_payload({"data": tensor}, "ndarray")["data"]["ndarray"] if tensor.array.ndim else tensor.to_list()


def _posted(target: bytes, document: dict[str, Any]) -> HttpRequest:
    return HttpRequest(b"POST", target, [(b"content-type", JSON)], write(document))


def _path(model: str, rest: str) -> bytes:
    return (f"/seldon/{quote(model)}{rest}" if model else rest).encode()


def _body(response: HttpResponse) -> bytes:
    return response.body if isinstance(response.body, bytes) else b""


def _predict(call: Any, document: Any) -> Reply:
    return predicted(call.model, read_message(document))


def _feedback(call: Any, document: Any) -> Reply:
    message = read_message(document)
    return calls.FeedbackTaken(call.model, 0, answered(message) if message.tensors else None)


def _health(_: Call, document: Any) -> Reply:
    return calls.HealthTold(answered(read_message(document)))


def _metadata(call: Any, document: Any) -> Reply:
    return read_graph(document, call.model)


_GETS: Final[Mapping[type[Any], str]] = {
    calls.Metadata: "/api/v1.0/metadata",
    calls.Ready: "/ready",
    calls.Live: "/live",
    calls.Scrape: "/prometheus",
}
_DECODERS: Final[Mapping[type[Any], Callable[[Any, Any], Reply]]] = {
    calls.Predict: _predict,
    calls.Feedback: _feedback,
    calls.NodeHealth: _health,
    calls.Metadata: _metadata,
}
