"""Listens on TCP ports and Unix sockets, and gives each connection its protocol. One app behind all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from salver.core.errors import BadInput
from salver.protocols.http2.limits import Http2Limits
from salver.transports.app import App
from salver.transports.connections import Connections, ConnectionStatistics
from salver.transports.door import Door, Speakers
from salver.transports.endpoints import Bound, Endpoint, SocketFile, Tcp, Unix, bind
from salver.transports.grpc_exchange import GrpcExchange
from salver.transports.handshake import Handshake
from salver.transports.http1 import Http1Connection
from salver.transports.http1_heads import KnownHeads
from salver.transports.http1_writer import Http1Writer
from salver.transports.http2 import Http2Connection
from salver.transports.limits import HttpLimits
from salver.transports.tls import Certificates, Identity

_BACKLOG: Final = 1024
"""Connections the kernel holds while the loop is busy; it may hold fewer (net.core.somaxconn)."""


async def listen(
    app: App,
    *endpoints: Endpoint,
    limits: HttpLimits | None = None,
    http2_limits: Http2Limits | None = None,
    grpc: GrpcExchange | None = None,
) -> Listener:
    """Serves the app, and gRPC where it is given, at every endpoint, or at none.

    Raises BadInput that says which cannot be had and why, certificates included.
    """
    loop = asyncio.get_running_loop()
    bound: list[Bound] = []
    listener = Listener(app, grpc, limits or HttpLimits(), http2_limits or Http2Limits())
    try:
        for endpoint in endpoints:
            bound += await loop.run_in_executor(None, bind, endpoint)
        for one in bound:
            await listener.accept(one)
    except BaseException:
        listener.stop_accepting()
        listener.close()
        for one in bound:
            one.close()
        raise
    return listener


class Listener:
    """Open sockets and the connections that came through them. Belongs to the running loop; made by `listen`."""

    def __init__(self, app: App, grpc: GrpcExchange | None, limits: HttpLimits, http2_limits: Http2Limits) -> None:
        self._limits = limits
        self._connections = connections = Connections(limits)
        heads, writer = KnownHeads(), Http1Writer()
        self._speakers = Speakers(
            connections,
            lambda: Http1Connection(app, limits, connections, heads, writer),
            lambda: Http2Connection(app, grpc, limits, http2_limits, connections),
        )
        self._certificates: dict[Identity, Certificates] = {}
        self._servers: list[asyncio.Server] = []
        self._files: list[SocketFile] = []
        self.addresses: tuple[Tcp | Unix, ...] = ()
        """Where it listens, with the ports the kernel chose."""

    async def accept(self, bound: Bound) -> None:
        """Accepts on one more bound socket, which is the listener's from here on. Raises BadInput when it is taken,
        or when its certificates cannot be used."""
        loop = asyncio.get_running_loop()
        connect = self._connector(bound.tls)
        at = bound.address
        try:
            if isinstance(at, Unix):
                server = await loop.create_unix_server(connect, sock=bound.sock, backlog=_BACKLOG)
                self._files.append(SocketFile.at(at.path))
            else:
                server = await loop.create_server(connect, sock=bound.sock, backlog=_BACKLOG)
        except OSError as error:
            raise BadInput(f"cannot listen on {at}: {error.strerror or error}") from None
        self._servers.append(server)
        self.addresses = (*self.addresses, at)

    def stop_accepting(self) -> None:
        """Closes the listening sockets and removes their files; the connections stay."""
        for server in self._servers:
            server.close()
        for file in self._files:
            file.remove()
        self._files.clear()

    async def drain(self, timeout_s: float) -> int:
        """Stops accepting, closes what is idle, lets what is busy answer, and after the timeout cuts the rest.

        Returns the number that were cut. The last answer of a connection says `Connection: close`.
        """
        self.stop_accepting()
        self._connections.drain()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._connections.wait_gone(), timeout_s)
        cut = self._connections.abort()
        await self._connections.wait_gone()
        self.close()
        return cut

    def close(self) -> None:
        """Stops watching the connections: for the end, when none is left."""
        self._connections.close()

    def statistics(self) -> ConnectionStatistics:
        return self._connections.statistics()

    def _connector(self, identity: Identity | None) -> Callable[[], asyncio.Protocol]:
        """What makes the protocol of a new connection."""
        speakers = self._speakers
        if identity is None:
            return lambda: Door(speakers)
        certificates = self._certificates.get(identity)
        if certificates is None:
            certificates = self._certificates[identity] = Certificates(identity)
        return lambda: Handshake(certificates, speakers, self._limits)
