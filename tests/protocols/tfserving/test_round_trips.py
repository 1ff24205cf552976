"""Both halves of the codec against each other: what goes in at one end comes out at the other."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salver.core.calls import (
    About,
    Metadata,
    ModelMetadata,
    ModelStatus,
    Predict,
    Predicted,
    State,
    Status,
    VersionStatus,
)
from salver.core.errors import BadInput, Fault, Full, Internal, Late, NotFound, Unavailable, Unsupported
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import FLOATS, INTEGERS, NUMPY, Tensor, TensorSpec, objects
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.route import Match
from salver.protocols.tfserving.client import SOLE_OUTPUT
from salver.protocols.tfserving.dtypes import UNREADABLE
from salver.protocols.tfserving.rest import PROTOCOL

CARRIED = sorted((INTEGERS | FLOATS | {"BOOL", "BYTES"}) - UNREADABLE)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@st.composite
def tensors(draw: st.DrawFn) -> Tensor:
    dtype = draw(st.sampled_from(CARRIED))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    if 0 in shape[:-1]:
        shape = (0,)  # JSON cannot say what comes below an axis without elements
    if dtype == "BYTES":
        items = draw(st.lists(TEXT | st.binary(max_size=8), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
        array = np.empty(shape, dtype=object)
        for index, item in enumerate(items):
            array.flat[index] = item
        return Tensor(dtype, array)
    return Tensor(dtype, draw(hnp.arrays(NUMPY[dtype], shape)))


def same(left: Tensor, right: Tensor) -> bool:
    if left.dtype == "BYTES":
        return right.dtype == "BYTES" and left.array.shape == right.array.shape and as_bytes(left) == as_bytes(right)
    equal_nan = left.dtype in FLOATS
    return left.dtype == right.dtype and np.array_equal(left.array, right.array, equal_nan=equal_nan)


def as_bytes(tensor: Tensor) -> list[bytes]:
    return [item.encode() if isinstance(item, str) else item for item in tensor.array.flat]


def sent(request: Request) -> Predict:
    return Predict("tfserving", "m", 3, None, lambda _: request)


def received(request: HttpRequest) -> Any:
    found = PROTOCOL.match(request.method, request.target)
    assert isinstance(found, Match)
    return found.route.decode_call(request, **found.args)


@given(st.dictionaries(NAMES, tensors(), min_size=1, max_size=3), NAMES)
def test_requests(given_tensors: dict[str, Tensor], signature_name: str) -> None:
    signature = Signature({name: TensorSpec(t.dtype, None) for name, t in given_tensors.items()}, {})
    call = received(PROTOCOL.encode_call(sent(Request(given_tensors, signature_name))))
    assert (call.model, call.version, call.label) == ("m", 3, None)
    request = call.read({signature_name: signature})
    assert request.signature == signature_name
    assert request.tensors.keys() == given_tensors.keys()
    assert all(same(given_tensors[name], request.tensors[name]) for name in given_tensors)


def predicted(response: Response) -> Predicted:
    return Predicted("m", 3, "serving_default", Signature({}, {}), response)


def answered(body: bytes, response: Response) -> dict[str, Tensor]:
    """What a client makes of a server's answer to a request with this body."""
    call = received(HttpRequest(b"POST", b"/v1/models/m/versions/3:predict", body=body))
    call.read({"serving_default": Signature({"x": TensorSpec("FP32", None)}, {})})
    encoded = PROTOCOL.routes[0].encode_reply(call, predicted(response))
    assert encoded.status == 200
    reply = PROTOCOL.decode_reply(call, encoded)
    assert isinstance(reply, Predicted)
    return dict(reply.response.tensors)


def agrees(given_tensor: Tensor, found: Tensor) -> bool:
    """Answers carry no dtypes: a client finds the same values in the widest dtype of the same kind."""
    if given_tensor.array.size == 0:
        return found.array.size == 0
    if given_tensor.dtype == "BYTES":
        return same(given_tensor, found)
    with np.errstate(over="ignore"):
        narrowed = found.array.astype(given_tensor.array.dtype)
    return found.array.dtype.kind in {"i": "i", "u": "iu", "f": "f", "b": "b"}[given_tensor.array.dtype.kind] and bool(
        np.array_equal(given_tensor.array, narrowed, equal_nan=given_tensor.dtype in FLOATS)
    )


@given(tensors())
def test_answers_in_columns(tensor: Tensor) -> None:
    assert agrees(tensor, answered(b'{"inputs": 1}', Response({"y": tensor}))[SOLE_OUTPUT])
    both = answered(b'{"inputs": 1}', Response({"y": tensor, "z": tensor}))
    assert agrees(tensor, both["y"])
    assert agrees(tensor, both["z"])


@given(tensors().filter(lambda tensor: tensor.array.ndim > 0 and tensor.array.shape[0] > 0))
def test_answers_in_rows(tensor: Tensor) -> None:
    assert agrees(tensor, answered(b'{"instances": [1]}', Response({"y": tensor}))[SOLE_OUTPUT])
    both = answered(b'{"instances": [1]}', Response({"y": tensor, "z": tensor}))
    assert agrees(tensor, both["y"])
    assert agrees(tensor, both["z"])


def test_answers_of_any_json() -> None:
    rows = [{"a": [1, "x", None]}, None, 2.5]
    found = answered(
        b'{"inputs": 1}', Response({"y": Tensor("JSON", objects(rows)), "z": Tensor("JSON", objects([1]))})
    )
    assert found["y"].dtype == "JSON"
    assert list(found["y"].array) == rows


def test_large_answers() -> None:
    values = np.arange(6000).reshape(2, 3000)
    both = {"y": Tensor("INT64", values), "z": Tensor("FP32", values.astype(np.float32) / 7)}
    for body in (b'{"inputs": 1}', b'{"instances": [1]}'):
        found = answered(body, Response(both))
        assert all(agrees(both[name], found[name]) for name in both)


def test_status_and_metadata() -> None:
    signature = Signature({"x": TensorSpec("FP32", (-1, 13))}, {"y": TensorSpec("INT64", (-1,))}, batched=True)
    for call, reply, route in (
        (Status("a b", label="é/x"), ModelStatus("a b", (VersionStatus(3, State.LOADING),)), PROTOCOL.routes[1]),
        (Metadata("m", 3), ModelMetadata("m", 3, (3,), "", {"serving_default": signature}), PROTOCOL.routes[2]),
    ):
        assert received(PROTOCOL.encode_call(call)) == call
        assert PROTOCOL.decode_reply(call, route.encode_reply(call, reply)) == reply


@pytest.mark.parametrize("kind", [BadInput, Unsupported, Unavailable, Full, Late, Internal])
def test_faults_arrive_as_they_left(kind: type[Fault]) -> None:
    with pytest.raises(kind, match="because") as caught:
        PROTOCOL.decode_reply(Status("m"), PROTOCOL.encode_fault(kind("because"), None))
    assert type(caught.value) is kind


def test_full_keeps_its_time() -> None:
    with pytest.raises(Full) as caught:
        PROTOCOL.decode_reply(Status("m"), PROTOCOL.encode_fault(Full("later", 9), None))
    assert caught.value.retry_after_s == 9


def test_what_is_not_found_keeps_its_name() -> None:
    call = Predict("tfserving", "m", 4, None, lambda _: Request({}))
    answer = PROTOCOL.encode_fault(NotFound("gone", model="m", version=4), PROTOCOL.routes[0])
    with pytest.raises(NotFound) as caught:
        PROTOCOL.decode_reply(call, answer)
    assert (caught.value.model, caught.value.version) == ("m", 4)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"5", b"{}", b'{"model_version_status": [{"version": "x"}]}'])
@pytest.mark.parametrize("call", [Status("m"), Metadata("m"), sent(Request({}))])
def test_nonsense_from_a_server_is_its_own_fault(call: Any, body: bytes) -> None:
    with pytest.raises(Internal):
        PROTOCOL.decode_reply(call, HttpResponse(200, body))
    with pytest.raises(Unavailable):
        PROTOCOL.decode_reply(call, HttpResponse(503, body))


def test_calls_the_protocol_lacks() -> None:
    with pytest.raises(Unsupported, match="About"):
        PROTOCOL.encode_call(About())


@given(st.binary())
def test_any_answer(body: bytes) -> None:
    with pytest.raises(Fault):
        PROTOCOL.decode_reply(Status("m"), HttpResponse(200, body))


def test_an_answers_numbers_are_those_of_any_json_reader() -> None:
    values = np.array([[0.1, 2.5e-8, 1e30], [3.0, -0.0, 16777216.0]], np.float32)
    call = received(HttpRequest(b"POST", b"/v1/models/m:predict", body=b'{"inputs": 1}'))
    body = PROTOCOL.routes[0].encode_reply(call, predicted(Response({"y": Tensor("FP32", values)}))).body
    assert isinstance(body, bytes)
    assert np.array_equal(np.array(json.loads(body)["outputs"], np.float32), values)
