"""Request lines and the places they mean."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.protocols.http import HttpResponse
from salver.protocols.route import Match
from salver.protocols.tfserving.paths import path
from salver.protocols.tfserving.rest import PROTOCOL


def place(model: str, version: int | None = None, label: str | None = None) -> dict[str, Any]:
    return {"model": model, "version": version, "label": label}


FOUND: list[tuple[bytes, bytes, str, dict[str, Any]]] = [
    (b"POST", b"/v1/models/m:predict", "predict", place("m")),
    (b"POST", b"/V1/Models/Wine:PREDICT", "predict", place("Wine")),
    (b"POST", b"/v1/models/m/versions/007:predict", "predict", place("m", 7)),
    (b"POST", b"/v1/models/m/versions/9223372036854775807:predict", "predict", place("m", 2**63 - 1)),
    (b"POST", b"/v1/models/m/labels/stable:predict", "predict", place("m", None, "stable")),
    (b"POST", b"/v1/models/a%2Fb%3Ac:predict", "predict", place("a/b:c")),
    (b"POST", b"/v1/models/caf%C3%A9/labels/%20:predict", "predict", place("café", None, " ")),
    (b"POST", b"/v1/models/m:predict?pretty=1", "predict", place("m")),
    (b"GET", b"/v1/models/m", "status", place("m")),
    (b"HEAD", b"/v1/models/m", "status", place("m")),
    (b"GET", b"/v1/models/m/versions/2", "status", place("m", 2)),
    (b"GET", b"/v1/models/m/labels/l", "status", place("m", None, "l")),
    (b"GET", b"/v1/models/m?x=/y", "status", place("m")),
    (b"GET", b"/v1/models/m/metadata", "metadata", place("m")),
    (b"GET", b"/v1/models/m/versions/2/METADATA", "metadata", place("m", 2)),
    (b"GET", b"/v1/models/m/labels/l/metadata", "metadata", place("m", None, "l")),
    (b"GET", b"/v1/models/metadata", "status", place("metadata")),
]


@pytest.mark.parametrize(("method", "target", "route", "args"), FOUND)
def test_found(method: bytes, target: bytes, route: str, args: dict[str, Any]) -> None:
    found = PROTOCOL.match(method, target)
    assert isinstance(found, Match)
    assert (found.protocol, found.route.name, found.args) == (PROTOCOL, route, args)


REFUSED: list[tuple[bytes, bytes, int, str]] = [
    (b"GET", b"/v1/models", 400, "Missing model name in request."),
    (b"GET", b"/v1/models/versions/1", 400, "Missing model name in request."),
    (b"GET", b"/v1/", 400, "Malformed request: GET /v1/"),
    (b"GET", b"/v1/models/", 400, "Malformed request: GET /v1/models/"),
    (b"GET", b"/v1/models/m:predict", 400, "Malformed request: GET /v1/models/m:predict"),
    (b"GET", b"/v1/models/m/", 400, "Malformed request: GET /v1/models/m/"),
    (b"POST", b"/v1/models/m", 400, "Malformed request: POST /v1/models/m"),
    (b"POST", b"/v1/models/m:guess", 400, "Malformed request: POST /v1/models/m:guess"),
    (b"POST", b"/v1/models/m/versions/x:predict", 400, "Malformed request: POST /v1/models/m/versions/x:predict"),
    (b"POST", b"/v1/models/m/versions/-1:predict", 400, "Malformed request: POST /v1/models/m/versions/-1:predict"),
    (b"DELETE", b"/v1/models/m", 400, "Malformed request: DELETE /v1/models/m"),
    (
        b"POST",
        b"/v1/models/m/versions/9223372036854775808:predict",
        400,
        "Failed to convert version: 9223372036854775808 to numeric.",
    ),
]


@pytest.mark.parametrize(("method", "target", "status", "text"), REFUSED)
def test_refused(method: bytes, target: bytes, status: int, text: str) -> None:
    found = PROTOCOL.match(method, target)
    assert isinstance(found, HttpResponse)
    assert isinstance(found.body, bytes)
    assert (found.status, json.loads(found.body)) == (status, {"error": text})


def test_a_version_of_many_digits() -> None:
    found = PROTOCOL.match(b"GET", b"/v1/models/m/versions/" + b"9" * 10_000)
    assert isinstance(found, HttpResponse)
    assert found.status == 400


@pytest.mark.parametrize("verb", ["predict", "classify", "regress"])
def test_what_can_be_asked_of_a_model(verb: str) -> None:
    found = PROTOCOL.match(b"POST", f"/v1/models/m/versions/7:{verb.upper()}".encode())
    assert isinstance(found, Match)
    assert (found.route.name, found.args) == (verb, {"model": "m", "version": 7, "label": None})


@pytest.mark.parametrize("target", [b"/", b"/v1", b"/v2/models/m", b"/healthz", b"/v10/models/m", b""])
def test_elsewhere(target: bytes) -> None:
    assert PROTOCOL.match(b"GET", target) is None


def test_options_are_not_ours() -> None:
    assert PROTOCOL.match(b"OPTIONS", b"/v1/models/m:predict") is None


@given(st.binary(max_size=8), st.binary(max_size=60))
def test_any_bytes(method: bytes, rest: bytes) -> None:
    assert PROTOCOL.match(method, b"/v1/" + rest) is not None or method == b"OPTIONS"


@given(st.text(min_size=1).filter(lambda name: name.isprintable()), st.none() | st.integers(0, 2**63 - 1))
def test_a_path_leads_back_to_its_names(model: str, version: int | None) -> None:
    found = PROTOCOL.match(b"POST", path(model, version, None, ":predict"))
    assert isinstance(found, Match)
    assert found.args == place(model, version)
