"""One server-streaming method behind our own HTTP/2: a number comes, so many messages of 16 bytes go.

The same as `peers/grpcio.py stream`. Run as `stream_server.py PORT`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import uvloop

from salver.protocols.rpc import Ask, Code, GrpcProtocol, GrpcStatus, Method, Streaming
from salver.transports.app import refusal
from salver.transports.endpoints import Tcp
from salver.transports.grpc_exchange import GrpcExchange
from salver.transports.listener import listen


async def count(messages: AsyncIterator[bytes], _: Ask) -> AsyncIterator[bytes]:
    async for message in messages:
        for number in range(int(bytes(message))):
            yield b"%016d" % number


def _nothing(*_: object) -> object:
    raise NotImplementedError


COUNT = Streaming(b"/bench.Stream/Count", count)
PROTOCOL = GrpcProtocol(
    "bench",
    ("bench.Stream",),
    (COUNT,),
    lambda fault, method: GrpcStatus(Code.INTERNAL, fault.message),
    _nothing,  # type: ignore[arg-type]
    _nothing,  # type: ignore[arg-type]
    _nothing,  # type: ignore[arg-type]
)


async def main(port: int) -> None:
    async def app(_: object):
        return refusal(404, "only gRPC here")

    async def dispatch(_: object) -> object:
        raise NotImplementedError

    methods: dict[bytes, tuple[GrpcProtocol, Method]] = {COUNT.path: (PROTOCOL, COUNT)}
    exchange = GrpcExchange(dispatch, methods, max_message_bytes=1 << 20)
    await listen(app, Tcp("127.0.0.1", port), grpc=exchange)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
