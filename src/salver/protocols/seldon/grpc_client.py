"""The client's half over gRPC: calls as a path and a message, answers as their replies. Pure.

The model is not in the message: who sends it puts it into the metadata `seldon`.
"""

from __future__ import annotations

from typing import Final

from google.protobuf import json_format

from salver.core import calls
from salver.core.calls import Call, Predict, Reply
from salver.core.errors import BadInput, Internal, Unsupported
from salver.core.lesson import Lesson
from salver.core.servable import Response
from salver.core.signature import DEFAULT
from salver.core.trail import Trail
from salver.protocols.messages import message
from salver.protocols.seldon.client import predicted
from salver.protocols.seldon.metadata import read_graph
from salver.protocols.seldon.proto_message import parse, parse_message, read_message, sized, write_message

SERVICE: Final = "seldon.protos.Seldon"

_FEEDBACK: Final = message("seldon.protos.Feedback")
_GRAPH: Final = message("seldon.protos.SeldonGraphMetadata")


def encode_call(call: Call) -> tuple[bytes, bytes]:
    """(path, message). Raises Unsupported for what this protocol has no words for: versions, labels, management."""
    if getattr(call, "version", None) is not None or getattr(call, "label", None) is not None:
        raise Unsupported("Seldon knows neither versions nor labels")
    if isinstance(call, Predict):
        return _path("Predict"), encode_predict(call)
    if isinstance(call, calls.Feedback):
        return _path("SendFeedback"), encode_lesson(call.read({}))
    if isinstance(call, calls.Metadata):
        return _path("GraphMetadata"), b""
    raise Unsupported(f"Seldon has no words for {type(call).__name__} over gRPC")


def encode_predict(call: Predict) -> bytes:
    """The SeldonMessage for a call. Raises Unsupported for another signature than the default, and for values that no
    message can hold."""
    request = call.read({})
    if request.signature not in ("", DEFAULT):
        raise Unsupported(f"Seldon knows no signatures, and '{request.signature}' is wanted")
    return write_message(request.tensors, "", call.id or request.id, request.trail or Trail())


def encode_lesson(lesson: Lesson) -> bytes:
    """The Feedback for a lesson: its id and routing stand in the response's meta, which is where they come from."""
    trail = Trail()
    trail.routing = dict(lesson.routing)
    parts = [sized(b"\x12", write_message(lesson.response or {}, "", lesson.id, trail))]
    if lesson.request:
        parts.append(sized(b"\x0a", write_message(lesson.request, "", "", Trail())))
    if lesson.truth:
        parts.append(sized(b"\x22", write_message(lesson.truth, "", "", Trail())))
    reward: bytes = _FEEDBACK(reward=lesson.reward or 0.0).SerializeToString()
    return b"".join((*parts, reward))


def decode_reply(call: Call, data: bytes) -> Reply:
    """The reply. Raises Internal for an answer that makes no sense."""
    try:
        if isinstance(call, Predict):
            return predicted(call.model, read_message(parse_message(data)))
        if isinstance(call, calls.Feedback):
            read = read_message(parse_message(data))
            answer = Response(read.tensors, trail=read.trail) if read.tensors else None
            return calls.FeedbackTaken(call.model, 0, answer)
        if isinstance(call, calls.Metadata):
            told = json_format.MessageToDict(parse(_GRAPH, data))
            told |= {"graphinputs": told.pop("inputs", []), "graphoutputs": told.pop("outputs", [])}
            return read_graph({"models": {}, **told}, call.model)
    except (BadInput, Unsupported, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Internal(f"the answer is no Seldon answer: {type(error).__name__}: {error}") from None
    raise Unsupported(f"Seldon has no words for {type(call).__name__} over gRPC")


def _path(method: str) -> bytes:
    return f"/{SERVICE}/{method}".encode()
