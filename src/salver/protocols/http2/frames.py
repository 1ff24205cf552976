"""Frames of HTTP/2 (RFC 9113 §4, §6): their types as a table, and how each is written.

Reading is `Connection`'s: the nine bytes of a frame's head are two struct fields there, and no object.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client sends first (§3.4)."""

HEAD_BYTES: Final = 9
HEAD: Final = struct.Struct(">IBI")
"""A frame's head: length (24 bits) and type (8 bits) in one number, flags, stream."""

DATA: Final = 0x0
HEADERS: Final = 0x1
PRIORITY: Final = 0x2
RST_STREAM: Final = 0x3
SETTINGS: Final = 0x4
PUSH_PROMISE: Final = 0x5
PING: Final = 0x6
GOAWAY: Final = 0x7
WINDOW_UPDATE: Final = 0x8
CONTINUATION: Final = 0x9

END_STREAM: Final = 0x1
ACK: Final = 0x1
END_HEADERS: Final = 0x4
PADDED: Final = 0x8
PRIORITISED: Final = 0x20
"""The flag PRIORITY of HEADERS."""

MAX_STREAM: Final = (1 << 31) - 1
MAX_WINDOW: Final = (1 << 31) - 1


class Place(Enum):
    """Where a frame may stand: its stream identifier is nothing, something, or either."""

    CONNECTION = "connection"
    STREAM = "stream"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class FrameType:
    """A row of the table: what is checked before a frame is looked into."""

    name: str
    place: Place
    min_bytes: int = 0
    max_bytes: int | None = None
    """None: up to SETTINGS_MAX_FRAME_SIZE."""


FRAME_TYPES: Final[dict[int, FrameType]] = {
    DATA: FrameType("DATA", Place.STREAM),
    HEADERS: FrameType("HEADERS", Place.STREAM),
    PRIORITY: FrameType("PRIORITY", Place.STREAM, 5, 5),
    RST_STREAM: FrameType("RST_STREAM", Place.STREAM, 4, 4),
    SETTINGS: FrameType("SETTINGS", Place.CONNECTION),
    PUSH_PROMISE: FrameType("PUSH_PROMISE", Place.STREAM, 4),
    PING: FrameType("PING", Place.CONNECTION, 8, 8),
    GOAWAY: FrameType("GOAWAY", Place.CONNECTION, 8),
    WINDOW_UPDATE: FrameType("WINDOW_UPDATE", Place.EITHER, 4, 4),
    CONTINUATION: FrameType("CONTINUATION", Place.STREAM),
}
"""Every type of RFC 9113 §6. Frames of other types are ignored (§4.1)."""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame as it stands on the wire."""
    return HEAD.pack(len(payload) << 8 | kind, flags, stream) + payload


def settings(pairs: Iterable[tuple[int, int]]) -> bytes:
    """SETTINGS of (identifier, value) (§6.5)."""
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs))


SETTINGS_ACK: Final = frame(SETTINGS, ACK, 0)


def rst_stream(stream: int, code: int) -> bytes:
    """RST_STREAM (§6.4)."""
    return frame(RST_STREAM, 0, stream, code.to_bytes(4, "big"))


def ping(opaque: bytes, *, ack: bool = False) -> bytes:
    """PING of eight bytes (§6.7)."""
    return frame(PING, ACK if ack else 0, 0, opaque)


def goaway(last_stream: int, code: int, debug: bytes = b"") -> bytes:
    """GOAWAY (§6.8)."""
    return frame(GOAWAY, 0, 0, struct.pack(">II", last_stream, code) + debug)


def window_update(stream: int, increment: int) -> bytes:
    """WINDOW_UPDATE of a stream, or of the connection where `stream` is 0 (§6.9)."""
    return frame(WINDOW_UPDATE, 0, stream, increment.to_bytes(4, "big"))


def header_frames(stream: int, block: bytes, *, end: bool, max_bytes: int) -> list[bytes]:
    """HEADERS, and as many CONTINUATION as a block needs that is longer than a frame may be (§6.2, §6.10)."""
    pieces = [block[start : start + max_bytes] for start in range(0, len(block), max_bytes)] or [b""]
    last = len(pieces) - 1
    return [
        frame(
            CONTINUATION if number else HEADERS,
            (END_STREAM if end and not number else 0) | (END_HEADERS if number == last else 0),
            stream,
            piece,
        )
        for number, piece in enumerate(pieces)
    ]
