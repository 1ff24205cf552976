"""Bodies of the repository's routes, what metadata says, and what a fault carries."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from salver.core import calls
from salver.core.errors import KINDS, BadInput, NotFound, Unavailable
from salver.core.signature import Signature
from salver.core.tensor import TensorSpec
from salver.protocols.http import HttpRequest
from salver.protocols.openinference.faults import STATUSES
from salver.protocols.openinference.management import INDEX_STATES
from salver.protocols.openinference.rest import PROTOCOL
from salver.protocols.route import Match, Route

SIGNATURE = Signature(
    {"x": TensorSpec("JSON", (-1,)), "b": TensorSpec("FP32", None)}, {"y": TensorSpec("INT64", ())}, {"b": None}
)


def decode(target: bytes, body: bytes) -> Any:
    found = PROTOCOL.match(b"POST", target)
    assert isinstance(found, Match)
    return found.route.decode_call(HttpRequest(b"POST", target, [], body), **found.args)


def route(name: str) -> Route:
    return next(route for route in PROTOCOL.routes if route.name == name)


def body_of(response: Any) -> Any:
    return orjson.loads(response.body)


@pytest.mark.parametrize("body", [b"", b" \n", b"{}", b'{"ready":null}', b'{"ready":false}'])
def test_an_index_of_everything(body: bytes):
    assert decode(b"/v2/repository/index", body) == calls.Models()


@pytest.mark.parametrize("body", [b"[]", b"7", b"{", b'{"ready":1}', b"\xff"])
def test_an_index_asked_for_badly(body: bytes):
    with pytest.raises(BadInput):
        decode(b"/v2/repository/index", body)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"parameters":{"unload_dependents":true}}', b'{"parameters":null}'])
def test_load_and_unload(body: bytes):
    assert decode(b"/v2/repository/models/m/load", body) == calls.Load("m")
    assert decode(b"/v2/repository/models/m/unload", body) == calls.Unload("m")


@pytest.mark.parametrize("name", ["config", "file:1/model.onnx", "file:" + "a" * 100_000])
def test_a_load_brings_no_files(name: str):
    with pytest.raises(BadInput, match="is not supported") as caught:
        decode(b"/v2/repository/models/m/load", orjson.dumps({"parameters": {name: "{}"}}))
    assert len(caught.value.message) < 200


def test_every_state_has_a_word():
    assert set(INDEX_STATES) == set(calls.State)


def test_a_model_without_versions_stands_in_the_index():
    unloaded = calls.ModelDescription("m", "", False, {}, ())
    missing = calls.ModelDescription("n", "", True, {}, (), "no such folder")
    answer = route("index").encode_reply(calls.Models(), calls.ModelsDescription((unloaded, missing)))
    assert [(row["name"], row["state"], row["reason"]) for row in body_of(answer)] == [
        ("m", "UNAVAILABLE", "unloaded"),
        ("n", "UNAVAILABLE", "no such folder"),
    ]


def test_metadata_says_what_the_protocol_has_no_word_for():
    reply = calls.ModelMetadata("m", 1, (1,), "python", {"serving_default": SIGNATURE})
    document = body_of(route("metadata").encode_reply(calls.Metadata("m"), reply))
    assert document["inputs"] == [
        {"name": "x", "datatype": "BYTES", "shape": [-1], "parameters": {"content_type": "json"}},
        {"name": "b", "datatype": "FP32", "shape": [-1], "parameters": {"any_rank": True, "optional": True}},
    ]
    assert "signatures" not in document


def test_several_signatures_are_all_told():
    reply = calls.ModelMetadata("m", 1, (1,), "python", {"a": SIGNATURE, "b": Signature({}, {})})
    document = body_of(route("metadata").encode_reply(calls.Metadata("m"), reply))
    assert document["outputs"] == document["signatures"]["a"]["outputs"]
    assert document["signatures"]["b"] == {"inputs": [], "outputs": []}


def test_every_kind_of_fault_has_a_status():
    assert set(STATUSES) == set(KINDS)


def test_a_kind_of_a_kind_has_its_status():
    class Odd(NotFound):
        pass

    assert PROTOCOL.encode_fault(Odd("no"), None).status == 404


def bad_input(signature: Signature) -> Any:
    fault = BadInput("no")
    fault.signature = signature
    return body_of(PROTOCOL.encode_fault(fault, route("infer")))


def test_bad_input_is_told_what_is_expected():
    document = bad_input(SIGNATURE)
    assert [spec["name"] for spec in document["expected"]] == ["x", "b"]
    call = decode(b"/v2/models/m/infer", orjson.dumps(document["example"]))
    SIGNATURE.check(call.read({"serving_default": SIGNATURE}).tensors)


def test_a_large_example_is_left_out():
    document = bad_input(Signature({"x": TensorSpec("FP32", (-1, 224, 224, 3))}, {}))
    assert list(document) == ["error", "expected"]


@pytest.mark.parametrize("fault", [NotFound("x", model="m"), Unavailable("loading")])
def test_readiness_of_a_model_that_is_not_there_is_400(fault: Any):
    answer = PROTOCOL.encode_fault(fault, route("modelReady"))
    assert answer.status == 400
    assert body_of(answer)["error"].startswith("Model version not ready")
