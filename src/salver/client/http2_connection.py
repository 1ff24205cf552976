"""One HTTP/2 connection to a gRPC server, from its preface to its end, and the unary calls in flight on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeAlias, cast

from salver.client.address import Address
from salver.client.deadline import Deadline
from salver.client.grpc_answer import Answer, Outcome
from salver.client.places import Line
from salver.client.wire import CONNECT_S, Unsent
from salver.core.errors import Fault, Unavailable
from salver.protocols.grpc import RESET_CODES, Code, GrpcStatus, format_timeout
from salver.protocols.grpc_messages import frame
from salver.protocols.http2.connection import Connection
from salver.protocols.http2.encoding import encode_static
from salver.protocols.http2.errors import ErrorCode, Exhausted
from salver.protocols.http2.events import (
    DataReceived,
    Drained,
    Ended,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)

__all__ = ["GrpcConnection", "Outcome"]


class GrpcConnection(asyncio.Protocol):
    """Takes calls until the server says that it leaves; ends itself when the last of them is answered."""

    def __init__(self, address: Address, max_answer_bytes: int, siblings: set[GrpcConnection]) -> None:
        """It is one of its siblings from when it is made until it is gone."""
        self.gone = asyncio.Event()
        self._address = address
        self._max_answer_bytes = max_answer_bytes
        self._siblings = siblings
        self._http2 = Connection(client=True)
        self._answers: dict[int, Answer] = {}
        self._line = Line(self._admit)
        self._greeted: asyncio.Future[Unsent | None] = asyncio.get_running_loop().create_future()
        self._takes = True
        self._due = False
        self._paused = False

    @property
    def open(self) -> bool:
        """Whether it takes new calls."""
        return self._takes and not self._transport.is_closing()

    async def greet(self) -> None:
        """Waits until the server has said what it takes. For a task. Raises Unsent."""
        try:
            async with asyncio.timeout(CONNECT_S):
                fault = await self._greeted
        except TimeoutError:
            fault = Unsent(f"{self._address} has not begun to speak HTTP/2 within {CONNECT_S:g} s")
        except asyncio.CancelledError:
            self._transport.abort()
            raise
        if fault is not None:
            self._transport.abort()
            raise fault

    async def ask(self, head: bytes, message: bytes, limit: Deadline) -> Outcome:
        """How the call ended, and its message. `head` is a header block but for the timeout. Raises Unsent or
        Unavailable when the connection ends first, and Late; the server then hears that nobody waits any more."""
        stream = await self._stream(limit)
        timer = None
        try:
            left_s = limit.left_s()
            loop = asyncio.get_running_loop()
            answer = self._answers[stream] = Answer(loop.create_future(), self._max_answer_bytes, self._address)
            if left_s is not None:
                head += encode_static(((b"grpc-timeout", format_timeout(left_s)),))
                timer = loop.call_later(left_s, lambda: answer.fail(limit.late()))
            self._http2.send_headers(stream, head)
            self._http2.send_data(stream, frame(message), end=True)
            self._flush_soon()
            outcome = await answer.outcome
        finally:
            if timer is not None:
                timer.cancel()
            self._forget(stream)
        if isinstance(outcome, Fault):
            raise outcome
        return outcome

    def end(self, fault: Fault) -> None:
        """Closes it under whoever waits."""
        self._http2.goaway()
        self._flush()
        self._lose(fault)
        self.close()

    def close(self) -> None:
        self._transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._siblings.add(self)
        tls = transport.get_extra_info("ssl_object")
        if tls is not None and tls.selected_alpn_protocol() != "h2":
            self._lose(Unsent(f"{self._address} does not offer HTTP/2 over TLS (ALPN), which gRPC needs"))
            return
        self._http2.start()
        self._flush()

    def data_received(self, data: bytes) -> None:
        for event in self._http2.receive(data):
            handle = _HANDLERS.get(type(event))
            if handle is not None:
                handle(self, event)
        if not self._greeted.done() and self._http2.peer_known:
            self._greeted.set_result(None)
        self._admit()
        self._flush()

    def pause_writing(self) -> None:
        """What the server provokes and does not read stays where it is bounded."""
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(Unavailable(f"{self._address} closed the connection before its answer was whole"))
        self._siblings.discard(self)
        self.gone.set()

    # Streams.

    async def _stream(self, limit: Deadline) -> int:
        """A new stream, once the server takes one more and it is this call's turn."""
        waited = False
        while True:
            limit.left_s()
            if not self.open:
                raise Unsent(f"{self._address} closed the connection")
            if self._http2.room > 0 and (waited or not self._line):
                return self._opened()
            await self._line.wait(limit)
            waited = True

    def _opened(self) -> int:
        try:
            return self._http2.open()
        except Exhausted as fault:
            self._leave()
            raise Unsent(f"{self._address}: {fault.message}") from None

    def _forget(self, stream: int) -> None:
        """What the server still has to say of it is not wanted."""
        self._answers.pop(stream, None)
        self._http2.send_reset(stream, ErrorCode.CANCEL)
        self._flush_soon()
        self._admit()

    def _admit(self) -> None:
        """Calls as many of those who wait as the server takes."""
        if self._line:
            for _ in range(min(self._http2.room, len(self._line))):
                self._line.call()

    def _leave(self) -> None:
        """Takes no more calls: those who wait hear of it."""
        self._takes = False
        while self._line.call():
            pass

    def _lose(self, fault: Fault) -> None:
        self._leave()
        if not self._greeted.done():
            self._greeted.set_result(fault if isinstance(fault, Unsent) else Unsent(fault.message))
        for answer in self._answers.values():
            answer.fail(fault)

    # Events.

    def _responded(self, event: ResponseReceived) -> None:
        answer = self._answers.get(event.stream)
        if answer is not None and not event.informational:
            answer.begin(event.headers, event.ended)

    def _came(self, event: DataReceived) -> None:
        self._http2.consumed(event.stream, event.counted)
        answer = self._answers.get(event.stream)
        if answer is not None:
            answer.feed(event.data)
            if event.ended:
                answer.end(())

    def _trailed(self, event: TrailersReceived) -> None:
        answer = self._answers.get(event.stream)
        if answer is not None:
            answer.end(event.headers)

    def _reset(self, event: StreamReset) -> None:
        answer = self._answers.get(event.stream)
        if answer is None:
            return
        if event.code is ErrorCode.REFUSED_STREAM:
            answer.fail(Unsent(f"{self._address} refused the call before it had begun with it"))
        else:
            code = RESET_CODES.get(event.code, Code.INTERNAL)
            answer.settle(GrpcStatus(code, f"the call was reset with error {event.code.name}"))

    def _drained(self, event: Drained) -> None:
        self._leave()
        for stream in event.unprocessed:
            answer = self._answers.get(stream)
            if answer is not None:
                answer.fail(Unsent(f"{self._address} is going away, and has not begun with the call"))

    def _ended(self, event: Ended) -> None:
        what = "the connection broke" if self._greeted.done() else "it does not speak HTTP/2"
        self._lose(Unavailable(f"no answer from {self._address}: {what}: {event.message}"))

    # Writing: what one turn of the loop gives leaves in one write.

    def _flush_soon(self) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._due = False
        if self._transport.is_closing() or (self._paused and not self._http2.ended):
            return
        data = self._http2.take()
        if data:
            self._transport.write(data)
        if self._http2.ended or not (self._takes or self._answers):
            self._transport.close()


_Handler: TypeAlias = Callable[[GrpcConnection, Any], None]
_HANDLERS: Final[dict[type[Any], _Handler]] = {
    ResponseReceived: GrpcConnection._responded,
    DataReceived: GrpcConnection._came,
    TrailersReceived: GrpcConnection._trailed,
    StreamReset: GrpcConnection._reset,
    Drained: GrpcConnection._drained,
    Ended: GrpcConnection._ended,
}
