"""What one half writes over gRPC the other reads, for every dtype, raw and typed."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensor_cases import TEXTS, same, tensors

from salver.core import calls
from salver.core.errors import (
    KINDS,
    BadInput,
    Fault,
    Full,
    Internal,
    Late,
    NotFound,
    Precondition,
    Unavailable,
    Unsupported,
)
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec, objects
from salver.protocols.openinference.grpc import PROTOCOL
from salver.protocols.openinference.grpc_faults import CODES
from salver.protocols.rpc import Code, GrpcStatus, Unary

METHODS = {method.path: method for method in PROTOCOL.methods}
INFER: Any = METHODS[b"/inference.GRPCInferenceService/ModelInfer"]


def decode(sent: tuple[bytes, bytes]) -> tuple[Unary, Any]:
    path, message = sent
    method = METHODS[path]
    assert isinstance(method, Unary)
    return method, method.decode_call(message)


def there_and_back(given_: dict[str, Tensor], params: dict[str, Any]) -> tuple[Request, calls.Predicted]:
    """What an echo server was asked, and what it answered."""
    specs = {name: TensorSpec(tensor.dtype, tensor.array.shape) for name, tensor in given_.items()}
    signature = Signature(specs, specs)
    call = calls.Predict("openinference", "m", 4, None, lambda _: Request(given_, params=params), "an id")
    method, decoded = decode(PROTOCOL.encode_call(call))
    assert (decoded.model, decoded.version, decoded.id) == ("m", 4, "an id")
    asked = decoded.read({"serving_default": signature})
    answer = method.encode_reply(
        decoded, calls.Predicted("m", 4, "serving_default", signature, Response(asked.tensors, {"p": 1}))
    )
    reply = PROTOCOL.decode_reply(call, answer)
    assert isinstance(reply, calls.Predicted)
    return asked, reply


@pytest.mark.slow
@given(st.dictionaries(TEXTS, tensors(), max_size=3), st.booleans(), st.none() | st.booleans())
def test_tensors_come_back(given_: dict[str, Tensor], raw: bool, raw_output: bool | None):
    params = {"binary_data": raw} | ({} if raw_output is None else {"binary_data_output": raw_output})
    asked, reply = there_and_back(given_, params)
    assert asked.params == {}
    assert (reply.model, reply.version, reply.response.params) == ("m", 4, {"p": 1})
    assert list(asked.tensors) == list(given_) == list(reply.response.tensors)
    for name, tensor in given_.items():
        assert same(tensor, asked.tensors[name])
        assert same(tensor, reply.response.tensors[name])


@pytest.mark.parametrize("dtype", [*NUMPY])
@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 3), (2, 0, 3), (40, 500)])
def test_every_dtype_in_every_shape(dtype: str, raw: bool, shape: tuple[int, ...]):
    size = int(np.prod(shape))
    filled = objects([f"[{n}]" for n in range(size)]) if NUMPY[dtype].hasobject else (np.arange(size) + 1) % 120
    tensor = Tensor(dtype, filled.astype(NUMPY[dtype]).reshape(shape))
    asked, reply = there_and_back({"x": tensor}, {"binary_data": raw})
    assert same(tensor, asked.tensors["x"])
    assert same(tensor, reply.response.tensors["x"])


def test_a_signature_parameters_outputs_and_a_deadline_are_sent():
    params = {"a": True, "b": -(2**63), "c": 2**64 - 1, "d": 0.5, "e": "x"}
    request = Request({}, "other", deadline=time.monotonic() + 5, outputs=("y",), params=params)
    call = calls.Predict("openinference", "m", None, None, lambda _: request)
    _, decoded = decode(PROTOCOL.encode_call(call))
    other = Signature({}, {"y": TensorSpec("FP32", ()), "z": TensorSpec("FP32", ())})
    asked = decoded.read({"other": other, "serving_default": Signature({}, {})})
    assert (asked.signature, asked.outputs, asked.params) == ("other", ("y",), params)
    assert asked.deadline == pytest.approx(request.deadline, abs=0.5)


@pytest.mark.parametrize("value", [None, [1], {"a": 1}, 2**64, -(2**63) - 1, b"x"])
def test_a_parameter_that_has_no_form_is_unsupported(value: Any):
    call = calls.Predict("openinference", "m", None, None, lambda _: Request({}, params={"p": value}))
    with pytest.raises(Unsupported, match="parameter 'p' is"):
        PROTOCOL.encode_call(call)


@pytest.mark.parametrize("raw", [False, True])
def test_a_missing_string_is_unsupported(raw: bool):
    request = Request({"x": Tensor("BYTES", objects(["a", None]))}, params={"binary_data": raw})
    with pytest.raises(Unsupported, match="a string is missing"):
        PROTOCOL.encode_call(calls.Predict("openinference", "m", None, None, lambda _: request))


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
SIGNATURES = {DEFAULT: Signature({"a": TensorSpec("BYTES", (-1, 2))}, {"c": TensorSpec("INT64", ())})}


@pytest.mark.parametrize(
    ("call", "reply"),
    [
        (calls.About(), calls.ServerAbout("salver", "1")),
        (calls.Live(), calls.Readiness(True)),
        (calls.Ready(), calls.Readiness(False)),
        (calls.Ready("a/b", 3), calls.Readiness(True)),
        (calls.Ready("m"), calls.Readiness(False)),
        (calls.Metadata("m", 2), calls.ModelMetadata("m", 2, (1, 2), "onnx", SIGNATURES)),
        (calls.Metadata("m"), calls.ModelMetadata("m", 9, (3, 9), "x", SIGNATURES)),
        (calls.Models(), calls.ModelsDescription((MODEL, calls.ModelDescription("n", "", True, {}, (), "no folder")))),
        (calls.Load("ü"), calls.Done("ü")),
        (calls.Unload("m"), calls.Done("m")),
        (calls.Statistics("m"), calls.ServerStatistics((calls.VersionStatistics("m", 1, 2, 3, 4, 5, 6),))),
        (calls.Statistics("m", 7), calls.ServerStatistics(())),
        (calls.Statistics(), calls.ServerStatistics(())),
    ],
)
def test_replies_come_back(call: calls.Call, reply: calls.Reply):
    method, decoded = decode(PROTOCOL.encode_call(call))
    assert decoded == call
    assert PROTOCOL.decode_reply(call, method.encode_reply(decoded, reply)) == reply


def test_only_what_is_ready_comes_when_it_is_asked_for():
    call = calls.Models(ready=True)
    method, decoded = decode(PROTOCOL.encode_call(call))
    reply: Any = PROTOCOL.decode_reply(call, method.encode_reply(decoded, calls.ModelsDescription((MODEL,))))
    assert [version.version for version in reply.models[0].versions] == [1]


@pytest.mark.parametrize(
    "call",
    [
        calls.Predict("openinference", "m", None, "canary", lambda _: Request({})),
        calls.Metadata("m", label="canary"),
        calls.Status("m"),
        calls.Scrape(),
        calls.Reload("m"),
        calls.Models("m"),
        calls.Configure(()),
    ],
)
def test_what_has_no_words_is_unsupported(call: calls.Call):
    with pytest.raises(Unsupported):
        PROTOCOL.encode_call(call)


@pytest.mark.parametrize(
    "fault",
    [
        BadInput("a"),
        Precondition("p"),
        NotFound("b"),
        Unsupported("c"),
        Unavailable("d"),
        Late("f"),
        Internal("g"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_faults_come_back(fault: Fault):
    back = PROTOCOL.decode_fault(calls.Metadata("m"), PROTOCOL.encode_fault(fault, INFER))
    assert (type(back), back.message) == (type(fault), fault.message)


def test_every_kind_of_fault_has_its_code():
    assert set(CODES) >= set(KINDS)
    assert PROTOCOL.encode_fault(Full("queue"), INFER) == GrpcStatus(Code.UNAVAILABLE, "queue")
    assert PROTOCOL.encode_fault(Internal(""), INFER).message == "Internal"


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.OK])
def test_every_status_is_a_fault(code: Code):
    fault = PROTOCOL.decode_fault(calls.Metadata("m", 3), GrpcStatus(code))
    assert isinstance(fault, Fault)
    assert code.name in fault.message
    if isinstance(fault, NotFound):
        assert (fault.model, fault.version) == ("m", 3)


def test_an_unknown_model_is_told_in_tritons_words():
    faults = (NotFound("x", model="nope"), NotFound("x", model="m", version=9))
    assert [PROTOCOL.encode_fault(fault, INFER).message for fault in faults] == [
        "Request for unknown model: 'nope' is not found",
        "Request for unknown model: 'm' version 9 is not found",
    ]


@given(st.binary(max_size=50))
def test_any_answer_is_a_reply_or_internal(data: bytes):
    for call in (
        calls.Predict("openinference", "m", None, None, lambda _: Request({})),
        calls.Metadata("m"),
        calls.Models(),
        calls.Statistics(),
        calls.About(),
        calls.Ready(),
        calls.Live(),
    ):
        with suppress(Internal):
            PROTOCOL.decode_reply(call, data)


def test_an_answer_that_contradicts_itself_is_internal():
    call = calls.Predict("openinference", "m", None, None, lambda _: Request({}))
    specs = {"x": TensorSpec("FP32", (2,))}
    _, decoded = decode(PROTOCOL.encode_call(call))
    decoded.read({DEFAULT: Signature({}, specs)})
    tensors_ = {"x": Tensor("FP32", np.zeros(2, np.float32))}
    answer = INFER.encode_reply(decoded, calls.Predicted("m", 1, DEFAULT, Signature({}, specs), Response(tensors_)))
    for broken in (answer + b"\x32\x00", answer.replace(b"FP32", b"FP64"), answer.replace(b"FP32", b"WHAT")):
        with pytest.raises(Internal, match="no Open Inference answer"):
            PROTOCOL.decode_reply(call, broken)
