"""Raw methods: those that are given whole messages, a dict for REST and protobuf for gRPC, and give either."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from google.protobuf import json_format
from google.protobuf.message import Message as Proto

from salver.core.errors import BadInput, ToldBadInput
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.opening.component.answers import index_of
from salver.opening.component.features import meta_of
from salver.opening.component.refusals import told
from salver.opening.component.remarks import Remarks, read_metrics
from salver.opening.component.ways import Outcome
from salver.protocols.messages import message
from salver.protocols.seldon import proto_message
from salver.protocols.seldon.message import Message, read_message, write_payload

_MESSAGE: Final = message("seldon.protos.SeldonMessage")
_MESSAGES: Final = message("seldon.protos.SeldonMessageList")
_FEEDBACK: Final = message("seldon.protos.Feedback")
_EACH: Final = b"\x0a"
"""The tag of a message in a list of them."""


def request_json(request: Request) -> tuple[Any, ...]:
    """What a raw method is given of a request that came by REST."""
    return (_document(request.tensors, request, "ndarray"),)


def request_proto(request: Request) -> tuple[Any, ...]:
    """What a raw method is given of a request that came by gRPC."""
    return (_MESSAGE.FromString(_bytes(request.tensors, request)),)


def answers_json(subject: tuple[Sequence[Response | None], Request]) -> tuple[Any, ...]:
    """What `aggregate_raw` is given of the answers to a request that came by REST."""
    answers, request = subject
    return ({"seldonMessages": [_document(each.tensors, request, "ndarray") for each in answers if each is not None]},)


def answers_proto(subject: tuple[Sequence[Response | None], Request]) -> tuple[Any, ...]:
    """What `aggregate_raw` is given of the answers to a request that came by gRPC."""
    answers, request = subject
    written = (_bytes(each.tensors, request) for each in answers if each is not None)
    return (_MESSAGES.FromString(b"".join(proto_message.sized(_EACH, one) for one in written)),)


def lesson_proto(lesson: Lesson) -> tuple[Any, ...]:
    """What `send_feedback_raw` is given: protobuf, whichever way the feedback came."""
    return (json_format.ParseDict(_feedback(lesson), _FEEDBACK()),)


def lesson_text(lesson: Lesson) -> tuple[Any, ...]:
    """What `send_feedback_rest` is given: JSON text."""
    return (json_format.MessageToJson(lesson_proto(lesson)[0]),)


def read_raw(returned: Any) -> Outcome:
    """The message that a raw method gave. Raises what its `status` says, where that is a failure's code."""
    if _is_proto(returned):
        _heed(json_format.MessageToDict(returned.status))
        whole: Any = proto_message.parse_message(returned.SerializeToString())
        read_it: Callable[[Any], Message] = proto_message.read_message
    else:
        whole, read_it = _dict_of(returned), read_message
        _heed(whole.get("status"))
    try:
        read = read_it(whole)
    except BadInput as fault:
        raise ToldBadInput(
            f"a raw method answered no message: {fault.message}", status=400, reason="MICROSERVICE_BAD_DATA"
        ) from None
    return Outcome(read.tensors, Remarks(read.trail.tags, read_metrics(read.trail.metrics)))


def read_raw_route(returned: Any) -> Outcome:
    """The branch is the first value of the message's data."""
    outcome = read_raw(returned)
    for tensor in outcome.tensors.values():
        first: Any = next(iter(tensor.array.flat), None)
        whole = int(first) if isinstance(first, (float, np.floating)) and float(first).is_integer() else first
        return Outcome({}, outcome.remarks, index_of(whole))
    return Outcome({}, outcome.remarks, index_of(None))


def _is_proto(returned: Any) -> bool:
    """By its name: the user's class may have been generated elsewhere."""
    return isinstance(returned, Proto) and returned.DESCRIPTOR.full_name == _MESSAGE.DESCRIPTOR.full_name


def _dict_of(returned: Any) -> dict[str, Any]:
    if isinstance(returned, str):
        returned = json.loads(returned)
    if not isinstance(returned, dict):
        raise ToldBadInput(
            f"a raw method must answer a dict or a SeldonMessage, got {type(returned).__name__}",
            status=400,
            reason="MICROSERVICE_BAD_DATA",
        )
    return {key: plain_json(value) for key, value in returned.items()}


def _heed(status: Any) -> None:
    code = status.get("code") if isinstance(status, Mapping) else None
    if isinstance(code, int) and 400 <= code < 600:
        raise told(str(status.get("info", "")), code, code=code, reason=str(status.get("reason", "")))


def _document(tensors: Mapping[str, Tensor], request: Request | None, form: str) -> dict[str, Any]:
    document = {} if request is None else {"meta": meta_of(request)}
    return document if not tensors else {**document, **plain_json(write_payload(tensors, form))}


def _bytes(tensors: Mapping[str, Tensor], request: Request) -> bytes:
    return proto_message.write_message(tensors, "tensor", request.id, request.trail or Trail())


def _feedback(lesson: Lesson) -> dict[str, Any]:
    response = _document(lesson.response or {}, None, "tensor")
    response["meta"] = {"puid": lesson.id, "routing": dict(lesson.routing)}
    request = {"meta": {"puid": lesson.id}, **_document(lesson.request or {}, None, "tensor")}
    truth = _document(lesson.truth or {}, None, "tensor")
    return {"request": request, "response": response, "reward": lesson.reward or 0.0, "truth": truth}


def plain_json(value: Any) -> Any:
    """JSON values in Python's own types."""
    if isinstance(value, Mapping):
        return {key: plain_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_json(item) for item in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
