"""The way out of a connection: frames queue for the socket as far as the peer's windows and settings admit them.

What they do not admit is kept with its stream and leaves in turns, a frame a stream, when windows open (RFC 9113 §5.2).
"""

from __future__ import annotations

from collections import deque
from typing import Final, cast

from salver.core.errors import BadInput
from salver.protocols.http2 import frames
from salver.protocols.http2.encoding import EMPTY_TABLE, encode_static
from salver.protocols.http2.errors import ErrorCode
from salver.protocols.http2.fields import ENTRY_BYTES, Headers
from salver.protocols.http2.frames import DATA, END_HEADERS, END_STREAM, HEAD, HEADERS
from salver.protocols.http2.limits import Http2Limits
from salver.protocols.http2.settings import DEFAULT_FRAME_BYTES, DEFAULT_WINDOW_BYTES
from salver.protocols.http2.streams import Past, Stream

_CRUMB_BYTES: Final = 1024
"""A frame that a window cut smaller than this is no progress."""


class Sending:
    """What `Connection` sends with, and the streams that both directions share."""

    def __init__(self, *, client: bool, limits: Http2Limits) -> None:
        self._client = client
        self._limits = limits
        self._streams: dict[int, Stream] = {}
        self._past = Past()
        # Progress, see Http2Limits.
        self._reads = 0
        self._completed = 0  # streams
        self._useful_frames = 0  # of DATA, both ways
        self._out: list[bytes | memoryview] = []
        self._unsent_replies = 0
        self._ended = False
        self._send_window = DEFAULT_WINDOW_BYTES
        self.kept_bytes = 0
        """Body bytes of all streams that flow control keeps back."""
        self._ready: deque[Stream] = deque()  # have something to send, and a window of their own as far as is known
        self._peer_window = DEFAULT_WINDOW_BYTES  # of new streams
        self._peer_frame_bytes = DEFAULT_FRAME_BYTES
        self._peer_max_header_bytes: int | None = None
        self._must_empty_table = False
        self._table_emptied = False
        self._returned = 0  # body bytes given back that the peer has not yet been told of
        self._receive_window = limits.connection_window_bytes

    def take(self) -> bytes:
        """Everything that is queued for the socket, and forgets it. Take it once per tick and write it at once.

        While the socket takes nothing, do not take: replies to a peer that does not read then queue here, where their
        number is bounded.
        """
        if not self._out:
            return b""
        data = b"".join(self._out)
        self._out.clear()
        self._unsent_replies = 0
        return data

    def send_headers(self, stream: int, block: Headers | bytes, *, end: bool = False) -> None:
        """Header fields, informational ones, or with `end` behind a body: trailers. `bytes` is a block as
        `encode_static` makes it. On a stream that is no more this does nothing, as with everything that is sent.
        A client: HEAD must come as fields, and BadInput is raised where the server said that it takes no fields of
        that length."""
        state = self._streams.get(stream)
        if state is None or state.local_ended:
            return
        if not isinstance(block, bytes):
            block = self._encode(state, block)
        if state.kept_bytes or self._must_empty_table or len(block) > self._peer_frame_bytes or not state.asked:
            self._send_headers_with_care(state, block, end)
            return
        self._out += (HEAD.pack(len(block) << 8 | HEADERS, END_HEADERS | end, stream), block)
        if end:
            self._end_here(state)

    def send_data(self, stream: int, data: bytes, *, end: bool = False) -> None:
        """A piece of a body. Never waits: what the windows do not admit is kept, and goes when they open."""
        state = self._streams.get(stream)
        if state is None or state.local_ended:
            return
        size = len(data)
        if 0 < size <= self._peer_frame_bytes and size <= self._send_window and size <= state.send_window:
            # Nothing is overtaken: as long as something is kept, one of the windows is shut.
            self._send_window -= size
            state.send_window -= size
            self._useful_frames += 1
            self._out += (HEAD.pack(size << 8, end, stream), data)
            if end:
                self._end_here(state)
        else:
            self._keep(state, data, end)

    def send_reset(self, stream: int, code: ErrorCode) -> None:
        """Ends a stream at once; what was kept of it is dropped."""
        state = self._streams.get(stream)
        if state is not None:
            self._reset(stream, code)

    def pending_bytes(self, stream: int) -> int:
        """Body bytes of this stream that flow control keeps back."""
        state = self._streams.get(stream)
        return state.kept_bytes if state is not None else 0

    # Header blocks that need more than a frame's head in front.

    def _encode(self, state: Stream, headers: Headers) -> bytes:
        if not state.asked:
            self._check_length(headers)
            state.bodiless = (b":method", b"HEAD") in headers
        return encode_static(headers)

    def _check_length(self, headers: Headers) -> None:
        size = sum(len(name) + len(value) + ENTRY_BYTES for name, value in headers)
        if self._peer_max_header_bytes is not None and size > self._peer_max_header_bytes:
            raise BadInput(f"header fields of {size} bytes; the server takes {self._peer_max_header_bytes}")

    def _send_headers_with_care(self, state: Stream, block: bytes, end: bool) -> None:
        if state.kept_bytes:
            state.tail = block
            state.local_ended = end
            return
        state.asked = True
        if self._must_empty_table:  # RFC 7541 §4.2: the peer has made the table smaller
            self._must_empty_table = False
            self._table_emptied = True
            block = EMPTY_TABLE + block
        self._out += frames.header_frames(state.number, block, end=end, max_bytes=self._peer_frame_bytes)
        if end:
            self._end_here(state)

    # What the windows keep back.

    def _keep(self, state: Stream, data: bytes, end: bool) -> None:
        if data:
            if state.kept is None:
                state.kept = deque()
            state.kept.append(memoryview(data))
            state.kept_bytes += len(data)
            self.kept_bytes += len(data)
        if end and not state.kept_bytes:
            self._out.append(HEAD.pack(DATA, END_STREAM, state.number))
            self._end_here(state)
            return
        state.local_ended = end
        self._queue(state)
        self._pump()

    def _queue(self, state: Stream) -> None:
        if state.kept_bytes and not state.waiting:
            state.waiting = True
            self._ready.append(state)

    def _pump(self) -> dict[int, None]:
        """Sends in turns what may go; the streams that sent."""
        sent: dict[int, None] = {}
        while self._ready and self._send_window > 0:
            state = self._ready.popleft()
            state.waiting = False
            if state.send_window > 0:  # otherwise it waits for its own window, not for its turn
                self._send_piece(state)
                sent[state.number] = None
                self._queue(state)
        return sent

    def _send_piece(self, state: Stream) -> None:
        """One frame of what a stream keeps."""
        kept = cast(deque[memoryview], state.kept)
        piece = kept[0]
        size = min(len(piece), self._peer_frame_bytes, state.send_window, self._send_window)
        whole = size == len(piece)
        if whole:
            kept.popleft()
        else:
            kept[0] = piece[size:]
            piece = piece[:size]
        state.kept_bytes -= size
        self.kept_bytes -= size
        state.send_window -= size
        self._send_window -= size
        last = not state.kept_bytes
        if whole or size >= _CRUMB_BYTES:
            self._useful_frames += 1
        ends = last and state.local_ended and state.tail is None
        self._out += (HEAD.pack(size << 8, ends, state.number), piece)
        if ends:
            self._end_here(state)
        elif last and state.tail is not None:
            block, state.tail = state.tail, None
            self._send_headers_with_care(state, block, state.local_ended)

    # The ends of streams.

    def _end_here(self, state: Stream) -> None:
        """END_STREAM has left."""
        state.local_ended = True
        if state.remote_ended:
            self._completed += 1
            self._forget(state)
        elif not self._client:  # §8.1: the answer is whole; what else the client has to say is not wanted
            self._reset(state.number, ErrorCode.NO_ERROR)

    def _forget(self, state: Stream) -> None:
        del self._streams[state.number]
        self.kept_bytes -= state.kept_bytes
        state.kept_bytes = 0
        state.kept = None
        if state.waiting:
            self._ready.remove(state)
            state.waiting = False
        if state.held:
            self._give_back(state.held)

    def _reset(self, number: int, code: ErrorCode) -> None:
        state = self._streams.get(number)
        if state is not None:
            self._forget(state)
            if not state.asked:
                return  # §6.4: the peer knows of no such stream
        self._past.reset(number)
        self._reply(frames.rst_stream(number, code))

    # Replies, and the windows we give.

    def _reply(self, frame: bytes) -> None:
        self._unsent_replies += 1
        self._out.append(frame)

    def _give_back(self, count: int) -> None:
        """Opens the connection's window again, half of it at a time."""
        self._returned += count
        if self._returned * 2 >= self._limits.connection_window_bytes and not self._ended:
            self._receive_window += self._returned
            self._reply(frames.window_update(0, self._returned))
            self._returned = 0
