from __future__ import annotations

import json
import string

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.core import calls, errors
from salver.core.calls import (
    Done,
    Live,
    Load,
    ModelDescription,
    Models,
    ModelsDescription,
    Readiness,
    Ready,
    Reload,
    Scrape,
    Scraped,
    State,
    Unload,
    VersionDescription,
)
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec
from salver.protocols.admin.descriptions import MODEL, encode_model
from salver.protocols.admin.faults import STATUSES
from salver.protocols.admin.rest import protocol
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.route import Match

ADMIN = protocol()

WINE = ModelDescription(
    "wine",
    "models/wine",
    True,
    {"stable": 3},
    (
        VersionDescription(
            3,
            State.AVAILABLE,
            "",
            1769860800.25,
            "models/wine/3",
            "onnx",
            0.031,
            {
                "serving_default": Signature(
                    {"features": TensorSpec("FP32", (-1, 13)), "scale": TensorSpec("FP32", ())},
                    {"scores": TensorSpec("FP32", None)},
                    {"scale": Tensor.of(2.0, "FP32")},
                    True,
                )
            },
        ),
    ),
)

texts = st.text(max_size=8)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
specs = st.builds(
    TensorSpec,
    st.sampled_from(list(NUMPY)),
    st.none() | st.lists(st.integers(-1, 300), max_size=3).map(tuple),
)
signatures = st.builds(
    Signature,
    st.dictionaries(texts, specs, max_size=2),
    st.dictionaries(texts, specs, max_size=2),
    st.dictionaries(texts, st.none(), max_size=2),
    st.booleans(),
)
versions = st.builds(
    VersionDescription,
    st.integers(0, 2**63 - 1),
    st.sampled_from(State),
    texts,
    st.floats(0, 4e9),
    texts,
    texts,
    st.none() | st.floats(0, 1e6),
    st.dictionaries(texts, signatures, max_size=2),
)
models = st.builds(
    ModelDescription,
    texts,
    texts,
    st.booleans(),
    st.dictionaries(texts, st.integers(0, 2**63 - 1), max_size=2),
    st.lists(versions, max_size=2).map(tuple),
    texts,
)
faults = st.sampled_from(errors.KINDS).flatmap(lambda kind: st.builds(kind, texts.filter(bool)))


def matched(request: HttpRequest) -> Match:
    found = ADMIN.match(request.method, request.target)
    assert isinstance(found, Match)
    return found


def exchanged(call, reply):
    """What a client is told: the call and the reply both go over the wire."""
    request = ADMIN.encode_call(call)
    found = matched(request)
    assert found.route.decode_call(request, **found.args) == call
    return ADMIN.decode_reply(call, found.route.encode_reply(call, reply))


def answered(method: bytes, target: bytes) -> HttpResponse:
    found = ADMIN.match(method, target)
    answer = found.route.decode_call(HttpRequest(method, target), **found.args) if isinstance(found, Match) else found
    assert isinstance(answer, HttpResponse)
    return answer


@settings(max_examples=25)
@given(st.lists(models, max_size=3).map(tuple))
def test_descriptions_reach_the_client_whole(described):
    assert exchanged(Models(), ModelsDescription(described)) == ModelsDescription(described)


@settings(max_examples=25)
@given(names, models)
def test_one_description_reaches_the_client_whole(name, described):
    assert exchanged(Models(name), ModelsDescription((described,))) == ModelsDescription((described,))


@settings(max_examples=25)
@given(models)
def test_descriptions_keep_their_schema(described):
    jsonschema_rs.Draft202012Validator(MODEL, validate_formats=True).validate(encode_model(described))


@given(names, st.sampled_from([Load, Unload, Reload]))
def test_wishes_reach_the_server_and_come_back(name, wish):
    assert exchanged(wish(name), Done(name)) == Done(name)


@given(st.sampled_from([Live(), Ready()]), st.booleans(), texts)
def test_health_reaches_the_client(call, ready, reason):
    assert exchanged(call, Readiness(ready, reason)) == Readiness(ready, reason)


@given(names)
def test_metrics_reach_the_client(text):
    assert exchanged(Scrape(), Scraped(text)) == Scraped(text)


@given(faults, st.integers(0, 10**6))
def test_faults_reach_the_client(fault, retry_after_s):
    if isinstance(fault, errors.Full):
        fault.retry_after_s = retry_after_s
    with pytest.raises(type(fault)) as caught:
        ADMIN.decode_reply(Models(), ADMIN.encode_fault(fault, None))
    assert caught.value.message == fault.message
    assert getattr(caught.value, "retry_after_s", None) == getattr(fault, "retry_after_s", None)


def test_every_kind_of_fault_has_a_status():
    assert set(STATUSES) == set(errors.KINDS)


@given(
    st.sampled_from([Live(), Ready(), Models(), Models("wine"), Load("wine")]),
    st.sampled_from([200, 400, 404, 418, 429, 500, 502, 503]),
    st.one_of(
        st.binary(max_size=20),
        st.recursive(
            st.none() | st.integers() | texts,
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["models", "model", "live", "error", "versions"]), inner, max_size=3)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    ),
)
def test_an_answer_of_something_else_is_a_fault_or_a_reply(call, status, body):
    try:
        reply = ADMIN.decode_reply(call, HttpResponse(status, body))
    except errors.Fault:
        return
    assert isinstance(reply, calls.REPLIES[type(call)])


def test_a_model_as_the_documentation_shows_it():
    answer = matched(HttpRequest(b"GET", b"/admin/models/wine")).route.encode_reply(
        Models("wine"), ModelsDescription((WINE,))
    )
    assert answer.status == 200
    assert answer.content_type == b"application/json"
    assert isinstance(answer.body, bytes)
    assert json.loads(answer.body) == {
        "model": "wine",
        "path": "models/wine",
        "wanted": True,
        "labels": {"stable": 3},
        "error": "",
        "versions": [
            {
                "version": 3,
                "state": "AVAILABLE",
                "error": "",
                "since": "2026-01-31T12:00:00.250Z",
                "since_unix_s": 1769860800.25,
                "path": "models/wine/3",
                "format": "onnx",
                "load_s": 0.031,
                "signatures": {
                    "serving_default": {
                        "inputs": [
                            {"name": "features", "dtype": "FP32", "shape": [-1, 13]},
                            {"name": "scale", "dtype": "FP32", "shape": []},
                        ],
                        "outputs": [{"name": "scores", "dtype": "FP32", "shape": None}],
                        "optional": ["scale"],
                        "batched": True,
                    }
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("call", "reply", "status", "body"),
    [
        (Live(), Readiness(True), 200, {"live": True}),
        (Ready(), Readiness(True), 200, {"ready": True}),
        (Ready(), Readiness(False, "wine is loading"), 503, {"ready": False, "error": "wine is loading"}),
        (Unload("wine"), Done("wine"), 200, {"model": "wine", "done": True}),
    ],
)
def test_small_answers(call, reply, status, body):
    request = ADMIN.encode_call(call)
    answer = matched(request).route.encode_reply(call, reply)
    assert isinstance(answer.body, bytes)
    assert (answer.status, json.loads(answer.body)) == (status, body)


@pytest.mark.parametrize(
    ("target", "call"),
    [
        (b"/admin/models/a%2Fb%20c?x=1", Models("a/b c")),
        (b"/admin/models?", Models()),
        ("/admin/models/\u00e4".encode(), Models("\u00e4")),
        (b"/readyz?verbose", Ready()),
    ],
)
def test_paths_are_read_as_sent(target, call):
    request = HttpRequest(b"GET", target)
    found = matched(request)
    assert found.route.decode_call(request, **found.args) == call


@pytest.mark.parametrize(
    "target", [b"/nothing", b"/admin", b"/admin/models/", b"/admin/models/%ff", b"//", b"", b"*", b"/docs/x"]
)
def test_unknown_paths_are_404_and_point_to_the_docs(target):
    answer = answered(b"GET", target)
    assert answer.status == 404
    assert isinstance(answer.body, bytes)
    assert json.loads(answer.body) == {"error": f"no such path: {target.decode()}; see /docs"}


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        (b"POST", b"/healthz", b"GET, HEAD, OPTIONS"),
        (b"GET", b"/admin/models/wine/load", b"OPTIONS, POST"),
        (b"DELETE", b"/admin/models/wine", b"GET, HEAD, OPTIONS"),
        (b"\xff", b"/", b"GET, HEAD, OPTIONS"),
    ],
)
def test_the_wrong_method_is_told_the_right_ones(method, target, allow):
    answer = answered(method, target)
    assert answer.status == 405
    assert answer.headers == ((b"Allow", allow),)


@given(st.binary(max_size=8), st.binary(max_size=300))
def test_every_request_line_gets_an_answer(method, target):
    found = ADMIN.match(method, target)
    assert isinstance(found, Match) or (found is not None and found.status in (404, 405) and len(found.body) < 3000)  # type: ignore[arg-type]


@pytest.mark.parametrize("call", [Ready("wine"), calls.About(), calls.Status("wine"), calls.Statistics()])
def test_what_it_cannot_ask_it_refuses(call):
    with pytest.raises(errors.Unsupported, match=type(call).__name__):
        ADMIN.encode_call(call)


def test_the_document_has_every_path_of_every_protocol():
    document = json.loads(answered(b"GET", b"/openapi.json").body)  # type: ignore[arg-type]
    assert set(document["paths"]) == {template for route in ADMIN.routes for template in route.templates}
    assert set(string.printable) >= set(document["info"]["version"])
