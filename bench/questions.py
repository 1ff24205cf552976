"""What the servers are asked: one prediction, in the words of each protocol, and how to read the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from salver.protocols.messages import message

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Question:
    """One POST request."""

    protocol: str
    path: str
    body: bytes
    read: Callable[[bytes, int | None], Array]
    """(body, Inference-Header-Content-Length of the answer) -> the values, flat."""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    over: str = "http"
    """`http` for HTTP/1.1, `grpc` for gRPC, where the body is the message behind its prefix."""


def rows(model: str, values: Array) -> Question:
    """TensorFlow Serving REST, row format."""

    def read(body: bytes, _: int | None) -> Array:
        return np.ravel(json.loads(body)["predictions"])

    body = json.dumps({"instances": values.tolist()}).encode()
    return Question("TensorFlow Serving JSON", f"/v1/models/{model}:predict", body, read)


def open_inference(model: str, name: str, values: Array) -> Question:
    """Open Inference REST with JSON data."""

    def read(body: bytes, _: int | None) -> Array:
        return np.ravel(json.loads(body)["outputs"][0]["data"])

    datatype = "FP64" if values.dtype == np.float64 else "FP32"
    tensor = {"name": name, "shape": values.shape, "datatype": datatype, "data": values.ravel().tolist()}
    return Question("Open Inference JSON", f"/v2/models/{model}/infer", json.dumps({"inputs": [tensor]}).encode(), read)


def open_inference_binary(model: str, name: str, values: Array) -> Question:
    """Open Inference REST with binary tensors both ways."""

    def read(body: bytes, length: int | None) -> Array:
        return np.frombuffer(body[length:], "<f4") if length else np.ravel(json.loads(body)["outputs"][0]["data"])

    data = values.astype("<f4").tobytes()
    tensor = {
        "name": name,
        "shape": values.shape,
        "datatype": "FP32",
        "parameters": {"binary_data_size": len(data)},
    }
    head = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
    headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(head))}
    return Question("Open Inference binary", f"/v2/models/{model}/infer", head + data, read, headers)


def seldon(values: Array) -> Question:
    """Seldon's REST, `ndarray` both ways. It names no model: the path is that of the only graph."""

    def read(body: bytes, _: int | None) -> Array:
        return np.ravel(json.loads(body)["data"]["ndarray"])

    body = json.dumps({"data": {"ndarray": values.tolist()}}).encode()
    return Question("Seldon JSON", "/api/v1.0/predictions", body, read)


def grpc_infer(model: str, name: str, values: Array) -> Question:
    """Open Inference over gRPC, raw contents both ways."""
    request = message("inference.ModelInferRequest")(model_name=model, raw_input_contents=[values.tobytes()])
    request.inputs.add(name=name, datatype="FP32", shape=values.shape)

    def read(body: bytes, _: int | None) -> Array:
        return np.frombuffer(message("inference.ModelInferResponse").FromString(body).raw_output_contents[0], "<f4")

    return _grpc("Open Inference gRPC", "/inference.GRPCInferenceService/ModelInfer", request, read)


def grpc_predict(model: str, name: str, values: Array) -> Question:
    """TensorFlow Serving over gRPC, as its clients send it: `tensor_content`."""
    request = message("tensorflow.serving.PredictRequest")()
    request.model_spec.name = model
    tensor = request.inputs[name]
    tensor.dtype = 1
    tensor.tensor_content = values.tobytes()
    for size in values.shape:
        tensor.tensor_shape.dim.add(size=size)

    def read(body: bytes, _: int | None) -> Array:
        (output,) = message("tensorflow.serving.PredictResponse").FromString(body).outputs.values()
        return np.array(output.float_val, np.float32)

    return _grpc("TensorFlow Serving gRPC", "/tensorflow.serving.PredictionService/Predict", request, read)


def _grpc(protocol: str, path: str, request: Any, read: Callable[[bytes, int | None], Array]) -> Question:
    body = request.SerializeToString()
    headers = {"content-type": "application/grpc", "te": "trailers"}
    return Question(protocol, path, b"\0" + len(body).to_bytes(4, "big") + body, read, headers, "grpc")
