"""Calls over HTTP/1.1, on connections that stay open: one exchange at a time on each, several beside each other."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Final, cast

from salver.client.address import Address
from salver.client.deadline import Deadline
from salver.client.http1_answer import AnswerReader
from salver.client.places import Places
from salver.client.wire import MAX_ANSWER_BYTES, Unsent, connect, tls_of
from salver.core.calls import Call, Reply
from salver.core.errors import Fault, Unavailable
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.route import HttpProtocol

IDLE_S: Final = 4.0
"""A connection idle for longer is not used again: many servers close theirs after five seconds, and a question that
meets the end of its connection may not be asked again."""
_SEPARATE_BYTES: Final = 64 * 1024
"""A larger body is not copied behind its head."""


class HttpWire:
    """Speaks one protocol to one server."""

    def __init__(
        self,
        address: Address,
        protocol: HttpProtocol,
        *,
        tls: ssl.SSLContext | None = None,
        max_connections: int = 64,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._address = address
        self._protocol = protocol
        self._tls = tls_of(address, tls, "http/1.1")
        self._max_answer_bytes = max_answer_bytes
        self._places = Places(max_connections)
        self._idle: list[tuple[_Connection, float]] = []
        self._busy: set[_Connection] = set()
        self._closed = False

    async def __call__(self, call: Call, deadline: float | None = None) -> Reply:
        request = self._protocol.encode_call(call)
        limit = Deadline(deadline, self._address)
        limit.left_s()
        await self._places.take(limit)
        try:
            response = await self._exchange(request, limit)
        finally:
            self._places.give()
        return self._protocol.decode_reply(call, response)

    async def aclose(self) -> None:
        self._closed = True
        connections = [*self._busy, *(connection for connection, _ in self._idle)]
        self._idle.clear()
        for connection in connections:
            connection.end(self._over())
        for connection in connections:
            await connection.gone.wait()

    async def _exchange(self, request: HttpRequest, limit: Deadline) -> HttpResponse:
        message = _message(request, self._address)
        kept = self._kept()
        if kept is not None:
            try:
                return await self._ask(kept, message, limit)
            except Unavailable:
                if request.method != b"GET" or self._closed:  # any other may have been carried out (RFC 9110 §9.2.2)
                    raise
        if self._closed:
            raise self._over()
        connection = await connect(lambda: _Connection(self._address), self._address, self._tls, limit)
        return await self._ask(connection, message, limit)

    async def _ask(self, connection: _Connection, message: list[bytes], limit: Deadline) -> HttpResponse:
        if self._closed:
            connection.close()
            raise self._over()
        self._busy.add(connection)
        try:
            response = await connection.ask(message, AnswerReader(self._max_answer_bytes, self._address), limit)
        except BaseException:
            connection.close()
            raise
        finally:
            self._busy.discard(connection)
        if connection.keeps and not self._closed:
            self._idle.append((connection, time.monotonic()))
        else:
            connection.close()
        return response

    def _kept(self) -> _Connection | None:
        """The connection that was used last, where it can be used again."""
        while self._idle:
            connection, since = self._idle.pop()
            if connection.open and time.monotonic() - since < IDLE_S:
                return connection
            connection.close()
        return None

    def _over(self) -> Unavailable:
        return Unavailable(f"the client of {self._address} was closed")


class _Connection(asyncio.Protocol):
    """One exchange after another."""

    def __init__(self, address: Address) -> None:
        self.keeps = False
        """Whether it can be used again."""
        self.gone = asyncio.Event()
        self._address = address
        self._answer: asyncio.Future[HttpResponse] | None = None
        self._reader: AnswerReader | None = None

    @property
    def open(self) -> bool:
        return not self._transport.is_closing()

    async def ask(self, message: list[bytes], reader: AnswerReader, limit: Deadline) -> HttpResponse:
        """The answer. Raises Unavailable, Late, or Internal for what is none; then it is not to be used again."""
        left_s = limit.left_s()
        if not self.open:
            raise Unsent(f"{self._address} closed the connection")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[HttpResponse] = loop.create_future()
        self._answer = answer
        self._reader = reader
        self.keeps = False
        timer = None if left_s is None else loop.call_later(left_s, lambda: self._fail(limit.late()))
        for part in message:
            self._transport.write(part)
        try:
            return await answer
        finally:
            self._answer = self._reader = None
            if timer is not None:
                timer.cancel()

    def close(self) -> None:
        self._transport.abort()

    def end(self, fault: Fault) -> None:
        """Closes it under whoever waits for an answer."""
        self._fail(fault)
        self.close()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._reader is None or self._answer is None or self._answer.done():
            self.close()  # nobody has asked
            return
        try:
            response = self._reader.feed(data)
        except Fault as fault:
            self.end(fault)
            return
        if response is not None:
            self.keeps = self._reader.keeps and not self._transport.get_write_buffer_size()
            self._answer.set_result(response)

    def eof_received(self) -> None:
        """The transport closes itself."""
        if self._reader is None or self._answer is None or self._answer.done():
            return
        try:
            response = self._reader.end()
        except Fault as fault:
            self._fail(fault)
            return
        if response is not None:
            self._answer.set_result(response)

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        self._fail(Unavailable(f"{self._address} closed the connection before its answer was whole"))

    def _fail(self, fault: Fault) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(fault)


def _message(request: HttpRequest, address: Address) -> list[bytes]:
    """What is written, in pieces."""
    lines = [b"%s %s%s HTTP/1.1" % (request.method, address.prefix.encode(), request.target)]
    lines.append(b"host: " + address.authority.encode())
    lines += [b"%s: %s" % header for header in request.headers]
    if request.body or request.method == b"POST":
        lines.append(b"content-length: %d" % len(request.body))
    head = b"\r\n".join((*lines, b"", b""))
    return [head + request.body] if len(request.body) < _SEPARATE_BYTES else [head, request.body]
