"""The admin protocol over HTTP: health, metrics, models and their loading, the OpenAPI document and its page.

It comes last in the table, so it also answers the paths that nobody has.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from urllib.parse import quote

from salver.core.calls import (
    Call,
    Done,
    Forget,
    Learnt,
    LearntState,
    Live,
    Load,
    Models,
    ModelsDescription,
    Readiness,
    Ready,
    Reload,
    Reply,
    Scrape,
    Scraped,
    Unload,
)
from salver.core.errors import Internal, Unsupported
from salver.protocols.admin import page
from salver.protocols.admin.descriptions import MODEL, closed, decode_model, encode_model
from salver.protocols.admin.faults import decode_fault, encode_fault, error_text, read
from salver.protocols.admin.paths import find
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.openapi import document
from salver.protocols.route import HttpProtocol, Match, Route
from salver.version import __version__

_METRICS_MEDIA = "text/plain; version=0.0.4; charset=utf-8"
_VERBS: dict[str, type[Load | Unload | Reload]] = {"load": Load, "unload": Unload, "reload": Reload}
_TEXT = {"type": "string"}


def protocol(*others: HttpProtocol) -> HttpProtocol:
    """The admin protocol of a server that also speaks the others: its document describes them all."""

    @cache
    def openapi() -> bytes:
        return json.dumps(document((*others, admin), __version__)).encode()

    def match(method: bytes, target: bytes) -> Match | HttpResponse:
        return find(admin, method, target)

    described = Route(
        "openapi",
        "GET",
        ("/openapi.json",),
        "This document.",
        lambda request: HttpResponse(200, openapi()),
        _no_reply,
        answer={"type": "object"},
    )
    admin = HttpProtocol("admin", (*_ROUTES, described), match, encode_fault, encode_call, decode_reply)
    return admin


# The server's half.


def _encode_readiness(key: str) -> Any:
    def encode(call: Live | Ready, reply: Readiness) -> HttpResponse:
        value: dict[str, Any] = {key: reply.ready}
        if reply.reason or not reply.ready:
            value["error"] = reply.reason
        return _json(value, 200 if reply.ready else 503)

    return encode


def _encode_scraped(call: Scrape, reply: Scraped) -> HttpResponse:
    return HttpResponse(200, reply.text.encode(), _METRICS_MEDIA.encode())


def _encode_models(call: Models, reply: ModelsDescription) -> HttpResponse:
    return _json({"models": [encode_model(model) for model in reply.models]})


def _encode_model(call: Models, reply: ModelsDescription) -> HttpResponse:
    return _json(encode_model(reply.models[0]))


def _encode_learnt(call: Learnt, reply: LearntState) -> HttpResponse:
    return _json({"model": reply.model, "version": reply.version, "nodes": {**reply.nodes}})


def _encode_done(call: Load | Unload | Reload | Forget, reply: Done) -> HttpResponse:
    return _json({"model": reply.model, "done": True})


def _no_reply(call: Any, reply: Any) -> HttpResponse:
    raise AssertionError("this route is answered while it is decoded")


def _json(value: Any, status: int = 200) -> HttpResponse:
    """ASCII, so that names that are no UTF-8 (file names can be) pass both ways."""
    return HttpResponse(status, json.dumps(value, separators=(",", ":"), allow_nan=False).encode())


def _health(name: str, path: str, key: str, summary: str, call: Live | Ready) -> Route:
    answer = {"type": "object", "properties": {key: {"const": True}, "error": _TEXT}, "required": [key]}
    return Route(name, "GET", (path,), summary, lambda request: call, _encode_readiness(key), answer=answer)


def _operator(verb: str, summary: str) -> Route:
    def decode(request: HttpRequest, model: str) -> Call:
        return _VERBS[verb](model)

    answer = closed({"model": _TEXT, "done": {"const": True}})
    return Route(verb, "POST", (f"/admin/models/{{model}}/{verb}",), summary, decode, _encode_done, answer=answer)


_ROUTES = (
    _health("health", "/healthz", "live", "Does the process answer?", Live()),
    _health("ready", "/readyz", "ready", "Would a prediction be answered now? 503 with the reason if not.", Ready()),
    Route(
        "metrics",
        "GET",
        ("/metrics",),
        "Metrics in Prometheus' text format, summed over the server's processes.",
        lambda request: Scrape(),
        _encode_scraped,
        answer=_TEXT,
        media=_METRICS_MEDIA,
    ),
    Route(
        "models",
        "GET",
        ("/admin/models",),
        "All models with their versions, states and signatures.",
        lambda request: Models(),
        _encode_models,
        answer=closed({"models": {"type": "array", "items": MODEL}}),
    ),
    Route(
        "model",
        "GET",
        ("/admin/models/{model}",),
        "One model with its versions, states and signatures.",
        lambda request, model: Models(model),
        _encode_model,
        answer=MODEL,
    ),
    _operator("load", "Load a model that was unloaded; answered when it is available."),
    _operator("unload", "Take a model out of memory, and keep it out; answered when it is gone."),
    _operator("reload", "Load a model's files anew; the old versions answer until the new ones are available."),
    Route(
        "learnt",
        "GET",
        ("/admin/models/{model}/learnt",),
        "What the nodes of a graph have learnt from feedback, node by node.",
        lambda request, model: Learnt(model),
        _encode_learnt,
        answer=closed({"model": _TEXT, "version": {"type": "integer"}, "nodes": {"type": "object"}}),
    ),
    Route(
        "forget",
        "POST",
        ("/admin/models/{model}/forget", "/admin/models/{model}/forget/{node}"),
        "Have one node of a graph, or all, begin to learn anew.",
        lambda request, model, node="": Forget(model, node),
        _encode_done,
        answer=closed({"model": _TEXT, "done": {"const": True}}),
    ),
    Route(
        "docs",
        "GET",
        ("/docs", "/"),
        "A page that shows the models and all that can be asked.",
        lambda request: page.answer(),
        _no_reply,
        answer=_TEXT,
        media="text/html; charset=utf-8",
    ),
)


# The client's half.


def encode_call(call: Call) -> HttpRequest:
    """Raises Unsupported for what the admin protocol has no path for."""
    match call:
        case Live():
            return HttpRequest(b"GET", b"/healthz")
        case Ready(model=None):
            return HttpRequest(b"GET", b"/readyz")
        case Scrape():
            return HttpRequest(b"GET", b"/metrics")
        case Models(model=None):
            return HttpRequest(b"GET", b"/admin/models")
        case Models(model=str(model)):
            return HttpRequest(b"GET", b"/admin/models/" + quote(model, safe="").encode())
        case Learnt(model=model):
            return HttpRequest(b"GET", f"/admin/models/{quote(model, safe='')}/learnt".encode())
        case Forget(model=model, node=node):
            below = f"/{quote(node, safe='')}" if node else ""
            return HttpRequest(b"POST", f"/admin/models/{quote(model, safe='')}/forget{below}".encode())
        case Load(model=model) | Unload(model=model) | Reload(model=model):
            verb = type(call).__name__.lower()
            return HttpRequest(b"POST", f"/admin/models/{quote(model, safe='')}/{verb}".encode())
    raise Unsupported(f"the admin protocol cannot ask this: {type(call).__name__}")


def decode_reply(call: Call, answer: HttpResponse) -> Reply:
    """Raises the fault that the answer stands for; Internal for an answer that is none of the admin protocol's."""
    value = read(answer)
    asked_health = isinstance(call, (Live, Ready))
    if asked_health and answer.status == 503 and isinstance(value, dict) and ("ready" in value or "live" in value):
        return Readiness(False, error_text(value))
    if answer.status != 200:
        raise decode_fault(answer)
    try:
        return _decode_good(call, answer, value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Internal(f"the answer to {type(call).__name__} is not the admin protocol's: {error!r}") from None


def _decode_good(call: Call, answer: HttpResponse, value: Any) -> Reply:
    match call:
        case Live():
            return Readiness(value["live"], error_text(value))
        case Ready():
            return Readiness(value["ready"], error_text(value))
        case Scrape():
            return Scraped(_whole(answer).decode())
        case Models(model=None):
            return ModelsDescription(tuple(map(decode_model, value["models"])))
        case Models():
            return ModelsDescription((decode_model(value),))
        case Learnt():
            return LearntState(value["model"], value["version"], value["nodes"])
        case Load() | Unload() | Reload() | Forget():
            return Done(value["model"])
    raise TypeError(type(call).__name__)


def _whole(answer: HttpResponse) -> bytes:
    if isinstance(answer.body, bytes):
        return answer.body
    raise TypeError("the answer comes in pieces")
