"""The protocols over gRPC, and the one look-up from a request's path to its method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from salver.protocols import health, reflection
from salver.protocols.openinference.grpc import PROTOCOL as OPEN_INFERENCE
from salver.protocols.rpc import GrpcProtocol, Method
from salver.protocols.seldon.grpc import PROTOCOL as SELDON
from salver.protocols.tfserving.grpc import PROTOCOL as TF_SERVING


def protocols(tf_serving: GrpcProtocol = TF_SERVING, *others: GrpcProtocol) -> tuple[GrpcProtocol, ...]:
    """Those that run models, then health and reflection, which tell of the others. TensorFlow Serving's may be one
    with other flags."""
    models = (tf_serving, OPEN_INFERENCE, SELDON, *others)
    services = tuple(name for protocol in models for name in protocol.services)
    checking = health.protocol(*services, *reflection.SERVICES)
    return (*models, checking, reflection.protocol(*services, *checking.services))


def methods(table: Iterable[GrpcProtocol]) -> dict[bytes, tuple[GrpcProtocol, Method]]:
    """By `/package.Service/Method`."""
    return {method.path: (protocol, method) for protocol in table for method in protocol.methods}


GRPC_PROTOCOLS: Final = protocols()
METHODS: Final[Mapping[bytes, tuple[GrpcProtocol, Method]]] = methods(GRPC_PROTOCOLS)
