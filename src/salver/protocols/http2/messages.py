"""What a peer says on a stream: header fields, body, trailers, checked as messages (RFC 9113 §8).

The part of `Connection` below its frames of control. A mistake on a stream raises StreamFailed, one that ends the
connection ConnectionFailed.
"""

from __future__ import annotations

from typing import Final

from salver.protocols.http2 import settings
from salver.protocols.http2.blocks import Block, Decoder
from salver.protocols.http2.encoding import encode_static
from salver.protocols.http2.errors import ConnectionFailed, ErrorCode, StreamFailed
from salver.protocols.http2.events import (
    DataReceived,
    Event,
    RequestReceived,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from salver.protocols.http2.fields import INFORMATIONAL, host_fault, request_fault, response_fault, trailers_fault
from salver.protocols.http2.frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    FRAME_TYPES,
    HEADERS,
    MAX_STREAM,
    PADDED,
    PRIORITISED,
)
from salver.protocols.http2.limits import Http2Limits
from salver.protocols.http2.patience import Patience
from salver.protocols.http2.sending import Sending
from salver.protocols.http2.streams import MISPLACED, Place, Stream

_TOO_LONG: Final = encode_static([(b":status", b"431"), (b"content-length", b"0")])
_FRAMES_PER_DATA: Final = 4
"""A peer may answer a DATA frame with so many of its own: windows for stream and connection, and PING to measure."""


class Messages(Sending):
    """What `Connection` receives on its streams, and the mistakes that can be made there."""

    def __init__(self, *, client: bool, limits: Http2Limits) -> None:
        super().__init__(client=client, limits=limits)
        self._events: list[Event] = []
        self._decoder = Decoder(limits.max_header_bytes, limits.max_headers)
        self._pieces: list[bytes] = []  # of a header block that is not yet whole
        self._open_block: tuple[int, int] | None = None  # its stream, and the flags of its HEADERS
        self._resets = Patience(limits.max_resets)
        self._controls = Patience(limits.max_control_frames)
        # Of new streams, as far as the peer knows.
        self._window = max(limits.stream_window_bytes, settings.DEFAULT_WINDOW_BYTES)
        self._last = 0  # of the peer's streams
        self._next = 1  # of our streams
        self._accepted: int | None = None  # the last stream of our final GOAWAY

    # The two frames that matter.

    def _on_data(self, flags: int, number: int, payload: bytes) -> None:
        counted = len(payload)
        self._receive_window -= counted
        if self._receive_window < 0:
            raise ConnectionFailed(ErrorCode.FLOW_CONTROL_ERROR, "DATA beyond the connection's window")
        stream = self._streams.get(number)
        if stream is None or stream.remote_ended or not stream.asked:
            self._give_back(counted)
            self._bear_vain()
            self._misplaced(DATA, number)
            return
        stream.held += counted
        stream.receive_window -= counted
        if stream.receive_window < 0:
            raise StreamFailed(number, ErrorCode.FLOW_CONTROL_ERROR, "DATA beyond the stream's window")
        if flags & PADDED:
            payload = _unpadded(payload)
        if self._client and not stream.answered:
            raise StreamFailed(number, ErrorCode.PROTOCOL_ERROR, "DATA before the header fields of an answer")
        ended = flags & END_STREAM == END_STREAM
        if stream.expected >= 0:
            stream.expected -= len(payload)
            if stream.expected < 0 or (ended and stream.expected):
                raise StreamFailed(number, ErrorCode.PROTOCOL_ERROR, "content-length is not the length of the body")
        if ended:
            self._end_there(stream)
        elif not payload:
            self._bear_vain()
            if not counted:
                return
        else:
            self._useful_frames += 1
        self._events.append(DataReceived(number, payload, counted, ended))

    def _on_headers(self, flags: int, number: int, payload: bytes) -> None:
        if flags & (PADDED | PRIORITISED):
            payload = _bare_block(flags, number, payload)
        if flags & END_HEADERS:
            self._on_block(flags, number, payload)
        else:
            self._open_block = number, flags
            self._pieces = [payload]
            self._check_pieces()

    def _on_block(self, flags: int, number: int, payload: bytes) -> None:
        block = self._decoder.known.get(payload) or self._decoder.decode(payload)
        ended = flags & END_STREAM == END_STREAM
        stream = self._streams.get(number)
        if stream is None:
            if number > self._last and number & 1 and not self._client:
                self._on_request(number, block, ended)
            else:
                self._bear_vain()
                self._misplaced(HEADERS, number)
        elif stream.remote_ended or not stream.asked:
            self._misplaced(HEADERS, number)
        elif self._client and not stream.answered:
            self._on_response(stream, block, ended)
        else:
            self._on_trailers(stream, block, ended)

    def _on_request(self, number: int, block: Block, ended: bool) -> None:
        if number != self._last + 2 and number != 1:
            self._past.skip(self._last + 2 if self._last else 1, number)
        self._last = number
        if self._accepted is not None:
            self._past.reset(number)  # §6.8: it was told that nothing becomes of it
            self._bear_vain()
            return
        if len(self._streams) >= self._limits.max_concurrent_streams:
            raise StreamFailed(number, ErrorCode.REFUSED_STREAM, "as many streams as may be are open")
        if not block.good:
            if block.too_long:
                self._refuse_too_long(number, ended)
                return
            fault = request_fault(block.kinds) or host_fault(block.kinds, block.headers)
            if fault:
                raise StreamFailed(number, ErrorCode.PROTOCOL_ERROR, fault)
            block.good = True
        if ended and block.length > 0:
            raise StreamFailed(number, ErrorCode.PROTOCOL_ERROR, "content-length without a body")
        self._streams[number] = stream = Stream(number, self._peer_window, self._window)
        if ended:
            stream.remote_ended = True
        elif block.length >= 0:
            stream.expected = block.length
        self._events.append(RequestReceived(number, block.headers, ended))

    def _on_response(self, stream: Stream, block: Block, ended: bool) -> None:
        if block.too_long:
            raise StreamFailed(stream.number, ErrorCode.ENHANCE_YOUR_CALM, "the header fields are too long")
        fault = response_fault(block.kinds)
        informational = not fault and block.kinds[0] == INFORMATIONAL
        if informational and ended:
            fault = "an informational response that ends the stream"
        if fault:
            raise StreamFailed(stream.number, ErrorCode.PROTOCOL_ERROR, fault)
        if informational:
            self._bear_vain()
        else:
            stream.answered = True
            if block.length >= 0 and not stream.bodiless and block.headers[0][1] != b"304":
                stream.expected = block.length
            if ended:
                self._end_body(stream)
        self._events.append(ResponseReceived(stream.number, block.headers, ended, informational))

    def _on_trailers(self, stream: Stream, block: Block, ended: bool) -> None:
        number = stream.number
        if block.too_long:
            raise StreamFailed(number, ErrorCode.ENHANCE_YOUR_CALM, "the trailers are too long")
        fault = trailers_fault(block.kinds)
        if fault or not ended:
            raise StreamFailed(number, ErrorCode.PROTOCOL_ERROR, fault or "trailers that do not end the stream")
        self._end_body(stream)
        self._events.append(TrailersReceived(number, block.headers))

    def _end_body(self, stream: Stream) -> None:
        if stream.expected > 0:
            raise StreamFailed(stream.number, ErrorCode.PROTOCOL_ERROR, "content-length is not the length of the body")
        self._end_there(stream)

    def _end_there(self, stream: Stream) -> None:
        """The peer has said everything on this stream."""
        stream.remote_ended = True
        if stream.local_ended and not stream.kept_bytes:
            self._completed += 1
            self._forget(stream)

    def _refuse_too_long(self, number: int, ended: bool) -> None:
        """RFC 9113 §10.5.1: an answer that says why."""
        self._streams[number] = stream = Stream(number, self._peer_window, self._window)
        stream.remote_ended = ended
        self.send_headers(number, _TOO_LONG, end=True)
        self._bear_loss()

    def _on_continuation(self, flags: int, number: int, payload: bytes) -> None:
        if self._open_block is None:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "CONTINUATION without HEADERS")
        self._pieces.append(payload)
        self._check_pieces()
        if flags & END_HEADERS:
            first_flags = self._open_block[1]
            block = b"".join(self._pieces)
            self._open_block = None
            self._pieces.clear()
            self._on_block(first_flags, number, block)

    def _check_pieces(self) -> None:
        size = sum(map(len, self._pieces))
        if size > self._limits.max_header_bytes or len(self._pieces) > self._limits.max_continuations + 1:
            message = f"a header block of {size} bytes in {len(self._pieces)} frames"
            raise ConnectionFailed(ErrorCode.ENHANCE_YOUR_CALM, message)

    # Mistakes, and how many of them are borne.

    def _misplaced(self, kind: int, number: int) -> None:
        """A frame on a stream that cannot take it (see `streams.MISPLACED`)."""
        place = self._place(number)
        answer = MISPLACED[place, kind]
        if answer is None:
            return
        message = f"{FRAME_TYPES[kind].name} on stream {number}, which is {place.value}"
        if answer.connection:
            raise ConnectionFailed(answer.code, message)
        raise StreamFailed(number, answer.code, message)

    def _place(self, number: int) -> Place:
        if number in self._streams:
            return Place.HALF_CLOSED if self._streams[number].asked else Place.IDLE
        last = self._next - 2 if self._client else self._last
        return self._past.place(number) if number & 1 and number <= last else Place.IDLE

    def _fail_stream(self, failure: StreamFailed) -> None:
        """§5.4.2; the application hears of it where it knows the stream."""
        known = failure.stream in self._streams
        self._reset(failure.stream, failure.code)
        if known:
            self._events.append(StreamReset(failure.stream, failure.code))
        self._bear_loss()

    def _bear_vain(self) -> None:
        """A frame that brings nothing."""
        if self._controls.ends(self._reads + self._completed + _FRAMES_PER_DATA * self._useful_frames):
            raise ConnectionFailed(ErrorCode.ENHANCE_YOUR_CALM, "too many frames that bring nothing")
        self._check_unsent()

    def _bear_loss(self) -> None:
        """A stream that comes to nothing."""
        if self._resets.ends(self._reads + self._completed):
            raise ConnectionFailed(ErrorCode.ENHANCE_YOUR_CALM, "too many streams that come to nothing")
        self._check_unsent()

    def _check_unsent(self) -> None:
        if self._unsent_replies > self._limits.max_unsent_replies:
            raise ConnectionFailed(ErrorCode.ENHANCE_YOUR_CALM, "too many replies that are not read")


def _unpadded(payload: bytes) -> bytes:
    """§6.1: a byte that says how many bytes at the end are padding."""
    if not payload:
        raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, "a padded frame without the length of its padding")
    end = len(payload) - payload[0]
    if end < 1:
        raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "padding longer than its frame")
    return payload[1:end]


def _bare_block(flags: int, number: int, payload: bytes) -> bytes:
    """What HEADERS holds without padding and priority (§6.2)."""
    if flags & PADDED:
        payload = _unpadded(payload)
    if flags & PRIORITISED:
        if len(payload) < 5:
            raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, "HEADERS too short for its priority")
        check_dependency(number, payload)
        payload = payload[5:]
    return payload


def check_dependency(number: int, payload: bytes) -> None:
    """RFC 7540 §5.3.1. A connection error, so that a header block behind it need not be decoded."""
    if int.from_bytes(payload[:4], "big") & MAX_STREAM == number:
        raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"stream {number} depends on itself")
