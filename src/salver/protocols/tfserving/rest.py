"""TensorFlow Serving's REST API, version 1: predict, status, metadata. What it is made of; no socket, no model."""

from __future__ import annotations

from typing import Final

from salver.core.calls import Metadata, Predict, Status
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.route import HttpProtocol, Match, Route
from salver.protocols.tfserving import schemas
from salver.protocols.tfserving.answers import encode_predicted
from salver.protocols.tfserving.body import Body
from salver.protocols.tfserving.client import decode_reply, encode_call
from salver.protocols.tfserving.documents import encode_metadata, encode_status
from salver.protocols.tfserving.faults import encode_fault
from salver.protocols.tfserving.paths import locate
from salver.protocols.tfserving.sample import example_body

NAME: Final = "tfserving"


def _decode_predict(request: HttpRequest, model: str, version: int | None, label: str | None) -> Predict:
    return Predict(NAME, model, version, label, Body(request.body))


def _decode_status(_: HttpRequest, model: str, version: int | None, label: str | None) -> Status:
    return Status(model, version, label)


def _decode_metadata(_: HttpRequest, model: str, version: int | None, label: str | None) -> Metadata:
    return Metadata(model, version, label)


def _templates(suffix: str) -> tuple[str, ...]:
    places = ("", "/versions/{version}", "/labels/{label}")
    return tuple(f"/v1/models/{{model}}{place}{suffix}" for place in places)


ROUTES: Final = (
    Route(
        "predict",
        "POST",
        _templates(":predict"),
        "Run a model on rows (`instances`) or on whole tensors (`inputs`).",
        _decode_predict,
        encode_predicted,
        body=schemas.PREDICT_BODY,
        answer=schemas.PREDICT_ANSWER,
    ),
    Route(
        "status",
        "GET",
        _templates(""),
        "The states of a model's versions.",
        _decode_status,
        encode_status,
        answer=schemas.STATUS_ANSWER,
    ),
    Route(
        "metadata",
        "GET",
        _templates("/metadata"),
        "The inputs and outputs of a model, signature by signature.",
        _decode_metadata,
        encode_metadata,
        answer=schemas.METADATA_ANSWER,
    ),
)
_BY_NAME: Final = {route.name: route for route in ROUTES}


def match(method: bytes, target: bytes) -> Match | HttpResponse | None:
    """The route for everything below `/v1/`; None elsewhere, and for OPTIONS, which no protocol answers."""
    place = locate(method, target)
    if place is None or isinstance(place, HttpResponse):
        return place
    name, args = place
    return Match(PROTOCOL, _BY_NAME[name], args)


PROTOCOL: Final = HttpProtocol(
    NAME, ROUTES, match, encode_fault, encode_call, decode_reply, "TensorFlow Serving REST", example_body
)
