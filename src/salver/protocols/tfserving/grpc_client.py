"""The client's half over gRPC: calls as messages, messages as replies."""

from __future__ import annotations

from typing import Final

from salver.core.calls import Call, Metadata, Predict, Reply, Status
from salver.core.errors import BadInput, Internal, Unsupported
from salver.protocols.tfserving.grpc_faults import STATUS_PATH
from salver.protocols.tfserving.proto_models import (
    encode_metadata_call,
    encode_status_call,
    read_metadata,
    read_status,
)
from salver.protocols.tfserving.proto_predict import decode_answer, encode_request

PREDICT_PATH: Final = b"/tensorflow.serving.PredictionService/Predict"
METADATA_PATH: Final = b"/tensorflow.serving.PredictionService/GetModelMetadata"


def encode_call(call: Call, content: bool) -> tuple[bytes, bytes]:
    """Predict, Metadata or Status as (path, message); Unsupported for what the protocol lacks."""
    match call:
        case Predict():
            return PREDICT_PATH, encode_request(call, content)
        case Metadata():
            return METADATA_PATH, encode_metadata_call(call)
        case Status():
            return STATUS_PATH, encode_status_call(call)
    raise Unsupported(f"TensorFlow Serving's gRPC interface has no call for {type(call).__name__}")


def decode_reply(call: Call, raw: bytes) -> Reply:
    """The reply in an answer. Internal for one that cannot be read."""
    try:
        match call:
            case Predict():
                return decode_answer(call, raw)
            case Metadata():
                return read_metadata(call, raw)
            case Status():
                return read_status(call, raw)
    except BadInput as fault:
        raise Internal(f"the server's answer to {type(call).__name__} cannot be read: {fault.message}") from None
    raise Unsupported(f"TensorFlow Serving's gRPC interface has no reply to {type(call).__name__}")
