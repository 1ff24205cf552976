"""Faults as answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from salver.core.errors import KINDS, BadInput, Fault, Full, Internal, Late, NotFound, Unavailable, Unsupported
from salver.core.signature import Signature
from salver.core.tensor import TensorSpec
from salver.protocols.jsontensor import Mismatch
from salver.protocols.route import Route
from salver.protocols.tfserving.body import Body
from salver.protocols.tfserving.faults import STATUS, encode_fault
from salver.protocols.tfserving.rest import PROTOCOL

PREDICT, STATUS_ROUTE, METADATA, _, _ = PROTOCOL.routes
TWO = Signature(
    {"a": TensorSpec("FP32", (-1, 2)), "b": TensorSpec("BYTES", (-1,))}, {"y": TensorSpec("FP32", (-1,))}, batched=True
)


def told(fault: Fault, route: Route | None = PREDICT) -> tuple[int, dict[str, Any]]:
    response = encode_fault(fault, route)
    assert isinstance(response.body, bytes)
    return response.status, json.loads(response.body)


def test_every_kind_has_a_status() -> None:
    assert set(STATUS) == set(KINDS)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (BadInput("no"), 400),
        (Mismatch(1, "BYTES"), 400),
        (Unsupported("no"), 501),
        (Unavailable("no"), 503),
        (Full("no"), 429),
        (Late("no"), 504),
        (Internal("no"), 500),
    ],
)
def test_status(fault: Fault, status: int) -> None:
    assert told(fault) == (status, {"error": fault.message})


def test_full_says_when_to_come_back() -> None:
    assert encode_fault(Full("later", retry_after_s=7), PREDICT).headers == ((b"Retry-After", b"7"),)


@pytest.mark.parametrize(
    ("fault", "route", "status", "text"),
    [
        (NotFound("", model="m"), PREDICT, 404, "Servable not found for request: Latest(m)"),
        (NotFound("", model="m", version=3), PREDICT, 404, "Servable not found for request: Specific(m, 3)"),
        (NotFound("", model="m"), METADATA, 404, "Servable not found for request: Latest(m)"),
        (NotFound("", model="m"), STATUS_ROUTE, 404, "Could not find any versions of model m"),
        (NotFound("", model="m", version=3), STATUS_ROUTE, 404, "Could not find version 3 of model m"),
        (NotFound("", model="m", label="l"), PREDICT, 400, "Unrecognized servable version label: l"),
        (NotFound("", model="m", label="l"), STATUS_ROUTE, 400, "Unrecognized servable version label: l"),
        (NotFound("nothing here"), None, 404, "nothing here"),
    ],
)
def test_not_found(fault: NotFound, route: Route | None, status: int, text: str) -> None:
    assert told(fault, route) == (status, {"error": text})


def refused(body: bytes, signatures: dict[str, Signature]) -> dict[str, Any]:
    with pytest.raises(BadInput) as caught:
        Body(body)(signatures)
    return told(caught.value)[1]


def test_bad_input_shows_what_was_expected_and_an_example_that_works() -> None:
    answer = refused(b"", {"serving_default": TWO})
    assert answer["error"] == "JSON Parse error: The document is empty"
    assert answer["expected"] == {
        "inputs": {"a": {"dtype": "float", "shape": [-1, 2]}, "b": {"dtype": "string", "shape": [-1]}}
    }
    request = Body(json.dumps(answer["example"]).encode())({"serving_default": TWO})
    TWO.check(request.tensors)


def test_the_example_names_a_signature_that_is_not_the_default() -> None:
    signatures = {"other": TWO, "serving_default": Signature({}, {})}
    answer = refused(b'{"signature_name": "other", "instances": [1]}', signatures)
    assert answer["example"]["signature_name"] == "other"


def test_no_example_as_long_as_an_image() -> None:
    image = Signature({"x": TensorSpec("FP32", (-1, 224, 224, 3))}, {})
    answer = refused(b"{}", {"serving_default": image})
    assert answer.keys() == {"error", "expected"}
    assert answer["expected"]["inputs"]["x"]["shape"] == [-1, 224, 224, 3]


def test_an_unknown_signature_has_nothing_to_show() -> None:
    answer = refused(b'{"signature_name": "no", "inputs": 1}', {"serving_default": TWO})
    assert answer == {"error": 'Serving signature name: "no" not found in signature def'}
