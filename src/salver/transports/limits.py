"""How much one client may send, hold and delay. Plain numbers; the transports enforce them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from salver.core.bounds import positive


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What a connection may cost. Times are seconds, checked about once a second."""

    max_header_bytes: int = 64 * 1024
    """All header lines of a request together; beyond: 431."""
    max_headers: int = 100
    """Header lines of a request; beyond: 431."""
    max_target_bytes: int = 16 * 1024
    """Path and query of a request line; beyond: 414."""
    max_body_bytes: int = 64 * 1024 * 1024
    """A request's body, chunked or not, before any decompression; beyond: 413."""
    max_connections: int = 10_000
    """Connections open at once, those that still shake hands over TLS among them; the next one gets 503, or over TLS
    is closed."""
    max_pipelined: int = 16
    """Whole requests that wait for the answers before them; beyond, the connection is not read."""
    handshake_timeout_s: float = 10.0
    """What a TLS handshake may take; beyond, the connection is closed."""
    header_timeout_s: float = 10.0
    """From a request's first byte to the end of its headers; beyond: 408."""
    body_timeout_s: float = 20.0
    """From the end of the headers to the end of the body, and longer at the rate below; beyond: 408."""
    min_bytes_per_s: int = 1024
    """A body may take one second more for each so many bytes that came. An answer may wait as long as the client
    takes so many bytes a second."""
    write_timeout_s: float = 30.0
    """Over this span a client must take what `min_bytes_per_s` asks of an answer, or be cut."""
    idle_timeout_s: float = 75.0
    """A connection without a request is closed after this."""
    linger_timeout_s: float = 2.0
    """After its last answer a connection waits this long for the client to close, so that the answer is not lost."""

    def __post_init__(self) -> None:
        positive(self, *(field.name for field in fields(self)))

    @property
    def check_interval_s(self) -> float:
        """How often the connections are looked at: once a second, or more often where a time above is short."""
        shortest = min(
            self.header_timeout_s,
            self.body_timeout_s,
            self.write_timeout_s,
            self.idle_timeout_s,
            self.linger_timeout_s,
        )
        return min(1.0, shortest / 4)
