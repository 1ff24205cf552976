"""PredictionLog: a prediction with its answer, as TensorFlow Serving logs it and as warm-up files hold it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from google.protobuf.message import DecodeError

from salver.core.calls import Predict, Predicted, PredictTogether
from salver.core.errors import BadInput, Unsupported
from salver.core.loose import as_texts
from salver.core.servable import Request, Response
from salver.core.signature import ERROR, ROW_ERRORS, Signature
from salver.protocols.messages import message
from salver.protocols.rpc import Unary
from salver.protocols.tfserving.grpc import PROTOCOL

Replayed: TypeAlias = Predict | PredictTogether

_SERVICE: Final = "/tensorflow.serving.PredictionService"
_METHODS: Final[Mapping[str, bytes]] = {
    "predict_log": f"{_SERVICE}/Predict".encode(),
    "classify_log": f"{_SERVICE}/Classify".encode(),
    "regress_log": f"{_SERVICE}/Regress".encode(),
    "multi_inference_log": f"{_SERVICE}/MultiInference".encode(),
}
"""The kinds of log that can be asked again, and the method whose request each holds."""
_BY_PATH: Final[Mapping[bytes, Unary]] = {
    method.path: method for method in PROTOCOL.methods if isinstance(method, Unary)
}


def decode_log(record: bytes) -> Replayed | None:
    """The call that was logged; None for a record that holds none.

    Raises BadInput for what is no PredictionLog, Unsupported for a kind of log that cannot be asked again.
    """
    try:
        log = message("tensorflow.serving.PredictionLog").FromString(record)
    except DecodeError:
        raise BadInput("Failed to parse warmup record: it is no PredictionLog") from None
    kind = log.WhichOneof("log_type")
    if kind is None:
        return None
    if kind not in _METHODS:
        number = log.DESCRIPTOR.fields_by_name[kind].number
        raise Unsupported(f"Unsupported log_type for warmup: {number} ({kind})")
    call = _BY_PATH[_METHODS[kind]].decode_call(getattr(log, kind).request.SerializeToString())
    assert isinstance(call, (Predict, PredictTogether))  # noqa: S101 - these methods predict
    return call


def encode_log(
    model: str, version: int, sampling_rate: float, signature: Signature, request: Request, response: Response
) -> bytes:
    """A PredictLog of what a model was asked and what it answered, whichever protocol it was asked over."""
    call = Predict(PROTOCOL.name, model, version, None, _as_is(_sendable(request, signature)))
    _, asked = PROTOCOL.encode_call(call)
    told = _BY_PATH[_METHODS["predict_log"]].encode_reply(
        call, Predicted(model, version, request.signature, signature, response)
    )
    log: Any = message("tensorflow.serving.PredictionLog")()
    log.predict_log.request.MergeFromString(asked)
    log.predict_log.response.MergeFromString(told)
    log.log_metadata.model_spec.CopyFrom(log.predict_log.response.model_spec)
    log.log_metadata.sampling_config.sampling_rate = sampling_rate
    written: bytes = log.SerializeToString()
    return written


def _sendable(request: Request, signature: Signature) -> Request:
    """The request in a form that a message can say: missing and mixed values of loose inputs as texts."""
    if not signature.loose:
        return request
    tensors = {name: as_texts(tensor) for name, tensor in request.tensors.items()}
    wants_errors = request.params.get(ROW_ERRORS) and ERROR not in request.outputs
    return Request(tensors, request.signature, outputs=(*request.outputs, ERROR) if wants_errors else request.outputs)


def _as_is(request: Request) -> Callable[[Mapping[str, Signature]], Request]:
    return lambda signatures: request
