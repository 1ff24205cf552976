"""The server's half of all but predict and feedback over REST: metadata, health, metrics, the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from salver.core.calls import (
    HealthTold,
    Live,
    Metadata,
    ModelMetadata,
    NodeHealth,
    Readiness,
    Ready,
    Scrape,
    Scraped,
)
from salver.core.trail import Trail
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.seldon import metadata
from salver.protocols.seldon.faults import HEADERS, refusal
from salver.protocols.seldon.message import write_payload
from salver.protocols.seldon.meta import write_meta
from salver.protocols.seldon.writing import write

TEXT: Final = "text/plain; charset=utf-8"
METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"


def decode_metadata(_: HttpRequest, model: str = "", namespace: str = "", node: str = "") -> Metadata:
    """The node is found in the answer."""
    return Metadata(model)


def encode_graph(_: Metadata, reply: ModelMetadata) -> HttpResponse:
    return _answer(metadata.graph(reply))


def encode_model(_: Metadata, reply: ModelMetadata) -> HttpResponse:
    return _answer(metadata.model(reply))


def encode_node(name: str) -> Callable[[Any, Any], HttpResponse]:
    """How to answer for the node of that name."""

    def encode(_: Metadata, reply: ModelMetadata) -> HttpResponse:
        return _answer(metadata.node(reply, name))

    return encode


def decode_health(_: HttpRequest, model: str = "", namespace: str = "", node: str = "") -> NodeHealth:
    return NodeHealth(model, node)


def encode_health(_: NodeHealth, reply: HealthTold) -> HttpResponse:
    """What the node says, as a message."""
    document = write_payload(reply.response.tensors, "")
    document["meta"] = write_meta("", reply.response.trail or Trail())
    return _answer(document)


def decode_ready(_: HttpRequest, model: str = "", namespace: str = "") -> Ready:
    return Ready(model or None)


def decode_live(_: HttpRequest, model: str = "", namespace: str = "") -> Live:
    return Live()


def encode_ready(_: Ready, reply: Readiness) -> HttpResponse:
    return _readiness(reply, b"ready")


def encode_live(_: Live, reply: Readiness) -> HttpResponse:
    return _readiness(reply, b"live")


def _readiness(reply: Readiness, word: bytes) -> HttpResponse:
    if reply.ready:
        return HttpResponse(200, word, TEXT.encode(), HEADERS)
    return refusal(503, reply.reason or "not ready", reason="UNAVAILABLE")


def pong(_: HttpRequest, model: str = "", namespace: str = "") -> HttpResponse:
    return HttpResponse(200, b"pong", TEXT.encode(), HEADERS)


def decode_scrape(_: HttpRequest, model: str = "", namespace: str = "") -> Scrape:
    return Scrape()


def encode_scraped(_: Scrape, reply: Scraped) -> HttpResponse:
    return HttpResponse(200, reply.text.encode(), METRICS.encode(), HEADERS)


def no_reply(call: Any, reply: Any) -> HttpResponse:
    raise AssertionError("this route is answered while it is decoded")


def _answer(document: Any) -> HttpResponse:
    return HttpResponse(200, write(document), headers=HEADERS)
