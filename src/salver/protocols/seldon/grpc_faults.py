"""Faults of Seldon over gRPC: a status code by kind; and back again, for the client's half."""

from __future__ import annotations

from typing import Final

from salver.core.calls import Call
from salver.core.errors import BadInput, Fault, Full, Internal, Late, NotFound, Precondition, Unavailable, Unsupported
from salver.protocols.rpc import Code, GrpcStatus, Method
from salver.protocols.seldon.faults import sentence

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

_KINDS: Final = {code: kind for kind, code in CODES.items()} | {
    Code.OUT_OF_RANGE: BadInput,
    Code.ALREADY_EXISTS: BadInput,
    Code.CANCELLED: Unavailable,
}


def encode_fault(fault: Fault, _: Method) -> GrpcStatus:
    """The status; its message is never empty."""
    code = next(CODES[kind] for kind in type(fault).__mro__ if kind in CODES)
    return GrpcStatus(code, sentence(fault) or type(fault).__name__)


def decode_fault(call: Call, status: GrpcStatus) -> Fault:
    """The fault that a status other than OK stands for."""
    told = status.message or f"status {status.code.name}"
    kind = _KINDS.get(status.code, Internal)
    if kind is NotFound:
        return NotFound(told, model=getattr(call, "model", None) or "")
    return kind(told)
