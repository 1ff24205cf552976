"""Calls over gRPC: one HTTP/2 connection to a server, and any number of unary calls beside each other on it."""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

from salver.client.address import Address
from salver.client.deadline import Deadline
from salver.client.http2_connection import GrpcConnection, Outcome
from salver.client.wire import MAX_ANSWER_BYTES, Unsent, open_connection, tls_of
from salver.core.calls import Call, Reply
from salver.core.errors import Internal, Unavailable
from salver.protocols.grpc import Code, request_headers
from salver.protocols.http2.encoding import encode_static
from salver.protocols.rpc import GrpcProtocol

_PAUSES_S: Final = (0.0, 0.01, 0.05)
"""Before a call is sent again that met a connection on its way out, or a server that counts a stream as open a little
longer than we do: it refuses the next one, and a client is to try again (gRPC proposal A6, transparent retries)."""


class GrpcWire:
    """Speaks one protocol to one server; connects when it must, and anew when the connection is gone or going.

    How many calls are in flight the server decides (SETTINGS_MAX_CONCURRENT_STREAMS): the others wait for their turn.
    """

    def __init__(
        self,
        address: Address,
        protocol: GrpcProtocol,
        *,
        tls: ssl.SSLContext | None = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._address = address
        self._protocol = protocol
        self._tls = tls_of(address, tls, "h2")
        self._max_answer_bytes = max_answer_bytes
        self._connection: GrpcConnection | None = None
        self._connections: set[GrpcConnection] = set()
        """Those that leave, and still answer, beside the one that takes new calls."""
        self._connecting: asyncio.Task[GrpcConnection | Unsent] | None = None
        self._heads: dict[bytes, bytes] = {}
        self._closed = False

    async def __call__(self, call: Call, deadline: float | None = None) -> Reply:
        path, message = self._protocol.encode_call(call)
        status, answer = await self._ask(path, message, Deadline(deadline, self._address))
        if status.code is not Code.OK:
            raise self._protocol.decode_fault(call, status)
        if answer is None:
            raise Internal(f"the answer of {self._address} holds no message")
        return self._protocol.decode_reply(call, answer)

    async def aclose(self) -> None:
        self._closed = True
        if self._connecting is not None:
            self._connecting.cancel()
        connections = tuple(self._connections)
        for connection in connections:
            connection.end(self._over())
        for connection in connections:
            await connection.gone.wait()

    async def _ask(self, path: bytes, message: bytes, limit: Deadline) -> Outcome:
        limit.left_s()
        head = self._heads.get(path) or self._head(path)
        for pause_s in _PAUSES_S:
            connection = await self._connected(limit)
            try:
                return await connection.ask(head, message, limit)
            except Unsent:
                if self._closed:
                    raise
            await limit.sleep(pause_s)
        return await (await self._connected(limit)).ask(head, message, limit)

    def _head(self, path: bytes) -> bytes:
        """All that repeats of a call's header block."""
        scheme = b"https" if self._address.tls else b"http"
        head = encode_static(request_headers(path, self._address.authority.encode(), scheme=scheme))
        self._heads[path] = head
        return head

    async def _connected(self, limit: Deadline) -> GrpcConnection:
        """Callers share the connection, and the attempt to make one."""
        if self._connection is not None and self._connection.open:
            return self._connection
        if self._closed:
            raise self._over()
        if self._connecting is None:
            self._connecting = asyncio.get_running_loop().create_task(self._connect())
        connecting = self._connecting
        await asyncio.wait((connecting,), timeout=limit.left_s())
        if not connecting.done():
            raise limit.late()
        found = self._over() if connecting.cancelled() else connecting.result()
        if isinstance(found, GrpcConnection):
            return found
        raise type(found)(found.message)

    async def _connect(self) -> GrpcConnection | Unsent:
        try:
            connection = await open_connection(self._new, self._address, self._tls)
            await connection.greet()
            self._connection = connection
            return connection
        except Unsent as fault:
            return fault
        finally:
            self._connecting = None

    def _new(self) -> GrpcConnection:
        return GrpcConnection(self._address, self._max_answer_bytes, self._connections)

    def _over(self) -> Unavailable:
        return Unavailable(f"the client of {self._address} was closed")
