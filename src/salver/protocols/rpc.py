"""What a protocol over gRPC consists of: methods, each with the verbs of its codec. Plain values; no HTTP/2.

The sibling of `route.py`. A message is its protobuf bytes: framing, compression, deadlines and metadata belong to
`grpc.py` and to the transport.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from salver.core.calls import Call, Reply
from salver.core.errors import Fault
from salver.protocols.grpc import Code as Code
from salver.protocols.grpc import GrpcStatus as GrpcStatus

Ask: TypeAlias = Callable[[Call], Awaitable[Reply]]
"""The corridor, as a streaming method sees it: raises Faults only."""


@dataclass(frozen=True, slots=True)
class Unary:
    """One message in, one call, one message out."""

    path: bytes
    """`/tensorflow.serving.PredictionService/Predict`."""
    decode_call: Callable[[bytes], Call | bytes]
    """message -> Call, or the answer's message where no model is concerned. Raises BadInput for what cannot be read.
    The message may be a memoryview; what is kept of it stays valid."""
    encode_reply: Callable[[Any, Any], bytes]
    """(Call, Reply) -> message."""


@dataclass(frozen=True, slots=True)
class Streaming:
    """Messages in, messages out, as they come: any of the three streaming forms."""

    path: bytes
    answer: Callable[[AsyncIterator[bytes], Ask], AsyncIterator[bytes]]
    """The messages that came, one after another -> those to send. A Fault it raises ends the call with its status;
    when the client leaves or the deadline passes, it is closed. Deadlines reach the calls through `Ask`."""


Method: TypeAlias = Unary | Streaming


@dataclass(frozen=True, slots=True)
class GrpcProtocol:
    """One protocol's rooms, as the table of gRPC sees them. Every function is pure."""

    name: str
    services: tuple[str, ...]
    """Full names, as the standard health service and reflection tell them."""
    methods: tuple[Method, ...]
    encode_fault: Callable[[Fault, Method], GrpcStatus]
    encode_call: Callable[[Call], tuple[bytes, bytes]]
    """The client's half: (path, message). A Predict call's `read` is called with no signatures. Unsupported for what
    the protocol lacks."""
    decode_reply: Callable[[Call, bytes], Reply]
    """The client's half: Internal for an answer that cannot be read."""
    decode_fault: Callable[[Call, GrpcStatus], Fault]
    """The client's half: what a status other than OK stands for."""
