"""Streams (RFC 9113 §5.1): what is kept of each, and what becomes of a frame that stands where it must not."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

from salver.protocols.http2.errors import ErrorCode
from salver.protocols.http2.frames import DATA, HEADERS, RST_STREAM, WINDOW_UPDATE

_MAX_RESET: Final = 1024
"""Streams we reset whose late frames are still ignored."""
_MAX_GAPS: Final = 256


class Stream:
    """One that is open or half-closed. Most live for two frames each way, so that only what differs is set."""

    remote_ended = False
    """The peer has said END_STREAM."""
    local_ended = False
    """END_STREAM has left, or waits behind what is kept back."""
    held = 0
    """Body bytes that the application has and has not yet given back."""
    returned = 0
    """Body bytes given back that the peer has not yet been told of."""
    expected = -1
    """Body bytes still to come by Content-Length; -1: it does not say."""
    bodiless = False
    """A client: the answer has no body, whatever its Content-Length says (HEAD)."""
    asked = True
    """A client: HEADERS has left. Before, the stream is idle, though it has its number."""
    answered = False
    """A client: the final header fields are here; what follows are trailers."""
    kept: deque[memoryview] | None = None
    """What the windows keep back, piece by piece."""
    kept_bytes = 0
    waiting = False
    """It stands in the queue of those that could send."""
    tail: bytes | None = None
    """What ends the stream behind what is kept back: frames of trailers; empty: END_STREAM with the last byte."""

    def __init__(self, number: int, send_window: int, receive_window: int) -> None:
        self.number = number
        self.send_window = send_window
        self.receive_window = receive_window


class Place(Enum):
    """Where a stream is that cannot take the frame."""

    IDLE = "idle"
    SKIPPED = "never used, and a later one was"
    HALF_CLOSED = "half-closed (remote)"
    ENDED = "closed"
    RESET = "reset by us"


@dataclass(frozen=True, slots=True)
class Answer:
    """The error that a misplaced frame is."""

    connection: bool
    code: ErrorCode


_PROTOCOL = Answer(True, ErrorCode.PROTOCOL_ERROR)
_STREAM_CLOSED = Answer(False, ErrorCode.STREAM_CLOSED)

MISPLACED: Final[dict[tuple[Place, int], Answer | None]] = {
    (Place.IDLE, DATA): _PROTOCOL,
    (Place.IDLE, HEADERS): _PROTOCOL,
    (Place.IDLE, RST_STREAM): _PROTOCOL,
    (Place.IDLE, WINDOW_UPDATE): _PROTOCOL,
    (Place.SKIPPED, DATA): _PROTOCOL,
    (Place.SKIPPED, HEADERS): _PROTOCOL,
    (Place.SKIPPED, RST_STREAM): None,
    (Place.SKIPPED, WINDOW_UPDATE): None,
    (Place.HALF_CLOSED, DATA): _STREAM_CLOSED,
    (Place.HALF_CLOSED, HEADERS): _STREAM_CLOSED,
    (Place.ENDED, DATA): _STREAM_CLOSED,
    (Place.ENDED, HEADERS): Answer(True, ErrorCode.STREAM_CLOSED),
    (Place.ENDED, RST_STREAM): None,
    (Place.ENDED, WINDOW_UPDATE): None,
    (Place.RESET, DATA): None,
    (Place.RESET, HEADERS): None,
    (Place.RESET, RST_STREAM): None,
    (Place.RESET, WINDOW_UPDATE): None,
}
"""What a frame is answered with; None: it is ignored. PRIORITY may stand anywhere (§5.1)."""


class Past:
    """Streams that are no more, as far as anything depends on it. Bounded, however many there were."""

    __slots__ = ("_gaps", "_reset")

    def __init__(self) -> None:
        self._reset: dict[int, None] = {}
        self._gaps: deque[range] = deque(maxlen=_MAX_GAPS)

    def skip(self, first: int, beyond: int) -> None:
        """The peer opened `beyond` without having used `first` and those between."""
        self._gaps.append(range(first, beyond, 2))

    def reset(self, number: int) -> None:
        """We reset this stream: the peer may not know yet."""
        if len(self._reset) >= _MAX_RESET:
            del self._reset[next(iter(self._reset))]
        self._reset[number] = None

    def place(self, number: int) -> Place:
        """Where a stream is that was open, or was skipped."""
        if number in self._reset:
            return Place.RESET
        return Place.SKIPPED if any(number in gap for gap in self._gaps) else Place.ENDED
