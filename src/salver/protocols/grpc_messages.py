"""Messages of gRPC in the bytes of a stream: a flag, a length of four bytes, the message. Both directions.

Nothing is believed: a length beyond the bound is refused before its bytes come, and nothing inflates beyond it.
"""

from __future__ import annotations

import gzip
from struct import Struct
from typing import Final

from salver.core.errors import BadInput
from salver.protocols.encoding import TooLarge, inflate
from salver.protocols.grpc import Code, Refused
from salver.protocols.pieces import add_piece

_PREFIX: Final = Struct(">BI")
_PREFIX_BYTES: Final = 5
_WORTH_BYTES: Final = 1024
"""A smaller message is not compressed: it costs more than it saves."""
_COPIED_BYTES: Final = 64 * 1024
"""A larger message is handed out as a view, and sent behind its prefix: it is not copied once more."""


def frame(message: bytes) -> bytes:
    """The message as it goes on the wire, not compressed."""
    return b"\x00" + len(message).to_bytes(4, "big") + message


def frames(message: bytes, packed: bool) -> tuple[bytes, ...]:
    """The message as it goes on the wire, in pieces, so that a large one is not copied; with `packed` compressed by
    gzip where that is worth it."""
    flag = b"\x00"
    if packed and len(message) >= _WORTH_BYTES:
        flag, message = b"\x01", gzip.compress(message, 1, mtime=0)
    prefix = flag + len(message).to_bytes(4, "big")
    return (prefix + message,) if len(message) <= _COPIED_BYTES else (prefix, message)


class MessageReader:
    """Takes the bytes of one direction of a stream as they come, and gives whole messages."""

    __slots__ = ("_encoding", "_held_bytes", "_max_bytes", "_pieces", "_wanted_bytes")

    def __init__(self, encoding: bytes, max_bytes: int) -> None:
        """The encoding is what `grpc-encoding` says; the bound holds before and after inflating."""
        self._encoding = encoding
        self._max_bytes = max_bytes
        self._pieces: list[bytes | bytearray] = []
        self._held_bytes = 0
        self._wanted_bytes = _PREFIX_BYTES

    @property
    def held_bytes(self) -> int:
        """Of a message that is not whole yet."""
        return self._held_bytes

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that these bytes complete; one of them may be a memoryview. Raises Refused."""
        self._held_bytes += len(data)
        if self._held_bytes < self._wanted_bytes:
            if data:
                add_piece(self._pieces, data)
            return []
        if self._pieces:
            self._pieces.append(data)
            data = b"".join(self._pieces)
            self._pieces.clear()
        return self._split(data)

    def end(self) -> None:
        """Raises Refused when the stream ended within a message."""
        if self._held_bytes:
            wanted = self._wanted_bytes - _PREFIX_BYTES
            came = max(0, self._held_bytes - _PREFIX_BYTES)
            what = f"{came} of {wanted} bytes came" if wanted else f"{self._held_bytes} of the 5 bytes before it came"
            raise Refused(Code.INTERNAL, f"the stream ended within a message: {what}")

    def _split(self, data: bytes) -> list[bytes]:
        messages = []
        place, end = 0, len(data)
        wanted = _PREFIX_BYTES
        while end - place >= _PREFIX_BYTES:
            flag, length = _PREFIX.unpack_from(data, place)
            if flag or length > self._max_bytes:
                self._check(flag, length)
            wanted = _PREFIX_BYTES + length
            if end - place < wanted:
                break
            start, place = place + _PREFIX_BYTES, place + wanted
            message = data[start:place] if length <= _COPIED_BYTES else memoryview(data)[start:place]
            messages.append(self._inflate(message) if flag else message)
            wanted = _PREFIX_BYTES
        self._held_bytes = end - place
        self._wanted_bytes = wanted
        if place < end:
            self._pieces.append(data[place:] if place else data)
        return messages  # type: ignore[return-value] # a view of bytes stands for bytes

    def _check(self, flag: int, length: int) -> None:
        if length > self._max_bytes:
            raise Refused(Code.RESOURCE_EXHAUSTED, f"Received message larger than max ({length} vs. {self._max_bytes})")
        if flag > 1:
            raise Refused(Code.INTERNAL, f"a message's compressed flag is {flag}, wanted 0 or 1")
        if self._encoding == b"identity":
            raise Refused(Code.INTERNAL, "a message's compressed flag is set, but grpc-encoding names no compression")

    def _inflate(self, message: bytes | memoryview) -> bytes:
        try:
            return inflate(bytes(message), self._encoding, self._max_bytes)
        except TooLarge:
            raise Refused(
                Code.RESOURCE_EXHAUSTED, f"Received message larger than max (inflated, vs. {self._max_bytes})"
            ) from None
        except BadInput as fault:
            raise Refused(Code.INTERNAL, f"a compressed message: {fault.message}") from None
