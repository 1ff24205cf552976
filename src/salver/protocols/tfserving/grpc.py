"""TensorFlow Serving's gRPC interface: PredictionService and ModelService. What it is made of; no HTTP/2, no model."""

from __future__ import annotations

from functools import partial
from typing import Final

from salver.core.calls import Call, Predict, Predicted
from salver.protocols.rpc import GrpcProtocol, Unary
from salver.protocols.tfserving import proto_examples, proto_models, proto_predict
from salver.protocols.tfserving.grpc_client import METADATA_PATH, PREDICT_PATH, decode_reply, encode_call
from salver.protocols.tfserving.grpc_faults import STATUS_PATH, decode_fault, encode_fault
from salver.protocols.tfserving.methods import CLASSIFY, REGRESS

NAME: Final = "tfserving"
SERVICES: Final = ("tensorflow.serving.PredictionService", "tensorflow.serving.ModelService")


def protocol(*, tensor_content: bool = False, method_check: bool = False) -> GrpcProtocol:
    """The protocol, with TensorFlow Serving's flags: `--enable_serialization_as_tensor_content` (tensors as their
    memory rather than as typed lists) and `--enable_signature_method_name_check`."""

    def decode_predict(message: bytes) -> Predict:
        return proto_predict.decode_predict(NAME, message, method_check)

    def encode_predicted(call: Call, reply: Predicted) -> bytes:
        return proto_predict.encode_predicted(call, reply, tensor_content)

    prediction, model = (f"/{service}/".encode() for service in SERVICES)
    methods = (
        Unary(PREDICT_PATH, decode_predict, encode_predicted),
        Unary(
            prediction + b"Classify",
            partial(proto_examples.decode_question, NAME, CLASSIFY, method_check=method_check),
            proto_examples.encode_classified,
        ),
        Unary(
            prediction + b"Regress",
            partial(proto_examples.decode_question, NAME, REGRESS, method_check=method_check),
            proto_examples.encode_regressed,
        ),
        Unary(
            prediction + b"MultiInference",
            partial(proto_examples.decode_questions, NAME, method_check=method_check),
            proto_examples.encode_inferred,
        ),
        Unary(METADATA_PATH, proto_models.decode_metadata, proto_models.encode_metadata),
        Unary(STATUS_PATH, proto_models.decode_status, proto_models.encode_status),
        Unary(model + b"HandleReloadConfigRequest", proto_models.decode_reload, proto_models.encode_reloaded),
    )
    return GrpcProtocol(
        NAME, SERVICES, methods, encode_fault, partial(encode_call, content=tensor_content), decode_reply, decode_fault
    )


PROTOCOL: Final = protocol()
"""With the flags as TensorFlow Serving has them by default."""
