"""The server's half of feedback over REST: a Lesson from a document, and what a node answered to it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from salver.core.calls import Feedback, FeedbackTaken
from salver.core.errors import BadInput
from salver.core.lesson import Lesson
from salver.core.signature import Signature
from salver.core.trail import Trail
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.seldon.asked import Asked
from salver.protocols.seldon.message import Message, read_message, write_payload
from salver.protocols.seldon.meta import write_meta
from salver.protocols.seldon.predict import NAME
from salver.protocols.seldon.writing import write

PARTS = ("request", "response", "truth")
"""The messages in a feedback."""


class FeedbackBody:
    """Reads the document once the model is there, and then remembers how the answer is to look."""

    __slots__ = ("asked", "form", "puid")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.form = ""
        self.puid = ""

    def __call__(self, _: Mapping[str, Signature]) -> Lesson:
        """The lesson. Raises BadInput that names what is wrong."""
        document = self.asked.document()
        if type(document) is not dict:
            raise BadInput("the feedback: wanted an object with request, response, reward, truth")
        parts = {part: read_message(document[part], f"{part}.") for part in PARTS if document.get(part) is not None}
        lesson = lesson_of(parts, read_reward(document.get("reward")), self.asked.header_puid())
        self.form = parts["request"].form if "request" in parts else ""
        self.puid = lesson.id
        return lesson


def read_reward(value: Any) -> float | None:
    """None where there is none. Raises BadInput for what is no finite number."""
    if value is None:
        return None
    try:
        reward = float(value) if type(value) in (int, float) else math.nan
    except OverflowError:
        reward = math.nan
    if not math.isfinite(reward):
        raise BadInput(f"reward: wanted a finite number, got {value!r:.60}")
    return reward


def lesson_of(parts: Mapping[str, Message], reward: float | None, puid: str) -> Lesson:
    """The lesson in these messages; `puid` is the caller's where they have none. A reward that is not there is 0, as in
    every message of protobuf, unless there is a truth to learn from."""
    request, response, truth = (parts.get(part) for part in PARTS)
    if reward is None and (truth is None or not truth.tensors):
        reward = 0.0
    return Lesson(
        reward,
        (response.puid if response else "") or (request.puid if request else "") or puid,
        (request.tensors or None) if request else None,
        (response.tensors or None) if response else None,
        (truth.tensors or None) if truth else None,
        response.trail.routing if response else {},
    )


def decode_feedback(request: HttpRequest, model: str = "", namespace: str = "") -> Feedback:
    """The call; its document is read when the model is known."""
    return Feedback(NAME, model, None, None, FeedbackBody(Asked(request, namespace)))


def encode_taken(call: Feedback, reply: FeedbackTaken) -> HttpResponse:
    """The node's own answer as a message, else an empty one."""
    read = call.read
    if not isinstance(read, FeedbackBody):
        raise TypeError("the call was not decoded by this protocol")
    response = reply.response
    document: dict[str, Any] = {}
    if response is not None:
        document = write_payload(response.tensors, read.form)
        document["meta"] = write_meta(read.puid, response.trail or Trail())
    return HttpResponse(200, write(document), headers=read.asked.headers(read.puid, reply.model))
