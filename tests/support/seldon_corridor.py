"""A corridor without a server: a request as bytes, an answer from a function, the bytes of the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from salver.core.calls import Feedback, FeedbackTaken, Predict, Predicted
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import TensorSpec
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.route import Match
from salver.protocols.seldon.rest import PROTOCOL

OPEN: Mapping[str, Signature] = {DEFAULT: Signature({"data": TensorSpec("FP64", None)}, {}, open=True)}
PREDICT = b"/api/v1.0/predictions"
FEEDBACK = b"/api/v1.0/feedback"
Headers = tuple[tuple[bytes, bytes], ...]


def posted(body: bytes, target: bytes = PREDICT, headers: Headers = (), method: bytes = b"POST") -> tuple[Match, Any]:
    found = PROTOCOL.match(method, target)
    assert isinstance(found, Match)
    return found, found.route.decode_call(HttpRequest(method, target, list(headers), body), **found.args)


def request_of(body: bytes, signatures: Mapping[str, Signature] = OPEN, **more: Any) -> Request:
    _, call = posted(body, **more)
    assert isinstance(call, Predict)
    return call.read(signatures)


def lesson_of(body: bytes, **more: Any) -> Lesson:
    _, call = posted(body, FEEDBACK, **more)
    assert isinstance(call, Feedback)
    return call.read(OPEN)


def answer(body: bytes, run: Callable[[Request], Response], **more: Any) -> HttpResponse:
    match, call = posted(body, **more)
    request = call.read(OPEN)
    return match.route.encode_reply(call, Predicted("m", 1, DEFAULT, OPEN[DEFAULT], run(request)))


def taught(body: bytes, response: Response | None) -> HttpResponse:
    match, call = posted(body, FEEDBACK)
    call.read(OPEN)
    return match.route.encode_reply(call, FeedbackTaken("m", 1, response))


def document(response: HttpResponse) -> dict[str, Any]:
    """Strict JSON: the bare words NaN and Infinity are refused."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    assert isinstance(response.body, bytes)
    told = json.loads(response.body, parse_constant=refuse)
    assert isinstance(told, dict)
    return told


def echo(request: Request) -> Response:
    return Response(request.tensors)
