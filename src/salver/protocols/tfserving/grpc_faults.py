"""Faults of TensorFlow Serving over gRPC: its status codes and words; and back again, for the client's half."""

from __future__ import annotations

from typing import Any, Final

from salver.core.calls import Call, Metadata, Predict, Status
from salver.core.errors import (
    BadInput,
    Fault,
    Full,
    Internal,
    Late,
    NotFound,
    NotServed,
    Precondition,
    Unavailable,
    Unsupported,
)
from salver.protocols.rpc import Code, GrpcStatus, Method
from salver.protocols.tfserving.faults import missing, unserved

STATUS_PATH: Final = b"/tensorflow.serving.ModelService/GetModelStatus"

CODES: Final[dict[type[Fault], Code]] = {
    BadInput: Code.INVALID_ARGUMENT,
    Precondition: Code.FAILED_PRECONDITION,
    NotFound: Code.NOT_FOUND,
    Unsupported: Code.UNIMPLEMENTED,
    Unavailable: Code.UNAVAILABLE,
    Full: Code.RESOURCE_EXHAUSTED,
    Late: Code.DEADLINE_EXCEEDED,
    Internal: Code.INTERNAL,
}
_KINDS: Final[dict[Code, type[Fault]]] = {code: kind for kind, code in CODES.items()} | {
    Code.OUT_OF_RANGE: BadInput,
    Code.CANCELLED: Unavailable,
}
_MAX_BYTES: Final = 1024
_CUT: Final = "...TRUNCATED"


def encode_fault(fault: Fault, method: Method) -> GrpcStatus:
    """The status: its message is never empty, and cut after 1024 bytes."""
    if isinstance(fault, NotFound) and fault.label is not None:
        return GrpcStatus(Code.INVALID_ARGUMENT, _cut(missing(fault)))
    if isinstance(fault, NotServed):
        return GrpcStatus(Code.UNKNOWN, _cut(unserved(fault)))
    code = next(CODES[kind] for kind in (*type(fault).__mro__, Internal) if kind in CODES)
    of_status = method.path == STATUS_PATH
    text = missing(fault, of_status) if isinstance(fault, NotFound) else fault.message
    return GrpcStatus(code, _cut(text or type(fault).__name__))


def decode_fault(call: Call, status: GrpcStatus) -> Fault:
    """The fault that a status other than OK stands for. An unknown label comes back as bad input."""
    message = status.message or f"the server answered with status {status.code.name}"
    kind = _KINDS.get(status.code, Internal)
    if kind is not NotFound:
        return kind(message)
    asked: Any = call if isinstance(call, (Predict, Metadata, Status)) else None
    if asked is None:
        return NotFound(message)
    return NotFound(message, model=asked.model, version=asked.version, label=asked.label)


def _cut(text: str) -> str:
    raw = text.encode(errors="replace")
    return text if len(raw) <= _MAX_BYTES else raw[:_MAX_BYTES].decode(errors="ignore") + _CUT
