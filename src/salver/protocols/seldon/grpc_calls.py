"""The server's half over gRPC: messages as calls, replies as messages. Pure but for new puids."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from google.protobuf import json_format

from salver.core.calls import (
    Combine,
    Combined,
    Feedback,
    FeedbackTaken,
    Metadata,
    ModelMetadata,
    Predict,
    Predicted,
    Route,
    Routed,
)
from salver.core.errors import BadInput, Internal
from salver.core.lesson import Lesson
from salver.core.servable import Request
from salver.core.signature import Signature, principal
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.protocols.messages import message
from salver.protocols.rpc import Ask
from salver.protocols.seldon import metadata
from salver.protocols.seldon.feedback import PARTS, lesson_of, read_reward
from salver.protocols.seldon.hooks import Messages, branch_tensors
from salver.protocols.seldon.meta import new_puid
from salver.protocols.seldon.predict import NAME, request_of
from salver.protocols.seldon.proto_message import parse, parse_message, read_message, write_message

PARAMS: Final[Mapping[str, Any]] = MappingProxyType({"transport": "grpc"})
"""Of every request, for nodes that see messages raw."""

_WIRE_FEEDBACK: Final = message("salver.wire.SeldonFeedback")
_WIRE_MESSAGES: Final = message("salver.wire.SeldonMessages")
_EMPTY: Final = message("google.protobuf.Empty")
_ASKED_MODEL: Final = message("seldon.protos.SeldonModelMetadataRequest")
_MODEL: Final = message("seldon.protos.SeldonModelMetadata")
_GRAPH: Final = message("seldon.protos.SeldonGraphMetadata")


class PredictMessage:
    """Reads the message once the signatures are known, and then remembers how the answer was asked for."""

    __slots__ = ("form", "puid", "trail", "view")

    def __init__(self, view: Any) -> None:
        self.view = view
        self.form = ""
        self.puid = ""
        self.trail: Trail | None = None

    def __call__(self, signatures: Mapping[str, Signature]) -> Request:
        """The request. Raises BadInput that names what is wrong, and the signature where there is one."""
        try:
            read = read_message(self.view)
            self.puid = read.puid or new_puid()
            self.form = read.form
            request = request_of(read, signatures, self.puid)
        except BadInput as fault:
            fault.signature = principal(signatures)[1] if signatures else None
            raise
        request.params = PARAMS
        self.trail = request.trail
        return request


class FeedbackMessage:
    """Reads the feedback once the model is there, and then remembers how the answer is to look."""

    __slots__ = ("form", "puid", "view")

    def __init__(self, view: Any) -> None:
        self.view = view
        self.form = ""
        self.puid = ""

    def __call__(self, _: Mapping[str, Signature]) -> Lesson:
        """The lesson. A reward of 0 beside a truth is none: protobuf does not send it."""
        view = self.view
        parts = {part: read_message(getattr(view, part), f"{part}.") for part in PARTS if view.HasField(part)}
        lesson = lesson_of(parts, read_reward(view.reward) or None, "")
        self.form = parts["request"].form if "request" in parts else ""
        self.puid = lesson.id
        return lesson


def decode_predict(data: bytes) -> Predict:
    """The call of the only model, or the one that the metadata `seldon` names."""
    return Predict(NAME, "", None, None, PredictMessage(parse_message(data)))


def encode_predicted(call: Predict, reply: Predicted) -> bytes:
    """The answer, in the form of the request. Raises Unsupported for what no message can hold."""
    read = call.read
    if not isinstance(read, PredictMessage):
        raise TypeError("the call was not decoded by this protocol")
    response = reply.response
    return write_message(response.tensors, read.form, read.puid, response.trail or read.trail or Trail())


def decode_feedback(data: bytes) -> Feedback:
    return Feedback(NAME, "", None, None, FeedbackMessage(parse(_WIRE_FEEDBACK, data)))


def encode_taken(call: Feedback, reply: FeedbackTaken) -> bytes:
    """The node's own answer as a message, else an empty one."""
    read = call.read
    if not isinstance(read, FeedbackMessage):
        raise TypeError("the call was not decoded by this protocol")
    response = reply.response
    return b"" if response is None else write_message(response.tensors, read.form, read.puid, response.trail or Trail())


def decode_metadata(data: bytes) -> Metadata:
    parse(_EMPTY, data)
    return Metadata("")


def encode_model(_: Metadata, reply: ModelMetadata) -> bytes:
    """The whole as one model."""
    return _bytes(metadata.model(reply), _MODEL)


def encode_graph(_: Metadata, reply: ModelMetadata) -> bytes:
    told = metadata.graph(reply)
    told["inputs"], told["outputs"] = told.pop("graphinputs"), told.pop("graphoutputs")
    return _bytes(told, _GRAPH)


async def answer_node(messages: AsyncIterator[bytes], ask: Ask) -> AsyncIterator[bytes]:
    """One message in, one out: of the node that it names, or of the whole as one model."""
    async for data in messages:
        name = parse(_ASKED_MODEL, data).name
        reply = await ask(Metadata(""))
        if not isinstance(reply, ModelMetadata):
            raise Internal(f"metadata were answered with {type(reply).__name__}")
        yield _bytes(metadata.node(reply, name) if name else metadata.model(reply), _MODEL)
        return


def decode_route(data: bytes) -> Route:
    view = parse_message(data)
    return Route(NAME, "", Messages(lambda: (read_message(view),)))


def encode_routed(call: Route, reply: Routed) -> bytes:
    return _message(call.read, branch_tensors(reply.branch))


def decode_aggregate(data: bytes) -> Combine:
    views = parse(_WIRE_MESSAGES, data).messages
    return Combine(
        NAME, "", Messages(lambda: [read_message(view, f"seldonMessages[{at}].") for at, view in enumerate(views)])
    )


def encode_combined(call: Combine, reply: Combined) -> bytes:
    return _message(call.read, reply.response.tensors)


def _message(read: Any, tensors: Mapping[str, Tensor]) -> bytes:
    if not isinstance(read, Messages):
        raise TypeError("the call was not decoded by this protocol")
    return write_message(tensors, read.form, read.puid, read.trail)


def _bytes(told: dict[str, Any], kind: Any) -> bytes:
    try:
        data: bytes = json_format.ParseDict(told, kind(), ignore_unknown_fields=True).SerializeToString()
    except json_format.ParseError as error:
        raise Internal(f"the metadata of '{told['name']}' have no place in a message: {error}") from None
    return data
