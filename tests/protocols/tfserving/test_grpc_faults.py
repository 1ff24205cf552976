"""Faults over gRPC: TensorFlow Serving's codes and words, and back."""

from __future__ import annotations

import pytest

from salver.core.calls import Call, Load, Metadata, Predict, Status
from salver.core.errors import (
    KINDS,
    BadInput,
    Fault,
    Full,
    Internal,
    Late,
    ModelFailure,
    NotFound,
    NotServed,
    Precondition,
    Unavailable,
    Unsupported,
)
from salver.core.signature import UnknownSignature
from salver.protocols.rpc import Code, GrpcStatus, Method
from salver.protocols.tfserving.grpc import PROTOCOL
from salver.protocols.tfserving.grpc_faults import CODES


def method(name: str) -> Method:
    return next(found for found in PROTOCOL.methods if found.path.endswith(name.encode()))


def told(fault: Fault, verb: str = "Predict") -> tuple[Code, str]:
    status = PROTOCOL.encode_fault(fault, method(verb))
    return status.code, status.message


def test_every_kind_has_a_code() -> None:
    assert set(KINDS) <= CODES.keys()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (BadInput("why"), Code.INVALID_ARGUMENT),
        (Precondition("why"), Code.FAILED_PRECONDITION),
        (UnknownSignature("why", "s"), Code.INVALID_ARGUMENT),
        (Unsupported("why"), Code.UNIMPLEMENTED),
        (Unavailable("why"), Code.UNAVAILABLE),
        (Full("why"), Code.RESOURCE_EXHAUSTED),
        (Late("why"), Code.DEADLINE_EXCEEDED),
        (Internal("why"), Code.INTERNAL),
    ],
)
def test_codes(fault: Fault, code: Code) -> None:
    assert told(fault) == (code, "why")


@pytest.mark.parametrize("verb", ["Predict", "Classify", "GetModelMetadata"])
def test_what_is_not_there(verb: str) -> None:
    assert told(NotFound("", model="m"), verb) == (Code.NOT_FOUND, "Servable not found for request: Latest(m)")
    assert told(NotFound("", model="m", version=7), verb) == (
        Code.NOT_FOUND,
        "Servable not found for request: Specific(m, 7)",
    )
    assert told(NotFound("", model="m", label="l"), verb) == (
        Code.INVALID_ARGUMENT,
        "Unrecognized servable version label: l",
    )


def test_models_that_did_not_become_available() -> None:
    fault = NotServed((ModelFailure("m", 1, "no such file"), ModelFailure("n", None, "nothing there")))
    assert told(fault, "HandleReloadConfigRequest") == (
        Code.UNKNOWN,
        "2 servable(s) did not become available: {{name: m version: 1} due to error: no such file}, "
        "{name: n} due to error: nothing there}, }",
    )


def test_status_of_what_is_not_there() -> None:
    missing = {
        NotFound("", model="m"): "Could not find any versions of model m",
        NotFound("", model=""): "Could not find any versions of model ",
        NotFound("", model="m", version=7): "Could not find version 7 of model m",
    }
    for fault, text in missing.items():
        assert told(fault, "GetModelStatus") == (Code.NOT_FOUND, text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x" * 1024, "x" * 1024),
        ("x" * 1025, "x" * 1024 + "...TRUNCATED"),
        ("é" * 512, "é" * 512),
        ("x" + "é" * 512, "x" + "é" * 511 + "...TRUNCATED"),
        ("", "BadInput"),
        ("\ud800", "\ud800"),
    ],
)
def test_texts_are_cut_and_never_empty(text: str, wanted: str) -> None:
    assert told(BadInput(text)) == (Code.INVALID_ARGUMENT, wanted)


PREDICT = Predict("tfserving", "m", 3, None, lambda _: (_ for _ in ()).throw(AssertionError))


@pytest.mark.parametrize("call", [PREDICT, Metadata("m", 3), Status("m", 3), Load("m")])
@pytest.mark.parametrize("code", [code for code in Code if code is not Code.OK])
def test_every_status_becomes_a_fault(call: Call, code: Code) -> None:
    fault = PROTOCOL.decode_fault(call, GrpcStatus(code, "why"))
    wanted = {code: kind for kind, code in CODES.items()} | {Code.OUT_OF_RANGE: BadInput, Code.CANCELLED: Unavailable}
    assert (type(fault), fault.message) == (wanted.get(code, Internal), "why")
    if isinstance(fault, NotFound) and not isinstance(call, Load):
        assert (fault.model, fault.version, fault.label) == ("m", 3, None)
    assert PROTOCOL.decode_fault(call, GrpcStatus(code)).message
