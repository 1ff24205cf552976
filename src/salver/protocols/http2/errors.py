"""Error codes of RFC 9113 §7, and the two ways in which a peer's mistake ends something: its stream or the connection.

`ConnectionFailed` and `StreamFailed` never leave this package: `Connection` turns them into frames and events.
"""

from __future__ import annotations

from enum import IntEnum

from salver.core.errors import Full, Unavailable


class ErrorCode(IntEnum):
    """RFC 9113 §7. A peer may send others; they count as INTERNAL_ERROR."""

    NO_ERROR = 0x0
    PROTOCOL_ERROR = 0x1
    INTERNAL_ERROR = 0x2
    FLOW_CONTROL_ERROR = 0x3
    SETTINGS_TIMEOUT = 0x4
    STREAM_CLOSED = 0x5
    FRAME_SIZE_ERROR = 0x6
    REFUSED_STREAM = 0x7
    CANCEL = 0x8
    COMPRESSION_ERROR = 0x9
    CONNECT_ERROR = 0xA
    ENHANCE_YOUR_CALM = 0xB
    INADEQUATE_SECURITY = 0xC
    HTTP_1_1_REQUIRED = 0xD


def error_code(number: int) -> ErrorCode:
    """The code a peer sent; unknown ones may be treated as INTERNAL_ERROR (§7)."""
    return _CODES.get(number, ErrorCode.INTERNAL_ERROR)


_CODES = {int(code): code for code in ErrorCode}


class ConnectionFailed(Exception):
    """The peer broke a rule that ends the connection (§5.4.1)."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class StreamFailed(Exception):
    """The peer broke a rule that ends one stream (§5.4.2)."""

    def __init__(self, stream: int, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.stream = stream
        self.code = code


class Refused(Full):
    """The peer takes no further stream now: as many as it allows are open."""


class Exhausted(Unavailable):
    """No stream can be opened on this connection any more: it ended, drains, or its numbers are used up."""
