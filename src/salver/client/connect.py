"""From a URL and a protocol's name to the wire that speaks it there."""

from __future__ import annotations

import ssl
from typing import Final

from salver.client.address import read_address
from salver.client.http1 import HttpWire
from salver.client.http2 import GrpcWire
from salver.client.wire import MAX_ANSWER_BYTES, Wire
from salver.core.errors import BadInput
from salver.protocols.openinference import grpc as openinference_grpc
from salver.protocols.openinference import rest as openinference_rest
from salver.protocols.route import HttpProtocol
from salver.protocols.rpc import GrpcProtocol
from salver.protocols.seldon import grpc as seldon_grpc
from salver.protocols.seldon import rest as seldon_rest
from salver.protocols.tfserving import grpc as tfserving_grpc
from salver.protocols.tfserving import rest as tfserving_rest

_PROTOCOLS: Final[dict[str, tuple[HttpProtocol, GrpcProtocol]]] = {
    "tfserving": (tfserving_rest.PROTOCOL, tfserving_grpc.protocol(tensor_content=True)),
    "openinference": (openinference_rest.PROTOCOL, openinference_grpc.PROTOCOL),
    "seldon": (seldon_rest.PROTOCOL, seldon_grpc.PROTOCOL),
}
"""Over HTTP and over gRPC. Tensors go to TensorFlow Serving as their memory, which it reads faster than typed lists."""


def wire_to(
    url: str,
    protocol: str | HttpProtocol = "tfserving",
    *,
    tls: ssl.SSLContext | None = None,
    max_answer_bytes: int = MAX_ANSWER_BYTES,
) -> Wire:
    """The way to the server at a URL: `http://`, `https://`, `grpc://` or `grpcs://`, or a Unix socket.

    `protocol` is `tfserving`, `openinference` or `seldon`. A TLS context is for one wire: what it offers (ALPN) is set
    here; without one, the authorities that the system trusts are trusted. Raises BadInput for what is no address or no
    protocol.
    """
    address = read_address(url)
    if not isinstance(protocol, HttpProtocol):
        if protocol not in _PROTOCOLS:
            raise BadInput(f"there is no protocol '{protocol}'; wanted one of {', '.join(_PROTOCOLS)}")
        over_http, over_grpc = _PROTOCOLS[protocol]
        if address.grpc:
            return GrpcWire(address, over_grpc, tls=tls, max_answer_bytes=max_answer_bytes)
        protocol = over_http
    elif address.grpc:
        raise BadInput(f"{protocol.name} is spoken over HTTP alone, '{url}' is gRPC")
    return HttpWire(address, protocol, tls=tls, max_answer_bytes=max_answer_bytes)
