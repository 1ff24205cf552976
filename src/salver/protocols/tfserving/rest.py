"""TensorFlow Serving's REST API, version 1. What it is made of; no socket, no model."""

from __future__ import annotations

from functools import partial
from typing import Final

from salver.core.calls import Metadata, Predict, Status
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.route import HttpProtocol, Match, Route
from salver.protocols.tfserving import schemas
from salver.protocols.tfserving.answers import encode_classified, encode_predicted, encode_regressed
from salver.protocols.tfserving.body import Body
from salver.protocols.tfserving.client import decode_reply, encode_call
from salver.protocols.tfserving.documents import encode_metadata, encode_status
from salver.protocols.tfserving.example_body import read_examples
from salver.protocols.tfserving.faults import encode_fault
from salver.protocols.tfserving.methods import CLASSIFY, REGRESS
from salver.protocols.tfserving.paths import locate
from salver.protocols.tfserving.questions import Question
from salver.protocols.tfserving.sample import example_body

NAME: Final = "tfserving"


def protocol(*, method_check: bool = False) -> HttpProtocol:
    """The protocol; with `method_check` a signature answers only the methods that it was exported for, where its model
    says so (TensorFlow Serving's `--enable_signature_method_name_check`)."""
    routes = _routes(method_check)
    by_name = {route.name: route for route in routes}

    def match(method: bytes, target: bytes) -> Match | HttpResponse | None:
        """The route for everything below `/v1/`; None elsewhere, and for OPTIONS, which no protocol answers."""
        place = locate(method, target)
        if place is None or isinstance(place, HttpResponse):
            return place
        name, args = place
        return Match(made, by_name[name], args)

    made = HttpProtocol(
        NAME, routes, match, encode_fault, encode_call, decode_reply, "TensorFlow Serving REST", example_body
    )
    return made


def _routes(method_check: bool) -> tuple[Route, ...]:
    return (
        Route(
            "predict",
            "POST",
            _templates(":predict"),
            "Run a model on rows (`instances`) or on whole tensors (`inputs`).",
            partial(_decode_predict, method_check=method_check),
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
        Route(
            "classify",
            "POST",
            _templates(":classify"),
            "Classify examples, each an object of features: labels with their scores.",
            partial(_decode_question, asked=CLASSIFY, method_check=method_check),
            encode_classified,
            body=schemas.EXAMPLES_BODY,
            answer=schemas.CLASSIFY_ANSWER,
        ),
        Route(
            "regress",
            "POST",
            _templates(":regress"),
            "One number for each example, an object of features.",
            partial(_decode_question, asked=REGRESS, method_check=method_check),
            encode_regressed,
            body=schemas.EXAMPLES_BODY,
            answer=schemas.REGRESS_ANSWER,
        ),
    )


def _decode_predict(
    request: HttpRequest, model: str, version: int | None, label: str | None, *, method_check: bool
) -> Predict:
    return Predict(NAME, model, version, label, Body(request.body, method_check))


def _decode_question(
    request: HttpRequest, model: str, version: int | None, label: str | None, *, asked: str, method_check: bool
) -> Predict:
    read = Question(asked, partial(read_examples, request.body), method_check)
    return Predict(NAME, model, version, label, read, api=asked.rpartition("/")[2])


def _decode_status(_: HttpRequest, model: str, version: int | None, label: str | None) -> Status:
    return Status(model, version, label)


def _decode_metadata(_: HttpRequest, model: str, version: int | None, label: str | None) -> Metadata:
    return Metadata(model, version, label)


def _templates(suffix: str) -> tuple[str, ...]:
    places = ("", "/versions/{version}", "/labels/{label}")
    return tuple(f"/v1/models/{{model}}{place}{suffix}" for place in places)


PROTOCOL: Final = protocol()
"""With the flag as TensorFlow Serving has it by default."""
