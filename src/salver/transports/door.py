"""Which protocol a new connection speaks, on a port that takes HTTP/1.1 and HTTP/2: told by TLS, or by its first bytes.

Once it is known, that protocol is the connection's own, and nothing stands between. Until then a client is an idle one
over HTTP/1.1, whose connection looks after limits and times.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from salver.transports.connections import Connections
from salver.transports.http1 import Http1Connection
from salver.transports.http2 import Http2Connection

_log = logging.getLogger(__name__)

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""How HTTP/2 begins (RFC 9113 §3.4): no request of HTTP/1.1 does."""
_CLIENT_HELLO: Final = b"\x16\x03"
"""How TLS begins (RFC 8446 §5.1)."""


@dataclass(frozen=True, slots=True)
class Speakers:
    """What a connection may come to."""

    connections: Connections
    http1: Callable[[], Http1Connection]
    http2: Callable[[], Http2Connection]

    def for_alpn(self, name: str | None) -> asyncio.Protocol:
        """The protocol that was agreed on while TLS was set up (RFC 7301); where none was, the first bytes tell."""
        if name == "h2":
            return self.http2()
        return Door(self) if name is None else self.http1()


class Door(asyncio.Protocol):
    """A connection that has not said anything yet."""

    __slots__ = ("_held", "_http1", "_speakers", "_transport")

    def __init__(self, speakers: Speakers) -> None:
        self._speakers = speakers
        self._http1 = speakers.http1()
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._http1.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._held:
            data = self._held + data
        if data.startswith(PREFACE) and self._speakers.connections.withdraw(self._http1):
            self._enter_http2(data)
        elif len(data) < len(PREFACE) and PREFACE.startswith(data):
            self._held = data
        else:
            if data.startswith(_CLIENT_HELLO):
                _log.debug("%s speaks TLS to a port without it", self._transport.get_extra_info("peername"))
            self._transport.set_protocol(self._http1)
            self._http1.data_received(data)

    def eof_received(self) -> bool | None:
        if self._held:
            self._http1.data_received(self._held)
        return self._http1.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._http1.connection_lost(exc)

    def pause_writing(self) -> None:
        self._http1.pause_writing()

    def resume_writing(self) -> None:
        self._http1.resume_writing()

    def _enter_http2(self, data: bytes) -> None:
        http2 = self._speakers.http2()
        self._transport.set_protocol(http2)
        http2.connection_made(self._transport)
        http2.data_received(data)
