"""Status and metadata documents, laid out as protobuf prints them, and read back for the client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from salver.core.calls import Call, Metadata, ModelMetadata, ModelStatus, State, Status, VersionStatus
from salver.core.signature import Signature
from salver.core.tensor import TensorSpec
from salver.protocols.http import HttpResponse
from salver.protocols.tfserving.dtypes import DTYPES, ENUM


def encode_status(_: Call, reply: ModelStatus) -> HttpResponse:
    """`GetModelStatusResponse`. A version that failed has the code UNKNOWN: only its message is known."""
    return _printed(
        {
            "model_version_status": [
                {
                    "version": str(version.version),
                    "state": version.state.value,
                    "status": {"error_code": "UNKNOWN" if version.error else "OK", "error_message": version.error},
                }
                for version in reply.versions
            ]
        }
    )


def encode_metadata(_: Call, reply: ModelMetadata) -> HttpResponse:
    """`GetModelMetadataResponse`, its SignatureDefs made up from our signatures."""
    definitions = {name: _definition(signature) for name, signature in reply.signatures.items()}
    return _printed(
        {
            "model_spec": {"name": reply.model, "signature_name": "", "version": str(reply.version)},
            "metadata": {"signature_def": {"signature_def": definitions}},
        }
    )


def decode_status(call: Status, document: Mapping[str, Any]) -> ModelStatus:
    """Raises KeyError, TypeError or ValueError for another document."""
    versions = (
        VersionStatus(int(item["version"]), State(item["state"]), str(item["status"]["error_message"]))
        for item in document["model_version_status"]
    )
    return ModelStatus(call.model, tuple(versions))


def decode_metadata(call: Metadata, document: Mapping[str, Any]) -> ModelMetadata:
    """Defaults and the format are not in the document. Raises KeyError, TypeError or ValueError for another one."""
    definitions = document["metadata"]["signature_def"]["signature_def"]
    version = int(document["model_spec"]["version"])
    signatures = {name: _signature(definition) for name, definition in definitions.items()}
    return ModelMetadata(call.model, version, (version,), "", signatures)


def _printed(document: dict[str, Any]) -> HttpResponse:
    return HttpResponse(200, f"{json.dumps(document, indent=1, ensure_ascii=False)}\n".encode(errors="replace"))


def _definition(signature: Signature) -> dict[str, Any]:
    return {
        "inputs": {name: _tensor_info(name, spec) for name, spec in signature.inputs.items()},
        "outputs": {name: _tensor_info(name, spec) for name, spec in signature.outputs.items()},
        "method_name": "tensorflow/serving/predict",
        "defaults": {},
    }


def _tensor_info(name: str, spec: TensorSpec) -> dict[str, Any]:
    return {
        "dtype": ENUM[spec.dtype],
        "tensor_shape": {
            "dim": [{"size": str(size), "name": ""} for size in spec.shape or ()],
            "unknown_rank": spec.shape is None,
        },
        "name": f"{name}:0",
    }


def _signature(definition: Mapping[str, Any]) -> Signature:
    inputs = {name: _spec(info) for name, info in definition["inputs"].items()}
    outputs = {name: _spec(info) for name, info in definition["outputs"].items()}
    return Signature(inputs, outputs, batched=bool(inputs) and all(map(_open, (*inputs.values(), *outputs.values()))))


def _spec(info: Mapping[str, Any]) -> TensorSpec:
    shape = info["tensor_shape"]
    sizes = None if shape["unknown_rank"] else tuple(int(dim["size"]) for dim in shape["dim"])
    return TensorSpec(DTYPES[info["dtype"]], sizes)


def _open(spec: TensorSpec) -> bool:
    return bool(spec.shape) and spec.shape is not None and spec.shape[0] == -1
