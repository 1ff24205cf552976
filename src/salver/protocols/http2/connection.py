"""One HTTP/2 connection (RFC 9113) without a socket, for servers and clients: bytes in and events out, calls in and
bytes out.

It checks everything a peer may do wrong, and answers it: a stream error resets the stream and the connection lives on,
a connection error queues GOAWAY and yields `Ended`. It knows no time: who wants a timeout keeps it, and ends with
`send_reset` or `goaway`. What peers say on streams is in `messages`, how it sends in `sending`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from salver.protocols.http2 import frames, settings
from salver.protocols.http2.encoding import encode_static
from salver.protocols.http2.errors import ConnectionFailed, ErrorCode, Exhausted, Refused, StreamFailed, error_code
from salver.protocols.http2.events import Drained, Ended, Event, PongReceived, StreamReset, WindowOpened
from salver.protocols.http2.frames import (
    ACK,
    CONTINUATION,
    DATA,
    FRAME_TYPES,
    HEAD,
    HEAD_BYTES,
    HEADERS,
    MAX_STREAM,
    MAX_WINDOW,
    PREFACE,
    PRIORITY,
    RST_STREAM,
    WINDOW_UPDATE,
)
from salver.protocols.http2.limits import Http2Limits
from salver.protocols.http2.messages import Messages, check_dependency
from salver.protocols.http2.streams import Stream

__all__ = ["Connection", "encode_static"]

_DEFAULTS: Final = Http2Limits()
_PING: Final = b"salver\0\0"
_LEAVING: Final = b"salver\0\1"
"""The PING behind the first GOAWAY: its answer says that the peer knows."""


class Connection(Messages):
    """One end of a connection; `client` says which. Nothing here raises for what the peer does."""

    def __init__(self, *, client: bool = False, limits: Http2Limits = _DEFAULTS) -> None:
        super().__init__(client=client, limits=limits)
        self._rest = b""
        self._greeted = False
        self._leaving = False
        self._peer_leaves = False
        self._peer_max_streams = MAX_STREAM
        self._peer_known = False
        self._pings = 0
        self._unacknowledged = 0

    # What a transport asks.

    @property
    def open_streams(self) -> int:
        """Streams that are not yet closed in both directions."""
        return len(self._streams)

    @property
    def idle(self) -> bool:
        """Whether no stream is open."""
        return not self._streams

    @property
    def ended(self) -> bool:
        """Whether the connection is over for both: what comes in is ignored. Send what `take` gives, and close."""
        return self._ended

    @property
    def left(self) -> bool:
        """Whether the last GOAWAY has been said: no further stream is taken."""
        return self._accepted is not None or self._ended

    @property
    def peer_known(self) -> bool:
        """Whether the peer's first SETTINGS are here: it speaks HTTP/2, and what it takes is known."""
        return self._peer_known

    @property
    def room(self) -> int:
        """A client: how many streams the peer takes beside those that are open."""
        return self._peer_max_streams - len(self._streams)

    @property
    def peer_max_header_bytes(self) -> int | None:
        """What the peer takes as header fields, trailers included, counted as in §6.5.2; None: it does not say."""
        return self._peer_max_header_bytes

    def start(self) -> None:
        """Queues what each side says first: our settings, a client's preface before them."""
        if self._client:
            self._out.append(PREFACE)
        self._out.append(frames.settings(settings.ours(self._limits, client=self._client)))
        self._unacknowledged += 1
        more = self._limits.connection_window_bytes - settings.DEFAULT_WINDOW_BYTES
        if more:
            self._out.append(frames.window_update(0, more))

    def open(self) -> int:
        """A client: the number of a new stream. Raises Refused while the peer takes no more, Exhausted when it never
        will again."""
        if self._ended or self._peer_leaves or self._leaving or self._next > MAX_STREAM:
            raise Exhausted("this connection takes no new streams")
        if len(self._streams) >= self._peer_max_streams:
            raise Refused(f"the server takes {self._peer_max_streams} streams at a time, and so many are open")
        number = self._next
        self._next += 2
        self._streams[number] = stream = Stream(number, self._peer_window, self._window)
        stream.asked = False
        return number

    def consumed(self, stream: int, count: int) -> None:
        """The application has taken so many bytes of a body (`DataReceived.counted`): the peer may send as many again.
        What a stream that is no more had not yet taken counts as taken."""
        state = self._streams.get(stream)
        if state is None:
            return
        if count > state.held:
            count = state.held
        state.held -= count
        self._give_back(count)
        if state.remote_ended:
            return
        state.returned += count
        if state.returned * 2 >= self._window:
            state.receive_window += state.returned
            self._reply(frames.window_update(stream, state.returned))
            state.returned = 0

    def ping(self) -> None:
        """Asks the peer for a sign of life: `PongReceived`."""
        if not self._ended:
            self._pings += 1
            self._reply(frames.ping(_PING))

    def goaway(self, code: ErrorCode = ErrorCode.NO_ERROR) -> None:
        """Takes leave. Without an error a server first says that it will (§6.8), takes the streams that were on their
        way, and names the last one when the peer is known to know, or at the second call. With an error at once."""
        if self._ended:
            return
        if code or self._client or self._leaving:
            self._leave(code)
        else:
            self._leaving = True
            self._reply(frames.goaway(MAX_STREAM, ErrorCode.NO_ERROR))
            self._reply(frames.ping(_LEAVING))

    def _leave(self, code: ErrorCode) -> None:
        self._leaving = True
        if self._accepted is None:
            self._accepted = self._last
            self._reply(frames.goaway(self._last, code))

    # What comes in.

    def receive(self, data: bytes) -> list[Event]:
        """What these bytes of the peer mean. Cut them as you like. Never raises for what the peer does."""
        if self._ended:
            return []
        events = self._events = []
        self._reads += 1
        if self._rest:
            data = self._rest + data
        try:
            self._rest = data[self._read(data, 0 if self._greeted else self._greet(data)) :]
        except ConnectionFailed as failure:
            self._fail(failure.code, failure.message)
        return events

    def _greet(self, data: bytes) -> int:
        """Checks what must come first (§3.4); where the frames begin, once they are known to begin right."""
        start = 0 if self._client else len(PREFACE)
        if not self._client and not PREFACE.startswith(data[:start]):
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "no connection preface")
        if len(data) < start + HEAD_BYTES:
            return 0
        kind, flags = data[start + 3], data[start + 4]
        if kind != frames.SETTINGS or flags & ACK:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS")
        self._greeted = True
        return start

    def _read(self, data: bytes, place: int) -> int:
        """Reads whole frames; where they end."""
        end = len(data)
        max_bytes = self._limits.max_frame_bytes
        while end - place >= HEAD_BYTES and self._greeted:
            head, flags, number = HEAD.unpack_from(data, place)
            size = head >> 8
            if size > max_bytes:
                raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, f"a frame of {size} bytes, wanted {max_bytes}")
            start = place + HEAD_BYTES
            if start + size > end:
                break
            place = start + size
            kind = head & 0xFF
            number &= MAX_STREAM  # the first bit is reserved (§4.1)
            payload = data[start:place]
            try:
                if self._open_block is not None and (kind != CONTINUATION or number != self._open_block[0]):
                    raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "a frame in the middle of a header block")
                if kind == DATA:
                    self._on_data(flags, number, payload)
                elif kind == HEADERS:
                    self._on_headers(flags, number, payload)
                else:
                    self._on_other(kind, flags, number, payload)
            except StreamFailed as failure:
                self._fail_stream(failure)
        return place

    # The other frames.

    def _on_other(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        if kind != RST_STREAM:  # those are counted as what they do
            self._bear_vain()
        frame_type = FRAME_TYPES.get(kind)
        if frame_type is None:
            return
        if frame_type.place is not frames.Place.EITHER and (number == 0) is (frame_type.place is frames.Place.STREAM):
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"{frame_type.name} on stream {number}")
        size = len(payload)
        if size < frame_type.min_bytes or (frame_type.max_bytes is not None and size > frame_type.max_bytes):
            message = f"{frame_type.name} of {size} bytes"
            if kind == PRIORITY and number in self._streams:
                raise StreamFailed(number, ErrorCode.FRAME_SIZE_ERROR, message)
            raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, message)
        _HANDLERS[kind](self, flags, number, payload)

    def _on_priority(self, flags: int, number: int, payload: bytes) -> None:
        check_dependency(number, payload)

    def _on_rst_stream(self, flags: int, number: int, payload: bytes) -> None:
        stream = self._streams.get(number)
        if stream is None or not stream.asked:
            self._bear_vain()
            self._misplaced(RST_STREAM, number)
            return
        self._forget(stream)
        if not self._client:
            self._bear_loss()
        self._events.append(StreamReset(number, error_code(int.from_bytes(payload, "big"))))

    def _on_settings(self, flags: int, number: int, payload: bytes) -> None:
        if flags & ACK:
            if payload:
                raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, "an acknowledgement of SETTINGS with settings")
            self._on_settings_ack()
            return
        said = dict(settings.read(payload, from_server=self._client))
        self._peer_known = True
        self._peer_frame_bytes = said.get(settings.MAX_FRAME_SIZE, self._peer_frame_bytes)
        self._peer_max_streams = said.get(settings.MAX_CONCURRENT_STREAMS, self._peer_max_streams)
        self._peer_max_header_bytes = said.get(settings.MAX_HEADER_LIST_SIZE, self._peer_max_header_bytes)
        if said.get(settings.HEADER_TABLE_SIZE, settings.DEFAULT_TABLE_BYTES) < settings.DEFAULT_TABLE_BYTES:
            self._must_empty_table = not self._table_emptied
        self._reply(frames.SETTINGS_ACK)
        if settings.INITIAL_WINDOW_SIZE in said:
            self._on_peer_window(said[settings.INITIAL_WINDOW_SIZE])

    def _on_settings_ack(self) -> None:
        if not self._unacknowledged:
            return
        self._unacknowledged -= 1
        more = self._limits.stream_window_bytes - self._window
        if more:  # fewer than the default: from now on the peer knows
            self._window += more
            for stream in self._streams.values():
                stream.receive_window += more

    def _on_peer_window(self, size: int) -> None:
        """§6.9.2: the windows of all streams shift, and may become negative."""
        more = size - self._peer_window
        self._peer_window = size
        for stream in self._streams.values():
            stream.send_window += more
            if stream.send_window > MAX_WINDOW:
                raise ConnectionFailed(ErrorCode.FLOW_CONTROL_ERROR, "SETTINGS makes a stream's window overflow")
        if more > 0:
            for stream in self._streams.values():
                self._queue(stream)
            self._send_kept()

    def _on_push_promise(self, flags: int, number: int, payload: bytes) -> None:
        raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE, which nobody may send here")

    def _on_ping(self, flags: int, number: int, payload: bytes) -> None:
        if not flags & ACK:
            self._reply(frames.ping(payload, ack=True))
        elif payload == _LEAVING and self._leaving:
            self._leave(ErrorCode.NO_ERROR)
        elif payload == _PING and self._pings:
            self._pings -= 1
            self._events.append(PongReceived())

    def _on_goaway(self, flags: int, number: int, payload: bytes) -> None:
        last = int.from_bytes(payload[:4], "big") & MAX_STREAM
        code = error_code(int.from_bytes(payload[4:8], "big"))
        self._peer_leaves = True
        unprocessed = tuple(each for each in self._streams if each > last) if self._client else ()
        for each in unprocessed:
            self._forget(self._streams[each])
            self._past.reset(each)
        self._events.append(Drained(last, code, unprocessed))

    def _on_window_update(self, flags: int, number: int, payload: bytes) -> None:
        more = int.from_bytes(payload, "big") & MAX_WINDOW
        if number == 0:
            if not more:
                raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0")
            self._send_window += more
            if self._send_window > MAX_WINDOW:
                raise ConnectionFailed(ErrorCode.FLOW_CONTROL_ERROR, "WINDOW_UPDATE makes the window overflow")
        else:
            stream = self._streams.get(number)
            if stream is None or not stream.asked:
                self._misplaced(WINDOW_UPDATE, number)
                return
            if not more:
                raise StreamFailed(number, ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0")
            stream.send_window += more
            if stream.send_window > MAX_WINDOW:
                raise StreamFailed(number, ErrorCode.FLOW_CONTROL_ERROR, "WINDOW_UPDATE makes the window overflow")
            self._queue(stream)
        self._send_kept()

    def _send_kept(self) -> None:
        if self._ready:
            self._events += map(WindowOpened, self._pump())

    def _fail(self, code: ErrorCode, message: str) -> None:
        """§5.4.1."""
        self._ended = True
        self._rest = b""
        self._streams.clear()
        self._ready.clear()
        self._out.append(frames.goaway(self._last, code, message.encode()))
        self._events.append(Ended(code, message))


_HANDLERS: Final[dict[int, Callable[[Connection, int, int, bytes], None]]] = {
    frames.PRIORITY: Connection._on_priority,
    frames.RST_STREAM: Connection._on_rst_stream,
    frames.SETTINGS: Connection._on_settings,
    frames.PUSH_PROMISE: Connection._on_push_promise,
    frames.PING: Connection._on_ping,
    frames.GOAWAY: Connection._on_goaway,
    frames.WINDOW_UPDATE: Connection._on_window_update,
    frames.CONTINUATION: Connection._on_continuation,
}
