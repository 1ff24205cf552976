"""Asks a component as Seldon's wrapper does: a message in, a message out. For a class's own tests.

Methods that are `async def` are not for this. The argument `seldon_metrics` is there for the callers' sake: metrics are
counted by whoever serves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from google.protobuf.message import Message as Proto

from salver.core.errors import Fault, Told
from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.opening.component.hooks import Hooks, read_hooks
from salver.opening.component.raw import plain_json
from salver.opening.component.seldon_core.flask_utils import SeldonMicroserviceException
from salver.opening.component.seldon_core.messages import json_to_seldon_message, seldon_message_to_json
from salver.opening.component.user import User
from salver.opening.component.ways import Hook, Outcome
from salver.opening.component.words import words_in_force
from salver.protocols.seldon.message import Message, read_message, write_payload


def predict(user_model: Any, request: Any, seldon_metrics: Any = None) -> Any:
    return _asked(_hooks(user_model).predict, request)


def transform_input(user_model: Any, request: Any, seldon_metrics: Any = None) -> Any:
    return _asked(_hooks(user_model).transform_input, request)


def transform_output(user_model: Any, request: Any, seldon_metrics: Any = None) -> Any:
    return _asked(_hooks(user_model).transform_output, request)


def route(user_model: Any, request: Any, seldon_metrics: Any = None) -> Any:
    return _asked(_hooks(user_model).route, request, lambda outcome: {"data": Tensor.of(np.array([[outcome.branch]]))})


def aggregate(user_model: Any, request: Any, seldon_metrics: Any = None) -> Any:
    """Of a SeldonMessageList, a dict with `seldonMessages`, or a list of messages."""
    document = seldon_message_to_json(request) if isinstance(request, Proto) else request
    parts = document.get("seldonMessages", []) if isinstance(document, dict) else document
    messages = [_read(part) for part in parts]
    asked = _request(messages[0], request)
    for other in messages[1:]:
        assert asked.trail is not None  # noqa: S101 - just made
        asked.trail.add(other.trail)
    subject = [Response(message.tensors) for message in messages], asked
    return _answer(_hooks(user_model).aggregate, subject, asked, messages[0].form, request)


def send_feedback(user_model: Any, request: Any, predictive_unit_id: str, seldon_metrics: Any = None) -> Any:
    """Of a Feedback."""
    document = seldon_message_to_json(request)
    parts = {part: _read(document.get(part, {})) for part in ("request", "response", "truth")}
    asked, response = parts["request"], parts["response"]
    lesson = Lesson(
        request.reward,
        response.puid or asked.puid,
        asked.tensors,
        response.tensors,
        parts["truth"].tensors,
        response.trail.routing,
    )
    bare = Request({})
    bare.id = asked.puid
    return _answer(_hooks(user_model, predictive_unit_id).learn, lesson, bare, asked.form, request)


def health_status(user_model: Any, seldon_metrics: Any = None) -> Any:
    return _answer(_hooks(user_model).health, None, Request({}), "", None)


def _hooks(user_model: Any, node: str = "") -> Hooks:
    source = getattr(sys.modules.get(type(user_model).__module__), "__file__", None) or "."
    return read_hooks(User(user_model, ModuleType("of_a_test"), Path(source), words_in_force()), node)


def _read(document: Any) -> Message:
    try:
        return read_message(document)
    except Fault as fault:
        raise SeldonMicroserviceException(fault.message) from fault


def _request(message: Message, source: Any) -> Request:
    request = Request(message.tensors, params={"transport": "grpc" if isinstance(source, Proto) else "rest"})
    request.id, request.trail = message.puid, message.trail
    return request


def _asked(hook: Hook, source: Any, tensors: Callable[[Outcome], Any] | None = None) -> Any:
    message = _read(seldon_message_to_json(source) if isinstance(source, Proto) else source)
    request = _request(message, source)
    return _answer(hook, request, request, message.form, source, tensors)


def _answer(
    hook: Hook, subject: Any, request: Request, form: str, source: Any, tensors: Callable[[Outcome], Any] | None = None
) -> Any:
    try:
        outcome = hook.run(subject, request.params.get("transport", "rest"))
    except Fault as fault:
        told = fault if isinstance(fault, Told) else None
        status, reason = (told.status, told.reason) if told else (500, "MICROSERVICE_INTERNAL_ERROR")
        raise SeldonMicroserviceException(fault.message, status, reason=reason) from fault
    trail = request.trail or Trail()
    outcome.remarks.write_on(trail)
    document = plain_json(write_payload(outcome.tensors if tensors is None else tensors(outcome), form))
    meta = {"puid": request.id, "tags": trail.tags, "metrics": trail.metrics, "requestPath": trail.path}
    document["meta"] = plain_json({key: value for key, value in meta.items() if value})
    return json_to_seldon_message(document) if isinstance(source, Proto) else document
