"""What one half writes the other reads, for every dtype, in JSON and raw."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensor_cases import TEXTS, same, tensors

from salver.core import calls
from salver.core.errors import (
    BadInput,
    Fault,
    Full,
    Internal,
    Late,
    NotFound,
    Unavailable,
    Unsupported,
)
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec, objects
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.openinference.request import example_body
from salver.protocols.openinference.rest import PROTOCOL
from salver.protocols.route import Match


def decode(request: HttpRequest) -> tuple[Match, Any]:
    found = PROTOCOL.match(request.method, request.target)
    assert isinstance(found, Match)
    return found, found.route.decode_call(request, **found.args)


def there_and_back(given_: dict[str, Tensor], params: dict[str, Any]) -> tuple[Request, calls.Predicted]:
    """What an echo server was asked, and what it answered."""
    specs = {name: TensorSpec(tensor.dtype, tensor.array.shape) for name, tensor in given_.items()}
    signature = Signature(specs, specs)
    call = calls.Predict("openinference", "m", 4, None, lambda _: Request(given_, params=params), "an id")
    match, decoded = decode(PROTOCOL.encode_call(call))
    asked = decoded.read({"serving_default": signature})
    answer = match.route.encode_reply(
        decoded, calls.Predicted("m", 4, "serving_default", signature, Response(asked.tensors, {"p": 1}))
    )
    reply = PROTOCOL.decode_reply(call, answer)
    assert isinstance(reply, calls.Predicted)
    return asked, reply


@given(st.dictionaries(TEXTS, tensors(), max_size=3), st.booleans(), st.booleans())
def test_tensors_come_back(given_: dict[str, Tensor], binary: bool, binary_output: bool):
    params = {"binary_data": binary, "binary_data_output": binary_output}
    asked, reply = there_and_back(given_, params)
    assert asked.params == {}
    assert (reply.model, reply.version, reply.response.params) == ("m", 4, {"p": 1})
    for name, tensor in given_.items():
        assert same(tensor, asked.tensors[name])
        assert same(tensor, reply.response.tensors[name])


@pytest.mark.parametrize("dtype", [*NUMPY])
@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 3), (2, 0, 3)])
def test_every_dtype_in_every_shape(dtype: str, binary: bool, shape: tuple[int, ...]):
    size = int(np.prod(shape))
    filled = objects([f"[{n}]" for n in range(size)]) if NUMPY[dtype].hasobject else np.arange(size) + 1
    tensor = Tensor(dtype, filled.astype(NUMPY[dtype]).reshape(shape))
    asked, reply = there_and_back({"x": tensor}, {"binary_data": binary})
    assert same(tensor, asked.tensors["x"])
    assert same(tensor, reply.response.tensors["x"])


def test_missing_strings_come_back():
    signature = Signature({}, {"t": TensorSpec("BYTES", (2, 2))})
    tensor = Tensor("BYTES", np.array([["a", None], ["", None]], object))
    call = calls.Predict("openinference", "m", None, None, lambda _: Request({}, params={"binary_data": True}))
    match, decoded = decode(PROTOCOL.encode_call(call))
    decoded.read({"serving_default": signature})
    answer = match.route.encode_reply(decoded, calls.Predicted("m", 1, "", signature, Response({"t": tensor})))
    reply = PROTOCOL.decode_reply(call, answer)
    assert isinstance(reply, calls.Predicted)
    assert reply.response.tensors["t"].array.tolist() == [["a", None], ["", None]]


def test_arrays_inside_json_travel_with_their_type():
    sequence = objects([np.array([[1.5, np.nan]], np.float32), np.array(["a"], object)])
    asked, _ = there_and_back({"x": Tensor("JSON", sequence)}, {"binary_data": True})
    first, second = asked.tensors["x"].array
    assert (first["datatype"], first["shape"], first["data"][0]) == ("FP32", [1, 2], 1.5)
    assert np.isnan(first["data"][1])
    assert second == {"datatype": "BYTES", "shape": [1], "data": ["a"]}


def test_a_signature_an_id_and_a_deadline_are_sent():
    request = Request({}, "other", deadline=time.monotonic() + 5)
    call = calls.Predict("openinference", "m", None, None, lambda _: request, "7")
    _, decoded = decode(PROTOCOL.encode_call(call))
    asked = decoded.read({"other": Signature({}, {}), "serving_default": Signature({}, {})})
    assert (asked.signature, decoded.read.id) == ("other", "7")
    assert asked.deadline == pytest.approx(request.deadline, abs=0.5)


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [(dtype, shape) for dtype in NUMPY if dtype != "JSON" for shape in (None, (), (-1, 3), (2,))] + [("JSON", (-1,))],
)
def test_an_example_is_valid(dtype: str, shape: tuple[int, ...] | None):
    signature = Signature({"x": TensorSpec(dtype, shape)}, {}, batched=shape == (-1, 3))
    _, call = decode(HttpRequest(b"POST", b"/v2/models/m/infer", [], example_body(signature)))
    signature.check(call.read({"serving_default": signature}).tensors)


MODEL = calls.ModelDescription(
    "m",
    "",
    True,
    {},
    (
        calls.VersionDescription(2, calls.State.END, "broken", 0.0, "", "", None, {}),
        calls.VersionDescription(1, calls.State.AVAILABLE, "", 0.0, "", "", None, {}),
    ),
)
SIGNATURES = {
    "serving_default": Signature(
        {"a": TensorSpec("JSON", (-1,)), "b": TensorSpec("BF16", None)},
        {"c": TensorSpec("INT64", ())},
        {"b": None},
    ),
    "other": Signature({}, {"d": TensorSpec("BYTES", (-1, 2))}),
}


@pytest.mark.parametrize(
    ("call", "reply"),
    [
        (calls.About(), calls.ServerAbout("salver", "1")),
        (calls.Live(), calls.Readiness(True)),
        (calls.Ready(), calls.Readiness(False, "loading")),
        (calls.Ready("a/b", 3), calls.Readiness(True)),
        (calls.Ready("m"), calls.Readiness(False, "gone")),
        (calls.Metadata("m", 2), calls.ModelMetadata("m", 2, (1, 2), "onnx", SIGNATURES)),
        (calls.Metadata("m"), calls.ModelMetadata("m", 9, (9,), "x", {"serving_default": SIGNATURES["other"]})),
        (calls.Models(), calls.ModelsDescription((MODEL, calls.ModelDescription("n", "", True, {}, (), "no folder")))),
        (calls.Load("ü"), calls.Done("ü")),
        (calls.Unload("m"), calls.Done("m")),
        (calls.Statistics("m"), calls.ServerStatistics((calls.VersionStatistics("m", 1, 2, 3, 4, 5, 6),))),
        (calls.Statistics(), calls.ServerStatistics(())),
    ],
)
def test_replies_come_back(call: calls.Call, reply: calls.Reply):
    match, decoded = decode(PROTOCOL.encode_call(call))
    assert decoded == call
    assert PROTOCOL.decode_reply(call, match.route.encode_reply(decoded, reply)) == reply


@pytest.mark.parametrize(
    "call",
    [
        calls.Predict("openinference", "m", None, "canary", lambda _: Request({})),
        calls.Metadata("m", label="canary"),
        calls.Status("m"),
        calls.Scrape(),
        calls.Reload("m"),
        calls.Models("m"),
    ],
)
def test_what_has_no_words_is_unsupported(call: calls.Call):
    with pytest.raises(Unsupported):
        PROTOCOL.encode_call(call)


@pytest.mark.parametrize(
    "fault",
    [
        BadInput("a"),
        NotFound("b"),
        Unsupported("c"),
        Unavailable("d"),
        Full("e", 3),
        Late("f"),
        Internal("g"),
    ],
)
def test_faults_come_back(fault: Fault):
    with pytest.raises(type(fault)) as caught:
        PROTOCOL.decode_reply(calls.Metadata("m"), PROTOCOL.encode_fault(fault, None))
    assert caught.value.message == fault.message
    assert getattr(caught.value, "retry_after_s", None) == getattr(fault, "retry_after_s", None)


@pytest.mark.parametrize("status", [200, 204, 301, 400, 404, 418, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"Bad Gateway", b"[]", b"{}", b"\xff", b'{"error":7}', b'[{"name":1}]'])
def test_answers_that_make_no_sense_are_faults(status: int, body: bytes):
    for call in (
        calls.Predict("openinference", "m", None, None, lambda _: Request({})),
        calls.Metadata("m"),
        calls.Models(),
        calls.Statistics(),
        calls.About(),
    ):
        if status == 200 and isinstance(call, calls.Models) and body in (b"[]", b"{}"):
            continue
        with pytest.raises(Fault):
            PROTOCOL.decode_reply(call, HttpResponse(status, body, headers=((b"Retry-After", b"soon"),)))


@given(st.binary(max_size=50), st.none() | st.binary(max_size=3))
def test_any_answer_is_a_reply_or_a_fault(body: bytes, length: bytes | None):
    headers = () if length is None else ((b"Inference-Header-Content-Length", length),)
    call = calls.Predict("openinference", "m", None, None, lambda _: Request({}))
    with pytest.raises(Internal):
        PROTOCOL.decode_reply(call, HttpResponse(200, body, headers=headers))
