"""One client over HTTP/2: bytes from a socket to calls and requests, answers back as they are ready.

Streams are answered in any order. What answers without waiting is answered within the read itself, and all that one
turn of the loop gives leaves in one write. Frames, windows and states live in `protocols/http2`, a stream's own
business in `http2_unary`, `http2_streaming` and `http2_plain`; here is when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, Final, TypeAlias, cast

from salver.protocols.grpc import GrpcStatus, Headers
from salver.protocols.http import HttpResponse
from salver.protocols.http2.connection import Connection
from salver.protocols.http2.errors import ErrorCode
from salver.protocols.http2.events import (
    DataReceived,
    Ended,
    Event,
    RequestReceived,
    StreamReset,
    TrailersReceived,
    WindowOpened,
)
from salver.protocols.http2.limits import Http2Limits
from salver.protocols.rpc import Unary
from salver.transports.app import App, refusal
from salver.transports.connections import Connections
from salver.transports.grpc_exchange import Admitted, GrpcExchange
from salver.transports.http2_grpc import end_call
from salver.transports.http2_plain import PlainStream
from salver.transports.http2_stream import Stream
from salver.transports.http2_streaming import StreamingCall
from salver.transports.http2_unary import UnaryCall
from salver.transports.limits import HttpLimits
from salver.transports.taking import Taking

_HIGH_WATER_BYTES: Final = 256 * 1024
"""Written and not yet taken by the kernel: beyond, nothing more is read."""
_BODIES_AT_ONCE: Final = 4
"""The unfinished bodies of one client may be so many of the largest, together."""
_ANSWERS_AT_ONCE: Final = 16
"""What the client has yet to take of its answers may be so many of the largest body; beyond, it gets no further one."""
_TURN_S: Final = 0.01
_TURN_BYTES: Final = 64 * 1024
"""One client's requests are worked on for so long, and its bytes looked at so many at once, before others have a
turn. All there is to be read is otherwise answered in one go: megabytes of it under uvloop."""
_KNOWN_HEADS: Final = 256
"""Heads whose meaning is remembered; a client repeats few."""


_Known: TypeAlias = tuple[Headers, Admitted | GrpcStatus | None, float | None]
"""A head, what it asks for (None: not gRPC's to answer), and its timeout."""


class Http2Connection(asyncio.Protocol):
    """Serves one connection until either side ends it. Made for an accepted socket, or for one whose first bytes
    have been looked at: those are then given to `data_received`."""

    def __init__(
        self,
        app: App,
        grpc: GrpcExchange | None,
        limits: HttpLimits,
        http2_limits: Http2Limits,
        connections: Connections,
    ) -> None:
        self.app = app
        self.limits = limits
        self.http2 = Connection(limits=http2_limits)
        self.writable = True
        self.filled: list[Any] = []
        self._grpc = grpc
        self.connections = connections
        self._heads: dict[int, _Known] = {}
        self._streams: dict[int, Stream] = {}
        self._cancelled: set[Stream] = set()  # left by the client, still running
        self._held_bytes = 0
        largest = max(limits.max_body_bytes, 0 if grpc is None else grpc.max_message_bytes)
        self._max_held_bytes = _BODIES_AT_ONCE * largest
        self._max_kept_bytes = _ANSWERS_AT_ONCE * largest
        self._unread = b""
        self._events: Iterator[Event | None] | None = None  # what was read and not worked on
        self._in_turn = False  # a write follows anyhow
        self._draining = False
        self._leaving = False
        self._lost = False
        self._since_s = self._heard_s = self._drained_s = connections.now_s
        self._asked_s: float | None = None  # when a PING was sent to see whether anybody is there
        self._taking = Taking(connections.now_s)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(_HIGH_WATER_BYTES)
        self.http2.start()
        if not self.connections.join(self):
            if self.connections.crowded():
                self._transport.abort()
                return
            self.http2.goaway(ErrorCode.ENHANCE_YOUR_CALM)
            self._finish()
            return
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._heard_s = self.connections.now_s
        if self._leaving:
            return
        if self._events is None:
            self._unread = data
            self._events = self._come()
            self._work(self._events)
        else:
            self._unread += data

    def eof_received(self) -> bool:
        """A client that closes its side has left."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._leaving = True
        self._events = None
        for stream in [*self._streams.values()]:
            stream.leave()
        self._gone_if_idle()

    def pause_writing(self) -> None:
        self.writable = False
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self.writable = True
        for stream in [*self._streams.values()]:
            stream.proceed()
        self._flush()
        self._read_on()

    # What watches over the connection calls.

    def check(self, now_s: float) -> None:
        if self._stalls(now_s):
            self._cut()
        elif self._leaving:
            if now_s - self._since_s > self.limits.linger_timeout_s:
                self._transport.abort()
        elif self._draining and not self.http2.left and now_s - self._drained_s > self.limits.linger_timeout_s:
            self.http2.goaway()  # it does not say that it has heard the first one
            self._flush()
        elif self._streams:
            self._since_s = now_s
            for stream in [*self._streams.values()]:
                stream.check(now_s)
            self._check_peer(now_s)
            self._flush()
        elif now_s - max(self._since_s, self._heard_s) > self.limits.idle_timeout_s:
            self.drain()

    def drain(self) -> None:
        if not self._draining and not self._leaving:
            self._draining = True
            self._drained_s = self.connections.now_s
            self.http2.goaway()
            self._flush()

    def abort(self) -> bool:
        busy = bool(self._streams) or not self.http2.idle or self._transport.get_write_buffer_size() > 0
        self._transport.abort()
        return busy

    # What its streams call.

    def soon(self) -> None:
        if not self._in_turn:
            self._in_turn = True
            asyncio.get_running_loop().call_soon(self._turn)

    def over(self, stream: Stream) -> None:
        self._streams.pop(stream.id, None)
        if stream.held_bytes:
            self._held_bytes -= stream.held_bytes
            stream.held_bytes = 0
        if stream.task is not None:
            self._cancelled.add(stream)
        elif self._cancelled:
            self._cancelled.discard(stream)
        if self._lost:
            self._gone_if_idle()

    def hold(self, stream: Stream, count: int) -> bool:
        self._held_bytes += count
        return self._held_bytes <= self._max_held_bytes

    # What has come, and whose turn it is.

    def _come(self) -> Iterator[Event | None]:
        """What the bytes mean that were read; None where they are many, and mean nothing yet."""
        while data := self._unread:
            self._unread = data[_TURN_BYTES:]
            yield from self.http2.receive(data[:_TURN_BYTES])
            if self._unread:
                yield None

    def _work(self, events: Iterator[Event | None]) -> None:
        """Does what the client asks for, until that is all or others must have a turn."""
        self._in_turn = True
        ends_s = monotonic() + _TURN_S
        for event in events:
            handle = _HANDLERS.get(type(event))
            if handle is not None:
                handle(self, event)
            if monotonic() > ends_s:
                break
        else:
            self._events = None
        self._in_turn = False
        self._flush()
        if monotonic() > ends_s and not self._transport.is_closing():
            self._transport.pause_reading()
            asyncio.get_running_loop().call_soon(self._read_on)

    def _read_on(self) -> None:
        if self.writable and self._events is not None:
            self._work(self._events)
        if self.writable and self._events is None and not self._transport.is_closing():
            self._transport.resume_reading()

    # Events.

    def _requested(self, event: RequestReceived) -> None:
        self.connections.requests += 1
        if self.http2.kept_bytes > self._max_kept_bytes:
            self.http2.send_reset(event.stream, ErrorCode.REFUSED_STREAM)
            return
        headers = event.headers
        _, asked, timeout_s = self._heads.get(id(headers)) or self._know(headers)
        number, ended = event.stream, event.ended
        stream: Stream
        if asked is None:
            stream = PlainStream(self, number, ended, headers, self._grpc_only(headers))
        elif isinstance(asked, GrpcStatus):
            end_call(self, number, asked, headed=False)
            return
        else:
            kind = UnaryCall if isinstance(asked.method, Unary) else StreamingCall
            stream = kind(self, number, ended, cast(GrpcExchange, self._grpc), asked, timeout_s, headers)
        self._streams[number] = stream
        stream.begin()

    def _know(self, headers: Headers) -> _Known:
        """What a head asks for. The connection below hands out the same tuple for a head that comes again; the tuple
        is kept here, so that its identity stays its own."""
        asked, timeout_s = (None, None) if self._grpc is None else self._grpc.admit(headers)
        if len(self._heads) >= _KNOWN_HEADS:
            self._heads.clear()
        known = self._heads[id(headers)] = headers, asked, timeout_s
        return known

    def _grpc_only(self, headers: Headers) -> HttpResponse | None:
        """The answer to a request that is not gRPC, where only gRPC is spoken."""
        fields = dict(headers)
        if self._grpc is None or not self._grpc.serves(fields.get(b":path", b"")):
            return None
        if fields[b":method"] != b"POST":
            return refusal(405, "this is a gRPC method, wanted POST", ((b"Allow", b"POST"),))
        return refusal(415, "this is a gRPC method, wanted content-type application/grpc")

    def _data(self, event: DataReceived) -> None:
        stream = self._streams.get(event.stream)
        if stream is None:  # answered without waiting for the end of the request
            self.http2.consumed(event.stream, event.counted)
        else:
            stream.receive(event.data, event.counted, event.ended)

    def _trailed(self, event: TrailersReceived) -> None:
        stream = self._streams.get(event.stream)
        if stream is not None:
            stream.receive(b"", 0, True)

    def _reset(self, event: StreamReset) -> None:
        stream = self._streams.get(event.stream)
        if stream is not None:
            stream.leave()

    def _opened(self, event: WindowOpened) -> None:
        stream = self._streams.get(event.stream)
        if stream is not None:
            stream.proceed()

    def _ended(self, event: Ended) -> None:
        for stream in [*self._streams.values()]:
            stream.leave()
        self._finish()

    # Writing and the end.

    def _turn(self) -> None:
        self._in_turn = False
        self._flush()

    def _flush(self) -> None:
        if self.filled:
            for stream in self.filled:
                stream.push()
            self.filled.clear()
        if self.writable:
            self._write()
            if self._draining and self.http2.left and self.http2.idle and not self._leaving:
                self._finish()

    def _write(self) -> None:
        data = self.http2.take()
        if data and not self._transport.is_closing():
            self._taking.handed_bytes += len(data)
            self._transport.write(data)

    def _finish(self) -> None:
        """After the last answer: closes our side, and waits a little for the client to close its own. Closing both
        while the client still sends would reset the connection, and could take the answer with it."""
        if self._leaving:
            return
        self._leaving = True
        self._since_s = self.connections.now_s
        self.connections.leaves(self)
        self._write()
        if self._transport.is_closing():
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def _gone_if_idle(self) -> None:
        if not self._streams and not self._cancelled:
            self.connections.gone(self)

    def _cut(self) -> None:
        self.connections.cut += 1
        self._transport.abort()

    # Slow clients, and those that are no longer there.

    def _stalls(self, now_s: float) -> bool:
        """Whether the client takes too little of what it is to take, or nothing."""
        unsent = self._transport.get_write_buffer_size()
        if unsent:
            self._since_s = now_s
        return self._taking.stalls(now_s, unsent, self.limits, waits=bool(unsent) or self._keeps_back())

    def _keeps_back(self) -> bool:
        """Whether a window keeps something back. An answered stream is open only as long as that is so."""
        http2 = self.http2
        return http2.open_streams > len(self._streams) or any(map(http2.pending_bytes, self._streams))

    def _check_peer(self, now_s: float) -> None:
        """A client that is silent while it has calls open is asked for a sign of life."""
        if self._asked_s is not None and self._heard_s < self._asked_s:
            if now_s - self._asked_s > self.limits.write_timeout_s:
                self._cut()
        elif now_s - self._heard_s > self.limits.idle_timeout_s:
            self._asked_s = now_s
            self.http2.ping()
        else:
            self._asked_s = None


_HANDLERS: Final[dict[type[Any], Callable[[Http2Connection, Any], None]]] = {
    RequestReceived: Http2Connection._requested,
    DataReceived: Http2Connection._data,
    TrailersReceived: Http2Connection._trailed,
    StreamReset: Http2Connection._reset,
    WindowOpened: Http2Connection._opened,
    Ended: Http2Connection._ended,
}
