"""The server's half of what is asked of single nodes: which branch a router takes, and what a combiner makes of several
messages. Over REST and gRPC alike; what is read is a list of messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from salver.core.calls import Combine, Combined, Route, Routed
from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.signature import Signature
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.seldon.asked import Asked
from salver.protocols.seldon.message import Message, read_message, write_payload
from salver.protocols.seldon.meta import asked_trail, new_puid, write_meta
from salver.protocols.seldon.predict import NAME
from salver.protocols.seldon.writing import write

MAX_MESSAGES: Final = 1000
"""To combine."""


class Messages:
    """Reads messages once the model is there, and then remembers how the answer is to look."""

    __slots__ = ("form", "puid", "read", "trail")

    def __init__(self, read: Callable[[], Sequence[Message]]) -> None:
        self.read = read
        self.form = ""
        self.puid = ""
        self.trail = Trail()

    def __call__(self, _: Mapping[str, Signature]) -> tuple[Request, ...]:
        """A request for each message; they share a puid, and a trail on which the tags of all are."""
        messages = self.read()
        if not messages:
            raise BadInput("the messages: wanted one at least, got none")
        if len(messages) > MAX_MESSAGES:
            raise BadInput(f"the messages: wanted {MAX_MESSAGES} at most, got {len(messages)}")
        self.form = messages[0].form
        self.puid = next((one.puid for one in messages if one.puid), "") or new_puid()
        for one in messages:
            self.trail.add(asked_trail(one.trail))
        return tuple(self._request(one) for one in messages)

    def _request(self, message: Message) -> Request:
        request = Request(message.tensors)
        request.id, request.trail = self.puid, self.trail
        return request


class _FromRest:
    """A document's messages: one, or a list of them."""

    def __init__(self, asked: Asked, *, several: bool) -> None:
        self.asked = asked
        self._several = several

    def __call__(self) -> Sequence[Message]:
        document = self.asked.document()
        if not self._several:
            return (read_message(document),)
        if type(document) is dict:
            document = document.get("seldonMessages")
        if type(document) is not list:
            raise BadInput("the messages: wanted a list of them, or an object with seldonMessages")
        return [read_message(one, f"seldonMessages[{index}].") for index, one in enumerate(document)]


def decode_route(request: HttpRequest, model: str = "", namespace: str = "") -> Route:
    return Route(NAME, model, Messages(_FromRest(Asked(request, namespace), several=False)))


def decode_aggregate(request: HttpRequest, model: str = "", namespace: str = "") -> Combine:
    return Combine(NAME, model, Messages(_FromRest(Asked(request, namespace), several=True)))


def branch_tensors(branch: int) -> Mapping[str, Tensor]:
    """A branch as Seldon's routers answer it."""
    return {"data": Tensor("INT64", np.array([[branch]]))}


def encode_routed(call: Route, reply: Routed) -> HttpResponse:
    return _answer(call.read, branch_tensors(reply.branch), reply.model)


def encode_combined(call: Combine, reply: Combined) -> HttpResponse:
    return _answer(call.read, reply.response.tensors, reply.model)


def _answer(read: Any, tensors: Mapping[str, Tensor], model: str) -> HttpResponse:
    if not isinstance(read, Messages) or not isinstance(read.read, _FromRest):
        raise TypeError("the call was not decoded by this protocol")
    document = write_payload(tensors, read.form)
    document["meta"] = write_meta(read.puid, read.trail)
    return HttpResponse(200, write(document), headers=read.read.asked.headers(read.puid, model))
