"""Request lines: what belongs to the protocol, what to whom, and what is wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.protocols.http import HttpResponse
from salver.protocols.openinference.rest import PROTOCOL
from salver.protocols.route import Match


@pytest.mark.parametrize(
    ("method", "target", "route", "args"),
    [
        (b"GET", b"/v2", "server", {}),
        (b"GET", b"/v2/", "server", {}),
        (b"HEAD", b"/v2/health/live", "live", {}),
        (b"GET", b"/v2/health/ready?a=b", "ready", {}),
        (b"GET", b"/v2/models/", "models", {}),
        (b"GET", b"/v2/models/stats", "statistics", {}),
        (b"GET", b"/v2/models/m/stats", "statistics", {"model": "m"}),
        (b"GET", b"/v2/models/stats/stats", "statistics", {"model": "stats"}),
        (b"GET", b"/v2/models/m/versions/12/stats", "statistics", {"model": "m", "version": 12}),
        (b"GET", b"/v2/models/m", "metadata", {"model": "m"}),
        (b"GET", b"/v2/models/m/versions/007", "metadata", {"model": "m", "version": 7}),
        (b"GET", b"/v2/models/a%2Fb%20%C3%BC/ready", "modelReady", {"model": "a/b ü"}),
        (b"GET", "/v2/models/ü".encode(), "metadata", {"model": "ü"}),
        (b"POST", b"/v2/models/infer/infer", "infer", {"model": "infer"}),
        (b"POST", b"/v2/models/m/versions/1/infer/", "infer", {"model": "m", "version": 1}),
        (b"POST", b"/v2/repository/index", "index", {}),
        (b"POST", b"/v2/repository/models/m/load", "load", {"model": "m"}),
        (b"POST", b"/v2/repository/models/m/unload", "unload", {"model": "m"}),
    ],
)
def test_a_line_finds_its_route(method: bytes, target: bytes, route: str, args: dict[str, object]):
    found = PROTOCOL.match(method, target)
    assert isinstance(found, Match)
    assert (found.route.name, found.args) == (route, args)


@pytest.mark.parametrize("target", [b"/", b"/v1/models/m", b"/v2x", b"/v22/models", b"*", b"", b"//v2"])
def test_other_paths_are_left_to_others(target: bytes):
    assert PROTOCOL.match(b"GET", target) is None


def test_options_is_left_to_others():
    assert PROTOCOL.match(b"OPTIONS", b"/v2/models/m/infer") is None


@pytest.mark.parametrize(
    ("method", "target", "status", "allow"),
    [
        (b"GET", b"/v2/models/m/infer", 405, b"POST"),
        (b"HEAD", b"/v2/models/m/infer", 405, b"POST"),
        (b"POST", b"/v2", 405, b"GET, HEAD"),
        (b"DELETE", b"/v2/models/m/versions/1", 405, b"GET, HEAD"),
        (b"POST", b"/v2/models/stats", 405, b"GET, HEAD"),
        (b"GET", b"/v2/repository/index", 405, b"POST"),
        (b"GET", b"/v2/nothing", 404, None),
        (b"GET", b"/v2/models//ready", 404, None),
        (b"POST", b"/v2/models/m/generate", 404, None),
        (b"GET", b"/v2/models/m/versions/one", 400, None),
        (b"GET", b"/v2/models/m/versions/-1", 400, None),
        (b"GET", b"/v2/models/m/versions/9223372036854775808", 400, None),
        (b"GET", "/v2/models/m/versions/²".encode(), 400, None),
        (b"GET", b"/v2/models/%ff", 400, None),
        (b"GET", b"/v2/models/\xff", 400, None),
    ],
)
def test_a_wrong_line_is_answered(method: bytes, target: bytes, status: int, allow: bytes | None):
    found = PROTOCOL.match(method, target)
    assert isinstance(found, HttpResponse)
    assert isinstance(found.body, bytes)
    assert found.status == status
    assert list(json.loads(found.body)) == ["error"]
    assert dict(found.headers).get(b"Allow") == allow


@given(st.binary(max_size=12), st.binary(max_size=60))
def test_any_line_is_answered(method: bytes, rest: bytes):
    assert isinstance(PROTOCOL.match(method, b"/v2/" + rest), (Match, HttpResponse, type(None)))


def test_routes_are_named_once():
    names = [route.name for route in PROTOCOL.routes]
    assert len(set(names)) == len(names)
