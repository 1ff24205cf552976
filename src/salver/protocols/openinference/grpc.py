"""Open Inference (V2) over gRPC: the methods of `inference.GRPCInferenceService`.

Triton's field numbers and its form of ModelStreamInfer. Tensors come raw or typed; the codecs share their rules with
REST. Shared memory, tracing and log settings are not served.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from salver.core.calls import Call
from salver.protocols.openinference import grpc_infer, grpc_management, grpc_stream
from salver.protocols.openinference.grpc_client import SERVICE, decode_reply, encode_call
from salver.protocols.openinference.grpc_faults import decode_fault, encode_fault
from salver.protocols.rpc import GrpcProtocol, Method, Streaming, Unary


def _unary(name: str, decode_call: Callable[[bytes], Call | bytes], encode_reply: Callable[[Any, Any], bytes]) -> Unary:
    return Unary(f"/{SERVICE}/{name}".encode(), decode_call, encode_reply)


def _at_once(name: str, decode: Callable[[bytes], bytes]) -> Unary:
    """A method that no model is concerned with."""
    return _unary(name, decode, _no_reply)


def _no_reply(call: Any, reply: Any) -> bytes:
    raise TypeError("this method answers without a call")


def _shared_memory(kind: str) -> tuple[Unary, ...]:
    return (
        _at_once(f"{kind}SharedMemoryStatus", grpc_management.no_regions(kind)),
        _at_once(f"{kind}SharedMemoryRegister", grpc_management.refused("shared memory is")),
        _at_once(
            f"{kind}SharedMemoryUnregister", grpc_management.nothing_to_do(f"{kind}SharedMemoryUnregisterRequest")
        ),
    )


METHODS: Final[tuple[Method, ...]] = (
    _unary("ModelInfer", grpc_infer.decode_infer, grpc_infer.encode_predicted),
    Streaming(f"/{SERVICE}/ModelStreamInfer".encode(), grpc_stream.answer),
    _unary("ServerLive", grpc_management.decode_live, grpc_management.encode_live),
    _unary("ServerReady", grpc_management.decode_ready, grpc_management.encode_ready),
    _unary("ModelReady", grpc_management.decode_model_ready, grpc_management.encode_model_ready),
    _unary("ServerMetadata", grpc_management.decode_about, grpc_management.encode_about),
    _unary("ModelMetadata", grpc_management.decode_metadata, grpc_management.encode_metadata),
    _unary("ModelConfig", grpc_management.decode_config, grpc_management.encode_config),
    _unary("ModelStatistics", grpc_management.decode_statistics, grpc_management.encode_statistics),
    _unary("RepositoryIndex", grpc_management.decode_index, grpc_management.encode_index),
    _unary("RepositoryModelLoad", grpc_management.decode_load, grpc_management.encode_done),
    _unary("RepositoryModelUnload", grpc_management.decode_unload, grpc_management.encode_done),
    *_shared_memory("System"),
    *_shared_memory("Cuda"),
    _at_once("TraceSetting", grpc_management.refused("tracing is")),
    _at_once("LogSettings", grpc_management.refused("log settings are")),
)

PROTOCOL: Final = GrpcProtocol(
    grpc_infer.NAME, (SERVICE,), METHODS, encode_fault, encode_call, decode_reply, decode_fault
)
