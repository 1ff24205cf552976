"""Calls over gRPC: one HTTP/2 connection to a server, and any number of unary calls beside each other on it."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from typing import Any, Final, cast

from salver.client.address import Address
from salver.client.wire import Unsent, connect, until
from salver.core.calls import Call, Reply
from salver.core.errors import Fault, Unavailable
from salver.protocols.grpc import (
    RESET_CODES,
    Code,
    GrpcStatus,
    Headers,
    Refused,
    read_status,
    request_headers,
)
from salver.protocols.grpc_messages import MessageReader, frame
from salver.protocols.http2 import (
    Connection,
    DataReceived,
    Drained,
    Ended,
    ErrorCode,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from salver.protocols.rpc import GrpcProtocol

MAX_ANSWER_BYTES: Final = 1 << 30


class GrpcWire:
    """Speaks one protocol to one server; connects when it must, and anew when the connection is gone."""

    def __init__(
        self, address: Address, protocol: GrpcProtocol, *, tls: ssl.SSLContext | None = None, max_connections: int = 64
    ) -> None:
        """`max_connections` bounds the calls in flight: they share one connection."""
        self._address = address
        self._protocol = protocol
        self._tls = _with_h2(tls) if address.tls else None
        self._places = asyncio.Semaphore(max_connections)
        self._connecting = asyncio.Lock()
        self._connection: _Connection | None = None

    async def __call__(self, call: Call, deadline: float | None = None) -> Reply:
        path, message = self._protocol.encode_call(call)
        async with until(deadline, self._address), self._places:
            connection = await self._connected()
            status, answer = await connection.ask(path, message, deadline)
        if status.code is not Code.OK:
            raise self._protocol.decode_fault(call, status)
        if answer is None:
            raise self._protocol.decode_fault(call, GrpcStatus(Code.INTERNAL, "the answer holds no message"))
        return self._protocol.decode_reply(call, answer)

    async def aclose(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _connected(self) -> _Connection:
        async with self._connecting:
            if self._connection is None or not self._connection.open:
                make = cast(type[asyncio.Protocol], lambda: _Connection(self._address))
                self._connection = cast(_Connection, await connect(make, self._address, self._tls))
            return self._connection


class _Asked:
    """One call in flight."""

    __slots__ = ("answer", "done", "http_status", "reader")

    def __init__(self) -> None:
        self.done: asyncio.Future[tuple[GrpcStatus, bytes | None]] = asyncio.get_running_loop().create_future()
        self.reader = MessageReader(b"identity", MAX_ANSWER_BYTES)
        self.answer: bytes | None = None
        self.http_status = 200

    def end(self, status: GrpcStatus) -> None:
        if not self.done.done():
            self.done.set_result((status, self.answer))

    def fail(self, fault: Fault) -> None:
        if not self.done.done():
            self.done.set_exception(fault)


class _Connection(asyncio.Protocol):
    """One connection, from its preface to its end."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._http2 = Connection(client=True)
        self._asked: dict[int, _Asked] = {}
        self._due = False
        self._room = asyncio.Event()
        self.open = False
        """Whether it takes new calls."""

    async def ask(self, path: bytes, message: bytes, deadline: float | None) -> tuple[GrpcStatus, bytes | None]:
        """How the call ended, and its message. Raises Unsent or Unavailable when the connection ends first."""
        stream = await self._stream()
        asked = self._asked[stream] = _Asked()
        timeout_s = None if deadline is None else max(deadline - time.monotonic(), 0.001)
        scheme = b"https" if self._address.tls else b"http"
        authority = self._address.authority.encode(errors="replace")
        self._http2.send_headers(stream, request_headers(path, authority, scheme=scheme, timeout_s=timeout_s))
        self._http2.send_data(stream, frame(message), end=True)
        self._soon()
        try:
            return await asked.done
        finally:
            if self._asked.pop(stream, None) is not None and asked.done.cancelled():
                self._http2.send_reset(stream, ErrorCode.CANCEL)
                self._soon()
            self._room.set()

    async def _stream(self) -> int:
        """A new stream, once the server takes one more."""
        while True:
            if not self.open:
                raise Unsent(f"{self._address} closed the connection")
            if self._http2.can_open:
                return self._http2.open()
            self._room.clear()
            await self._room.wait()

    def close(self) -> None:
        self.open = False
        if not self._transport.is_closing():
            self._http2.goaway()
            self._flush()
            self._transport.close()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.open = True
        self._http2.start()
        self._flush()

    def data_received(self, data: bytes) -> None:
        for event in self._http2.receive(data):
            handle = _HANDLERS.get(type(event))
            if handle is not None:
                handle(self, event)
        self._room.set()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(Unavailable(f"{self._address} closed the connection before its answer was whole"))

    # Events.

    def _responded(self, event: ResponseReceived) -> None:
        asked = self._asked.get(event.stream)
        if asked is None or event.informational:
            return
        fields = dict(event.headers)
        asked.http_status = int(fields.get(b":status", b"0"))
        encoding = fields.get(b"grpc-encoding", b"identity")
        asked.reader = MessageReader(encoding, MAX_ANSWER_BYTES)
        if event.ended or asked.http_status != 200:
            asked.end(read_status(event.headers, asked.http_status))

    def _came(self, event: DataReceived) -> None:
        self._http2.consumed(event.stream, event.counted)
        asked = self._asked.get(event.stream)
        if asked is None:
            return
        try:
            for message in asked.reader.feed(event.data):
                asked.answer = bytes(message)
        except Refused as refused:
            asked.end(refused.status)
        if event.ended:
            self._trailed_with(asked, ())

    def _trailed(self, event: TrailersReceived) -> None:
        asked = self._asked.get(event.stream)
        if asked is not None:
            self._trailed_with(asked, event.headers)

    def _trailed_with(self, asked: _Asked, headers: Headers) -> None:
        asked.end(read_status(headers, asked.http_status))

    def _reset(self, event: StreamReset) -> None:
        asked = self._asked.get(event.stream)
        if asked is None:
            return
        if event.code == ErrorCode.REFUSED_STREAM:
            asked.fail(Unsent(f"{self._address} refused the call before it began"))
        else:
            code = RESET_CODES.get(event.code, Code.INTERNAL)
            asked.end(GrpcStatus(code, f"the server reset the stream with error {event.code}"))

    def _drained(self, event: Drained) -> None:
        self.open = False
        for stream in event.unprocessed:
            asked = self._asked.get(stream)
            if asked is not None:
                asked.fail(Unsent(f"{self._address} is going away and has not begun with the call"))

    def _ended(self, event: Ended) -> None:
        self._end(Unavailable(f"the connection to {self._address} broke: {event.message}"))
        self._flush()
        self._transport.close()

    def _end(self, fault: Fault) -> None:
        self.open = False
        for asked in self._asked.values():
            asked.fail(fault)
        self._room.set()

    # Writing: what one turn of the loop gives leaves in one write.

    def _soon(self) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._due = False
        data = self._http2.take()
        if data and not self._transport.is_closing():
            self._transport.write(data)


_HANDLERS: Final[dict[type[Any], Callable[[_Connection, Any], None]]] = {
    ResponseReceived: _Connection._responded,
    DataReceived: _Connection._came,
    TrailersReceived: _Connection._trailed,
    StreamReset: _Connection._reset,
    Drained: _Connection._drained,
    Ended: _Connection._ended,
}


def _with_h2(tls: ssl.SSLContext | None) -> ssl.SSLContext:
    context = tls or ssl.create_default_context()
    context.set_alpn_protocols(["h2"])
    return context
