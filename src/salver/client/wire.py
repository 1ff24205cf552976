"""The way a call goes and its reply comes back, whatever the protocol: the shape, and how a connection is made."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from salver.client.address import Address
from salver.client.deadline import Deadline
from salver.core.calls import Call, Reply
from salver.core.errors import Unavailable

MAX_ANSWER_BYTES: Final = 1 << 30
"""A larger answer is refused, unless a client is told otherwise."""
CONNECT_S: Final = 20.0
"""How long making a connection may take, its handshakes included, whatever time the call has."""
SILENT_MS: Final = 20_000
"""A connection whose other end has not acknowledged what was sent for so long is given up by the kernel."""


class Unsent(Unavailable):
    """The server has not begun with the call, so that asking again cannot do anything twice."""


class Wire(Protocol):
    """One server, one protocol. Belongs to the event loop that first uses it. Needs no task to be called."""

    async def __call__(self, call: Call, deadline: float | None = None) -> Reply:
        """The reply. Raises the Fault that the server answered; Unsent or Unavailable when none came, Late when the
        deadline (a moment of `time.monotonic()`) passed first."""

    async def aclose(self) -> None:
        """Closes its connections. Calls under way, and later ones, end as Unavailable."""


class Connected(Protocol):
    """What `connect` makes: an asyncio protocol with an end."""

    def close(self) -> None: ...


C = TypeVar("C", bound=Connected)


async def connect(make: Callable[[], C], address: Address, tls: ssl.SSLContext | None, deadline: Deadline) -> C:
    """A connected protocol. Raises Unsent that says why not, Late."""
    connecting = asyncio.get_running_loop().create_task(open_connection(make, address, tls))
    try:
        await asyncio.wait((connecting,), timeout=deadline.left_s())
        if not connecting.done():
            raise deadline.late()
        return connecting.result()
    except BaseException:
        connecting.cancel()
        connecting.add_done_callback(_unwanted)
        raise


async def open_connection(make: Callable[[], C], address: Address, tls: ssl.SSLContext | None) -> C:
    """As `connect`, for a task, within `CONNECT_S`."""
    try:
        async with asyncio.timeout(CONNECT_S):
            return await _open(make, address, tls)
    except TimeoutError:
        raise Unsent(f"no connection to {address} within {CONNECT_S:g} s; is the server running?") from None


async def _open(make: Callable[[], C], address: Address, tls: ssl.SSLContext | None) -> C:
    loop = asyncio.get_running_loop()
    try:
        if address.unix:
            return (await loop.create_unix_connection(make, address.unix))[1]  # type: ignore[type-var]
        transport, protocol = await loop.create_connection(make, address.host, address.port, ssl=tls)  # type: ignore[type-var]
    except ssl.SSLError as error:
        raise Unsent(f"no TLS connection to {address}: {_reason(error)}") from None
    except (OSError, UnicodeError) as error:
        raise Unsent(f"no answer from {address}: {_reason(error)}; is the server running?") from None
    _watch(transport.get_extra_info("socket"))
    return protocol


def tls_of(address: Address, given: ssl.SSLContext | None, alpn: str) -> ssl.SSLContext | None:
    """The context for an address, which offers that protocol alone; None where there is no TLS."""
    if not address.tls:
        return None
    context = given or ssl.create_default_context()
    context.set_alpn_protocols([alpn])
    return context


def _reason(error: Exception) -> str:
    """In the words of the system, which asyncio hides."""
    number = getattr(error, "errno", None)
    if isinstance(error, OSError) and number and not isinstance(error, (ssl.SSLError, socket.gaierror)):
        return os.strerror(number)
    words = getattr(error, "verify_message", "") or getattr(error, "strerror", "") or str(error)
    return words or type(error).__name__


def _watch(opened: socket.socket) -> None:
    """A host that is gone without a word is noticed."""
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_MS)


def _unwanted(connecting: asyncio.Task[C]) -> None:
    """Nobody waits for it any more."""
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()
