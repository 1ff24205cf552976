"""Faults of Open Inference over gRPC: Triton's status codes and words; and back again, for the client's half."""

from __future__ import annotations

from typing import Final

from salver.core.calls import Call
from salver.core.errors import BadInput, Fault, Full, Internal, Late, NotFound, Precondition, Unavailable, Unsupported
from salver.protocols.openinference.faults import sentence
from salver.protocols.rpc import Code, GrpcStatus, Method

CODES: Final[dict[type[Fault], Code]] = {
    BadInput: Code.INVALID_ARGUMENT,
    Precondition: Code.FAILED_PRECONDITION,
    NotFound: Code.NOT_FOUND,
    Unsupported: Code.UNIMPLEMENTED,
    Unavailable: Code.UNAVAILABLE,
    Full: Code.UNAVAILABLE,
    Late: Code.DEADLINE_EXCEEDED,
    Internal: Code.INTERNAL,
}
"""Full has the code that clients try again on, which is Triton's for it too."""

_KINDS: Final[dict[Code, type[Fault]]] = {
    Code.INVALID_ARGUMENT: BadInput,
    Code.OUT_OF_RANGE: BadInput,
    Code.ALREADY_EXISTS: BadInput,
    Code.FAILED_PRECONDITION: Precondition,
    Code.NOT_FOUND: NotFound,
    Code.UNIMPLEMENTED: Unsupported,
    Code.UNAVAILABLE: Unavailable,
    Code.RESOURCE_EXHAUSTED: Full,
    Code.DEADLINE_EXCEEDED: Late,
    Code.CANCELLED: Unavailable,
}


def encode_fault(fault: Fault, _: Method) -> GrpcStatus:
    """The status; its message is never empty."""
    code = next(CODES[kind] for kind in type(fault).__mro__ if kind in CODES)
    return GrpcStatus(code, sentence(fault) or type(fault).__name__)


def decode_fault(call: Call, status: GrpcStatus) -> Fault:
    """The fault that a status other than OK stands for."""
    message = status.message or f"status {status.code.name}"
    kind = _KINDS.get(status.code, Internal)
    if kind is NotFound:
        return NotFound(message, model=getattr(call, "model", None) or "", version=getattr(call, "version", None))
    return kind(message)
