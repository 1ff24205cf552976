"""How much one peer of an HTTP/2 connection may send, hold and provoke. Plain numbers; `Connection` enforces them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from salver.core.bounds import at_least, positive
from salver.core.errors import BadInput

_MAX_WINDOW_BYTES: Final = (1 << 31) - 1
_DEFAULT_WINDOW_BYTES: Final = (1 << 16) - 1
_MIN_FRAME_BYTES: Final = 1 << 14
_MAX_FRAME_BYTES: Final = (1 << 24) - 1


@dataclass(frozen=True, slots=True)
class Http2Limits:
    """What a connection may cost. There is no clock here: what a peer does in vain is counted against progress, which
    is each stream that ran to its end and each read from the socket (so that PING now and then is never too much);
    for frames also the DATA that we sent, unless a window cut it into crumbs. What goes beyond the last three numbers
    ends the connection with ENHANCE_YOUR_CALM."""

    max_concurrent_streams: int = 1000
    """Requests of a connection that are open at once; the next is refused (REFUSED_STREAM: it may be tried again)."""
    max_header_bytes: int = 64 * 1024
    """All fields of a request together, 32 bytes added to each as in RFC 9113 §6.5.2; beyond: 431. Also how many bytes
    they may take on the wire, where more end the connection."""
    max_headers: int = 100
    """Header fields of a request, the pseudo-header fields included; beyond: 431."""
    max_continuations: int = 16
    """CONTINUATION frames that one header block may be cut into; more end the connection."""
    stream_window_bytes: int = 1024 * 1024
    """What a peer may send on a stream before the application has taken it."""
    connection_window_bytes: int = 16 * 1024 * 1024
    """What a peer may send on all streams together before the application has taken it."""
    max_frame_bytes: int = 16 * 1024
    """The largest frame that is taken."""
    max_resets: int = 1000
    """Streams that come to nothing, beyond progress: reset by the peer, refused, or reset by us for its mistakes."""
    max_control_frames: int = 1000
    """Frames that bring nothing, beyond progress: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, and what is empty, unknown
    or late."""
    max_unsent_replies: int = 1000
    """Acknowledgements and resets that wait because the peer does not read."""

    def __post_init__(self) -> None:
        positive(self, *(field.name for field in fields(self)))
        at_least(self, _DEFAULT_WINDOW_BYTES, "connection_window_bytes")
        at_least(self, _MIN_FRAME_BYTES, "max_frame_bytes")
        _at_most(self, _MAX_WINDOW_BYTES, "stream_window_bytes", "connection_window_bytes")
        _at_most(self, _MAX_FRAME_BYTES, "max_frame_bytes")


def _at_most(limits: Http2Limits, most: int, *names: str) -> None:
    for name in names:
        value = getattr(limits, name)
        if value > most:
            raise BadInput(f"{name} must be at most {most} in HTTP/2, got {value}")
