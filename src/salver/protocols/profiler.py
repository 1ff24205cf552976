"""TensorFlow's profiler over gRPC, as TensorBoard asks for it: one method, answered with a profile.

The profile comes in the answer and nowhere else: the folder that a request names is the client's, and nothing is
written there.
"""

from __future__ import annotations

from typing import Final

from google.protobuf.message import DecodeError

from salver.core.calls import Call, Profile, Profiled, Reply
from salver.core.errors import BadInput, Fault, Internal, Unsupported
from salver.protocols.messages import message
from salver.protocols.rpc import Code, GrpcProtocol, GrpcStatus, Method, Unary

SERVICE: Final = "tensorflow.ProfilerService"
MAX_DURATION_S: Final = 600.0

_PATH: Final = f"/{SERVICE}/Profile".encode()
_Request: Final = message("tensorflow.ProfileRequest")
_Response: Final = message("tensorflow.ProfileResponse")
_CODES: Final[tuple[tuple[type[Fault], Code], ...]] = (
    (BadInput, Code.INVALID_ARGUMENT),
    (Unsupported, Code.UNIMPLEMENTED),
    (Fault, Code.UNAVAILABLE),
)


def _decode_call(data: bytes) -> Profile:
    try:
        duration_s = _Request.FromString(data).duration_ms / 1000
    except DecodeError:
        raise BadInput(f"{len(data)} bytes that are no {_Request.DESCRIPTOR.full_name}") from None
    if not 0 < duration_s <= MAX_DURATION_S:
        raise BadInput(f"a profile takes up to {MAX_DURATION_S:g} s, got duration_ms: {duration_s * 1000:g}")
    return Profile(duration_s)


def _encode_reply(_: Profile, reply: Profiled) -> bytes:
    answer: bytes = _Response(xspace=reply.profile, empty_trace=not reply.profile).SerializeToString()
    return answer


def _encode_fault(fault: Fault, _: Method) -> GrpcStatus:
    return GrpcStatus(next(code for kind, code in _CODES if isinstance(fault, kind)), fault.message)


def _encode_call(call: Call) -> tuple[bytes, bytes]:
    if not isinstance(call, Profile):
        raise Unsupported(f"the profiler has no words for {type(call).__name__}")
    return _PATH, _Request(duration_ms=int(call.duration_s * 1000)).SerializeToString()


def _decode_reply(_: Call, data: bytes) -> Reply:
    try:
        return Profiled(_Response.FromString(data).xspace)
    except DecodeError:
        raise Internal(f"the answer's {len(data)} bytes are no {_Response.DESCRIPTOR.full_name}") from None


def _decode_fault(_: Call, status: GrpcStatus) -> Fault:
    return Unsupported(status.message) if status.code is Code.UNIMPLEMENTED else Internal(status.message)


PROTOCOL: Final = GrpcProtocol(
    "profiler",
    (SERVICE,),
    (Unary(_PATH, _decode_call, _encode_reply),),
    _encode_fault,
    _encode_call,
    _decode_reply,
    _decode_fault,
)
