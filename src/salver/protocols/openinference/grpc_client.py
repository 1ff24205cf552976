"""The client's half over gRPC: every call as a path and a message, every answer as its reply. Pure but for reading the
clock once when a request has a deadline."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from salver.core import calls
from salver.core.calls import Call, Predict, Predicted, Reply
from salver.core.errors import BadInput, Internal, Unsupported
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec
from salver.protocols.messages import message
from salver.protocols.openinference.binary import pack
from salver.protocols.openinference.client import read_index
from salver.protocols.openinference.grpc_infer import Head, raw_tensor, typed_tensor
from salver.protocols.openinference.grpc_values import (
    FIELDS,
    parse,
    read_parameters,
    write_contents,
    write_parameters,
)
from salver.protocols.openinference.request import BINARY
from salver.protocols.openinference.tensors import JSON_MARK, is_marked

SERVICE: Final = "inference.GRPCInferenceService"

_MAX_VERSION_DIGITS: Final = 18


def encode_call(call: Call) -> tuple[bytes, bytes]:
    """(path, message). Raises Unsupported for what this protocol has no words for: labels, status, reload, metrics."""
    if isinstance(call, Predict):
        return _path("ModelInfer"), encode_predict(call)
    if isinstance(call, calls.Ready):
        name = "ServerReady" if call.model is None else "ModelReady"
        return _path(name), _bytes(f"{name}Request", _of_model(call) if call.model is not None else {})
    method = _METHODS.get(type(call))
    if method is None or getattr(call, "label", None) or (isinstance(call, calls.Models) and call.model is not None):
        raise Unsupported(f"Open Inference has no words for {type(call).__name__} as it is asked here")
    name, fields = method
    return _path(name), _bytes(f"{name}Request", fields(call))


def encode_predict(call: Predict) -> bytes:
    """The ModelInferRequest for a call: raw, or typed when its parameter `binary_data` is False (which is not sent) and
    all datatypes can be. Raises Unsupported for a label, for a missing string, and for a parameter that is a list."""
    if call.label is not None:
        raise Unsupported("Open Inference knows versions, not labels")
    request = call.read({})
    typed = request.params.get(BINARY) is False and all(tensor.dtype in FIELDS for tensor in request.tensors.values())
    try:
        document = message("inference.ModelInferRequest")(
            model_name=call.model,
            model_version="" if call.version is None else str(call.version),
            id=call.id,
            parameters=write_parameters(_parameters(request)),
            inputs=[_input(name, tensor) for name, tensor in request.tensors.items()],
            outputs=[{"name": name} for name in request.outputs],
        )
        for entry, tensor in zip(document.inputs, request.tensors.values(), strict=True):
            if typed:
                entry.contents.MergeFromString(write_contents(tensor))
                entry.contents.SetInParent()
            else:
                document.raw_input_contents.append(_raw(tensor))
    except BadInput as fault:
        raise Unsupported(fault.message) from None
    data: bytes = document.SerializeToString()
    return data


def decode_reply(call: Call, data: bytes) -> Reply:
    """The reply. Raises Internal for an answer that makes no sense."""
    try:
        if isinstance(call, Predict):
            return _decode_predicted(call, data)
        decode = _DECODERS.get(type(call))
        if decode is not None:
            return decode(call, data)
    except (BadInput, KeyError, ValueError) as error:
        raise Internal(f"the answer is no Open Inference answer: {error}") from None
    raise Unsupported(f"Open Inference has no words for {type(call).__name__}")


def _parameters(request: Request) -> dict[str, Any]:
    parameters = {name: value for name, value in request.params.items() if name != BINARY}
    if request.signature not in ("", DEFAULT):
        parameters["signature_name"] = request.signature
    if request.deadline is not None:
        parameters["timeout"] = max(math.ceil((request.deadline - time.monotonic()) * 1e6), 1)
    return parameters


def _input(name: str, tensor: Tensor) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name, "datatype": tensor.dtype, "shape": tensor.array.shape}
    if tensor.dtype == "JSON":
        entry.update(datatype="BYTES", parameters=write_parameters(JSON_MARK))
    return entry


def _raw(tensor: Tensor) -> bytes:
    raw = pack(tensor)
    if raw is None:
        raise BadInput("a string is missing, for which gRPC has no sign")
    return raw


def _decode_predicted(call: Predict, data: bytes) -> Predicted:
    answer = parse(message("inference.ModelInferResponse"), data)
    raws = answer.raw_output_contents
    if raws and len(raws) != len(answer.outputs):
        raise BadInput(f"{len(answer.outputs)} outputs, but {len(raws)} raw_output_contents")
    tensors = {}
    for index, output in enumerate(answer.outputs):
        tensors[output.name] = _read_output(Head(output.SerializeToString()), raws[index] if raws else None)
    specs = {name: TensorSpec(tensor.dtype, tensor.array.shape) for name, tensor in tensors.items()}
    params = read_parameters(answer.parameters, "parameters.")
    return Predicted(
        call.model, _number(answer.model_version), "", Signature({}, specs), Response(tensors, params or {})
    )


def _read_output(head: Head, raw: bytes | None) -> Tensor:
    if head.dtype not in NUMPY:
        raise BadInput(f"output '{head.name}': '{head.dtype:.60}' is no datatype")
    dtype = "JSON" if is_marked(head.dtype, head.parameters) else head.dtype
    return typed_tensor(head, dtype) if raw is None else raw_tensor(head, dtype, raw)


def _live(_: Call, data: bytes) -> Reply:
    return calls.Readiness(parse(message("inference.ServerLiveResponse"), data).live)


def _ready(call: Call, data: bytes) -> Reply:
    whose = "Server" if isinstance(call, calls.Ready) and call.model is None else "Model"
    return calls.Readiness(parse(message(f"inference.{whose}ReadyResponse"), data).ready)


def _about(_: Call, data: bytes) -> Reply:
    answer = parse(message("inference.ServerMetadataResponse"), data)
    return calls.ServerAbout(answer.name, answer.version)


def _metadata(call: Call, data: bytes) -> Reply:
    answer = parse(message("inference.ModelMetadataResponse"), data)
    versions = tuple(sorted(int(version) for version in answer.versions))
    asked = call.version if isinstance(call, calls.Metadata) else None
    version = asked if asked is not None else max(versions, default=0)
    signature = Signature(_specs(answer.inputs), _specs(answer.outputs))
    return calls.ModelMetadata(answer.name, version, versions, answer.platform, {DEFAULT: signature})


def _specs(tensors: Any) -> dict[str, TensorSpec]:
    return {tensor.name: TensorSpec(tensor.datatype, tuple(tensor.shape)) for tensor in tensors}


def _models(_: Call, data: bytes) -> Reply:
    answer = parse(message("inference.RepositoryIndexResponse"), data)
    names = ("name", "version", "state", "reason")
    return read_index({name: getattr(row, name) for name in names} for row in answer.models)


def _statistics(_: Call, data: bytes) -> Reply:
    answer = parse(message("inference.ModelStatisticsResponse"), data)
    return calls.ServerStatistics(tuple(_version_statistics(row) for row in answer.model_stats))


def _version_statistics(row: Any) -> calls.VersionStatistics:
    success, fail = row.inference_stats.success, row.inference_stats.fail
    return calls.VersionStatistics(
        row.name, int(row.version), success.count, fail.count, success.ns, fail.ns, row.last_inference
    )


def _done(call: Any, _: bytes) -> Reply:
    return calls.Done(call.model)


_DECODERS: Final[Mapping[type[Any], Callable[[Call, bytes], Reply]]] = {
    calls.Live: _live,
    calls.Ready: _ready,
    calls.About: _about,
    calls.Metadata: _metadata,
    calls.Models: _models,
    calls.Statistics: _statistics,
    calls.Load: _done,
    calls.Unload: _done,
}


def _path(method: str) -> bytes:
    return f"/{SERVICE}/{method}".encode()


def _bytes(kind: str, fields: Mapping[str, Any]) -> bytes:
    data: bytes = message(f"inference.{kind}")(**fields).SerializeToString()
    return data


def _of_model(call: Any) -> dict[str, str]:
    return {"name": call.model or "", "version": "" if call.version is None else str(call.version)}


def _named(call: Any) -> dict[str, str]:
    return {"model_name": call.model}


_METHODS: Final[Mapping[type[Any], tuple[str, Callable[[Any], dict[str, Any]]]]] = {
    calls.Live: ("ServerLive", lambda _: {}),
    calls.About: ("ServerMetadata", lambda _: {}),
    calls.Metadata: ("ModelMetadata", _of_model),
    calls.Statistics: ("ModelStatistics", _of_model),
    calls.Models: ("RepositoryIndex", lambda call: {"ready": call.ready}),
    calls.Load: ("RepositoryModelLoad", _named),
    calls.Unload: ("RepositoryModelUnload", _named),
}


def _number(version: str) -> int:
    return int(version) if version.isascii() and version.isdigit() and len(version) <= _MAX_VERSION_DIGITS else 0
