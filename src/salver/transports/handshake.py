"""A connection to a TLS port until it is encrypted: it counts like any other, and has so long and no longer."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final, cast

from salver.core.eager import start
from salver.transports.door import Speakers
from salver.transports.limits import HttpLimits
from salver.transports.tls import Certificates

_log = logging.getLogger(__name__)

_SHUTDOWN_TIMEOUT_S: Final = 3600.0
"""The loops would count from the call to close, however much is still to be sent. The connections keep this time
themselves, and much closer."""


class Handshake(asyncio.Protocol):
    """Sets up TLS, and hands the connection on to the protocol that was agreed on meanwhile."""

    __slots__ = ("_certificates", "_limits", "_peer", "_speakers", "_task", "_transport")

    def __init__(self, certificates: Certificates, speakers: Speakers, limits: HttpLimits) -> None:
        self._certificates = certificates
        self._speakers = speakers
        self._limits = limits
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._peer = transport.get_extra_info("peername")
        if not self._speakers.connections.join(self):
            self._transport.abort()
            return
        # Eagerly: the transport must not read a byte before it belongs to TLS.
        self._task = start(self._shake())

    def connection_lost(self, exc: Exception | None) -> None:
        """Only of a connection that was refused: the transport of any other belongs to TLS."""
        self._speakers.connections.gone(self)

    def check(self, now_s: float) -> None:
        """TLS itself keeps the time."""

    def drain(self) -> None:
        self._transport.abort()

    def abort(self) -> bool:
        self._transport.abort()
        return False

    async def _shake(self) -> None:
        early = _Early()
        encrypted = None
        try:
            encrypted = await self._encrypt(early)
        finally:
            if encrypted is None or early.lost:
                self._transport.abort()
                self._speakers.connections.gone(self)
        if encrypted is None or early.lost or not self._speakers.connections.withdraw(self):
            return
        protocol = self._speakers.for_alpn(encrypted.get_extra_info("ssl_object").selected_alpn_protocol())
        encrypted.set_protocol(protocol)
        protocol.connection_made(_Encrypted(encrypted, self._transport))
        if early.data:
            protocol.data_received(early.data)

    async def _encrypt(self, early: _Early) -> asyncio.Transport | None:
        """The transport to go on with, or None where TLS does not come about."""
        try:
            encrypted = await asyncio.get_running_loop().start_tls(
                self._transport,
                early,
                self._certificates.context(),
                server_side=True,
                ssl_handshake_timeout=self._limits.handshake_timeout_s,
                ssl_shutdown_timeout=_SHUTDOWN_TIMEOUT_S,
            )
        except OSError as error:
            _log.debug("no TLS with %s: %s", self._peer, error if str(error) else type(error).__name__)
            return None
        # Of a connection that ends in the handshake without an error, the loops make None, or a transport of nothing.
        if encrypted is None or encrypted.get_extra_info("ssl_object") is None:
            return None
        return encrypted


class _Early(asyncio.Protocol):
    """What comes in the same breath as the end of the handshake, before the protocol is chosen."""

    __slots__ = ("data", "lost")

    def __init__(self) -> None:
        self.data = b""
        self.lost = False

    def data_received(self, data: bytes) -> None:
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True


class _Encrypted(asyncio.Transport):
    """A TLS transport that knows what the client has yet to take. The loops' own count what is not yet encrypted, and
    take a client for quick whose whole answer waits in the transport beneath."""

    def __init__(self, inner: asyncio.Transport, below: asyncio.Transport) -> None:
        super().__init__()
        self._inner = inner
        self._below = below
        # What every answer needs is that transport's own.
        self.write = inner.write  # type: ignore[method-assign]
        self.is_closing = inner.is_closing  # type: ignore[method-assign]

    def get_write_buffer_size(self) -> int:
        return self._inner.get_write_buffer_size() + self._below.get_write_buffer_size()

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        self._inner.close()

    def abort(self) -> None:
        self._inner.abort()

    def pause_reading(self) -> None:
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        self._inner.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._inner.set_write_buffer_limits(high, low)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._inner.set_protocol(protocol)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._inner.get_extra_info(name, default)
