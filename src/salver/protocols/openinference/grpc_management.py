"""The server's half of everything but ModelInfer over gRPC: messages as calls, replies as messages. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from salver.core.calls import (
    About,
    Done,
    Live,
    Load,
    Metadata,
    ModelMetadata,
    Models,
    ModelsDescription,
    Readiness,
    Ready,
    ServerAbout,
    ServerStatistics,
    Statistics,
    Unload,
)
from salver.core.errors import NotFound, Unsupported
from salver.core.tensor import TensorSpec
from salver.protocols.messages import message
from salver.protocols.openinference.grpc_infer import read_version
from salver.protocols.openinference.grpc_values import parse
from salver.protocols.openinference.management import (
    EXTENSIONS,
    default_signature,
    describe,
    index_rows,
    refuse_overrides,
    statistics,
)

_DATA_TYPES: Final = {"BYTES": "TYPE_STRING", "JSON": "TYPE_STRING"}
"""Where a configuration's word is not `TYPE_` and the datatype."""


def _message(name: str) -> Any:
    return message(f"inference.{name}")


# Calls


def decode_live(data: bytes) -> Live:
    parse(_message("ServerLiveRequest"), data)
    return Live()


def decode_ready(data: bytes) -> Ready:
    parse(_message("ServerReadyRequest"), data)
    return Ready()


def decode_model_ready(data: bytes) -> Ready:
    request = parse(_message("ModelReadyRequest"), data)
    return Ready(request.name, read_version(request.version))


def decode_about(data: bytes) -> About:
    parse(_message("ServerMetadataRequest"), data)
    return About()


def decode_metadata(data: bytes) -> Metadata:
    request = parse(_message("ModelMetadataRequest"), data)
    return Metadata(request.name, read_version(request.version))


def decode_config(data: bytes) -> Metadata:
    request = parse(_message("ModelConfigRequest"), data)
    return Metadata(request.name, read_version(request.version))


def decode_statistics(data: bytes) -> Statistics:
    request = parse(_message("ModelStatisticsRequest"), data)
    return Statistics(request.name or None, read_version(request.version))


def decode_index(data: bytes) -> Models:
    """There is one repository, whatever it is called."""
    return Models(ready=parse(_message("RepositoryIndexRequest"), data).ready)


def decode_load(data: bytes) -> Load:
    """Raises BadInput for a model's configuration or files in the request: here they come from the server's side."""
    request = parse(_message("RepositoryModelLoadRequest"), data)
    refuse_overrides(request.parameters)
    return Load(request.model_name)


def decode_unload(data: bytes) -> Unload:
    return Unload(parse(_message("RepositoryModelUnloadRequest"), data).model_name)


def no_regions(kind: str) -> Callable[[bytes], bytes]:
    """The status of shared memory: no region is registered, so each one asked for is unknown."""
    request_kind = _message(f"{kind}SharedMemoryStatusRequest")
    words = {"System": "system", "Cuda": "CUDA"}[kind]

    def decode(data: bytes) -> bytes:
        request = parse(request_kind, data)
        if request.name:
            raise NotFound(f"Unable to find {words} shared memory region: '{request.name:.80}'")
        return b""

    return decode


def nothing_to_do(kind: str) -> Callable[[bytes], bytes]:
    """Carried out without doing anything, as for memory that was never registered."""
    request_kind = _message(kind)

    def decode(data: bytes) -> bytes:
        parse(request_kind, data)
        return b""

    return decode


def refused(what: str) -> Callable[[bytes], bytes]:
    """Raises Unsupported whatever comes."""

    def decode(_: bytes) -> bytes:
        raise Unsupported(f"{what} not supported here")

    return decode


# Replies


def encode_live(_: Live, reply: Readiness) -> bytes:
    return _bytes("ServerLiveResponse", live=reply.ready)


def encode_ready(_: Ready, reply: Readiness) -> bytes:
    return _bytes("ServerReadyResponse", ready=reply.ready)


def encode_model_ready(_: Ready, reply: Readiness) -> bytes:
    return _bytes("ModelReadyResponse", ready=reply.ready)


def encode_about(_: About, reply: ServerAbout) -> bytes:
    return _bytes("ServerMetadataResponse", name=reply.name, version=reply.version, extensions=EXTENSIONS)


def encode_metadata(_: Metadata, reply: ModelMetadata) -> bytes:
    """The default signature's inputs and outputs: the message has no place for others, nor for parameters."""
    signature = default_signature(reply)
    return _bytes(
        "ModelMetadataResponse",
        name=reply.model,
        versions=[str(version) for version in reply.versions],
        platform=reply.format,
        inputs=_tensors(signature.inputs),
        outputs=_tensors(signature.outputs),
    )


def encode_config(_: Metadata, reply: ModelMetadata) -> bytes:
    """What clients read of a configuration. `max_batch_size` is 0, with which `dims` are whole shapes."""
    signature = default_signature(reply)
    inputs = [
        {**entry, "optional": name in signature.defaults}
        for name, entry in zip(signature.inputs, _config_tensors(signature.inputs), strict=True)
    ]
    config = {
        "name": reply.model,
        "platform": reply.format,
        "backend": reply.format,
        "input": inputs,
        "output": _config_tensors(signature.outputs),
        "model_transaction_policy": {"decoupled": False},
    }
    return _bytes("ModelConfigResponse", config=config)


def encode_statistics(_: Statistics, reply: ServerStatistics) -> bytes:
    return _bytes("ModelStatisticsResponse", model_stats=[statistics(version) for version in reply.versions])


def encode_index(call: Models, reply: ModelsDescription) -> bytes:
    return _bytes("RepositoryIndexResponse", models=index_rows(call, reply))


def encode_done(_: Load | Unload, reply: Done) -> bytes:
    return b""


def _bytes(kind: str, **fields: Any) -> bytes:
    data: bytes = _message(kind)(**fields).SerializeToString()
    return data


def _tensors(specs: Mapping[str, TensorSpec]) -> list[dict[str, Any]]:
    return [{name: entry[name] for name in ("name", "datatype", "shape")} for entry in describe(specs, {})]


def _config_tensors(specs: Mapping[str, TensorSpec]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "data_type": _DATA_TYPES.get(spec.dtype, f"TYPE_{spec.dtype}"),
            "dims": spec.shape if spec.shape is not None else [-1],
        }
        for name, spec in specs.items()
    ]
