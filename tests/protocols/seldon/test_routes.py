"""Request lines: what belongs to Seldon's protocol, to which model and node, and what is wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.route import Match
from salver.protocols.seldon.rest import PROTOCOL
from salver.protocols.table import find

INGRESS = {"namespace": "ns", "model": "dep"}


@pytest.mark.parametrize(
    ("method", "target", "route", "args"),
    [
        (b"POST", b"/api/v1.0/predictions", "predict", {}),
        (b"POST", b"/api/v0.1/predictions?x=1", "predict", {}),
        (b"POST", b"/predict", "predict", {}),
        (b"GET", b"/predict?json=%7B%7D", "predictByQuery", {}),
        (b"POST", b"/api/v1.0/feedback", "feedback", {}),
        (b"POST", b"/api/v0.1/feedback", "feedback", {}),
        (b"POST", b"/send-feedback", "feedback", {}),
        (b"GET", b"/send-feedback?json=%7B%7D", "feedbackByQuery", {}),
        (b"GET", b"/api/v1.0/status/a%2Fb", "nodeHealth", {"node": "a/b"}),
        (b"GET", b"/api/v0.1/status/clf", "nodeHealth", {"node": "clf"}),
        (b"GET", b"/api/v1.0/status", "health", {}),
        (b"GET", b"/api/v1.0/health/status", "health", {}),
        (b"GET", b"/health/status", "health", {}),
        (b"GET", b"/health/ping", "ping", {}),
        (b"GET", b"/api/v1.0/metadata", "graphMetadata", {}),
        (b"GET", b"/api/v0.1/metadata/clf", "nodeMetadata", {"node": "clf"}),
        (b"GET", b"/metadata", "modelMetadata", {}),
        (b"GET", b"/api/v1.0/doc/", "doc", {}),
        (b"GET", b"/api/v0.1/doc", "doc", {}),
        (b"GET", b"/seldon.json", "doc", {}),
        (b"GET", b"/ready", "ready", {}),
        (b"HEAD", b"/live", "live", {}),
        (b"GET", b"/prometheus", "metrics", {}),
        (b"POST", b"/seldon/ns/dep/api/v1.0/predictions", "predict", INGRESS),
        (b"POST", b"/seldon/ns/dep/api/v0.1/feedback", "feedback", INGRESS),
        (b"GET", b"/seldon/ns/dep/api/v1.0/status/clf", "nodeHealth", {**INGRESS, "node": "clf"}),
        (b"GET", b"/seldon/ns/dep/ready", "ready", INGRESS),
        (b"POST", b"/seldon/dep/api/v1.0/predictions", "predict", {"model": "dep"}),
        (b"POST", b"/seldon/a/api/api/v1.0/predictions", "predict", {"namespace": "a", "model": "api"}),
    ],
)
def test_a_line_finds_its_route(method: bytes, target: bytes, route: str, args: dict[str, str]):
    found = find(method, target)
    assert isinstance(found, Match)
    assert (found.protocol, found.route.name, found.args) == (PROTOCOL, route, args)


def test_every_template_leads_to_its_own_route():
    for route in PROTOCOL.routes:
        for template in route.templates:
            found = find(route.method.encode(), template.format(namespace="ns", model="dep", node="n").encode())
            assert isinstance(found, Match)
            assert (found.protocol, found.route.name) == (PROTOCOL, route.name)


@pytest.mark.parametrize(
    "target", [b"/", b"/v1/models/m:predict", b"/v2/models/m/infer", b"/metrics", b"/seldon", b"/x"]
)
def test_other_paths_are_left_to_others(target: bytes):
    assert PROTOCOL.match(b"POST", target) is None


def test_options_is_left_to_others():
    assert PROTOCOL.match(b"OPTIONS", b"/api/v1.0/predictions") is None


@pytest.mark.parametrize(
    ("method", "target", "status", "allow"),
    [
        (b"GET", b"/api/v1.0/predictions", 405, b"POST"),
        (b"PUT", b"/predict", 405, b"POST, GET, HEAD"),
        (b"POST", b"/ready", 405, b"GET, HEAD"),
        (b"GET", b"/api/v1.0/nothing", 404, None),
        (b"GET", b"/seldon/ns/dep/api/v1.0/explain", 404, None),
        (b"POST", b"/seldon//dep/api/v1.0/predictions", 404, None),
        (b"GET", b"/api/v1.0/status/%ff", 400, None),
    ],
)
def test_what_is_wrong_is_told_in_seldons_shape(method: bytes, target: bytes, status: int, allow: bytes | None):
    found = PROTOCOL.match(method, target)
    assert isinstance(found, HttpResponse)
    assert found.status == status
    assert dict(found.headers).get(b"Allow") == allow
    assert isinstance(found.body, bytes)
    told = json.loads(found.body)["status"]
    assert (told["code"], told["status"]) == (status, "FAILURE")


@given(st.binary(max_size=60))
def test_no_target_breaks_the_look_up(tail: bytes):
    for front in (b"", b"/seldon/", b"/seldon/a/b/", b"/api/v1.0/status/"):
        PROTOCOL.match(b"GET", front + tail)


def test_the_document_describes_this_protocol_alone():
    found = find(b"GET", b"/api/v1.0/doc/")
    assert isinstance(found, Match)
    answer = found.route.decode_call(HttpRequest(b"GET", b"/api/v1.0/doc/"))
    assert isinstance(answer, HttpResponse)
    assert isinstance(answer.body, bytes)
    document = json.loads(answer.body)
    assert "/api/v1.0/predictions" in document["paths"]
    assert [tag["name"] for tag in document["tags"]] == ["seldon"]


def test_ping_answers_pong():
    found = find(b"GET", b"/health/ping")
    assert isinstance(found, Match)
    answer = found.route.decode_call(HttpRequest(b"GET", b"/health/ping"))
    assert isinstance(answer, HttpResponse)
    assert (answer.status, answer.body) == (200, b"pong")
