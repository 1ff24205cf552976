"""Listens on TCP ports and Unix sockets, and gives each connection its protocol. One app behind all of them."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Final

from salver.core.errors import BadInput
from salver.transports.app import App
from salver.transports.connections import Connections, ConnectionStatistics
from salver.transports.endpoints import Endpoint, SocketFile, Tcp, Unix, address, bind
from salver.transports.http1 import Http1Connection
from salver.transports.http1_heads import KnownHeads
from salver.transports.http1_writer import Http1Writer
from salver.transports.limits import HttpLimits

_BACKLOG: Final = 1024
"""Connections the kernel holds while the loop is busy; it may hold fewer (net.core.somaxconn)."""


async def listen(app: App, *endpoints: Endpoint, limits: HttpLimits | None = None) -> Listener:
    """Serves the app at every endpoint, or at none: raises BadInput that says which cannot be had and why."""
    loop = asyncio.get_running_loop()
    bound: list[socket.socket] = []
    listener = Listener(app, limits or HttpLimits())
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

    def __init__(self, app: App, limits: HttpLimits) -> None:
        self._app = app
        self._limits = limits
        self._connections = Connections(limits)
        self._heads = KnownHeads()
        self._writer = Http1Writer()
        self._servers: list[asyncio.Server] = []
        self._files: list[SocketFile] = []
        self.addresses: tuple[Tcp | Unix, ...] = ()
        """Where it listens, with the ports the kernel chose."""

    async def accept(self, bound: socket.socket) -> None:
        """Accepts on one more bound socket, which is the listener's from here on. Raises BadInput when it is taken."""
        loop = asyncio.get_running_loop()
        at = address(bound)
        try:
            if isinstance(at, Unix):
                server = await loop.create_unix_server(self._connect, sock=bound, backlog=_BACKLOG)
                self._files.append(SocketFile.at(at.path))
            else:
                server = await loop.create_server(self._connect, sock=bound, backlog=_BACKLOG)
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

    def _connect(self) -> asyncio.Protocol:
        """The protocol of a new connection."""
        return Http1Connection(self._app, self._limits, self._connections, self._heads, self._writer)
