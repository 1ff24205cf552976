"""What the streams of an HTTP/2 connection share: the connection as they see it, and what it may ask of each."""

from __future__ import annotations

import asyncio
from typing import Any, Final, Protocol

from salver.protocols.http2.connection import Connection
from salver.protocols.http2.errors import ErrorCode
from salver.transports.app import App
from salver.transports.connections import Connections
from salver.transports.limits import HttpLimits

AHEAD_BYTES: Final = 256 * 1024
"""Bytes that a stream may hold that nobody has taken yet, or that its client has not: beyond, it waits."""


class Host(Protocol):
    """A connection, as its streams see it."""

    http2: Connection
    app: App
    limits: HttpLimits
    connections: Connections
    writable: bool
    """Whether the socket takes more; where it does not, an answer made of many pieces waits for `Stream.proceed`."""
    filled: list[Any]
    """Streams that have put pieces aside: their `push` is called before the next write."""

    def soon(self) -> None:
        """Something was queued: it is written before the loop's next turn is over, with whatever else comes."""

    def over(self, stream: Stream) -> None:
        """The stream was answered, or will not be."""

    def hold(self, stream: Stream, count: int) -> bool:
        """Counts bytes of unfinished bodies; False when all that this client has unfinished is too much."""


class Stream:
    """One request and its answer. The connection calls these; nothing here raises.

    Most live for an instant, so that only what differs from the class is set.
    """

    open = True
    """Whether an answer is still wanted."""
    task: asyncio.Task[Any] | None = None
    held_bytes = 0
    """Of a body that is not whole yet, as the connection counts them."""

    def __init__(self, host: Host, number: int, ended: bool) -> None:
        self.host = host
        self.id = number
        self.ended = ended
        """Whether the whole request has come."""
        self.since_s = host.connections.now_s

    def begin(self) -> None:
        """Once, before anything else: the head is here."""
        raise NotImplementedError

    def receive(self, data: bytes, counted: int, ended: bool) -> None:
        """A piece of the body; `counted` is to be given back to the window."""
        raise NotImplementedError

    def proceed(self) -> None:
        """The client, or the socket, takes more."""

    def check(self, now_s: float) -> None:
        """Ends what has taken too long."""

    def leave(self) -> None:
        """The client has left: nothing more is sent, and what runs is cancelled."""
        self.open = False
        self.host.over(self)
        if self.task is not None:
            self.task.cancel()

    def close(self) -> None:
        """The answer's last frame is queued."""
        self.open = False
        self.host.over(self)

    def abandon(self) -> None:
        """The answer breaks off: the client must not take what came for the whole."""
        self.open = False
        self.host.http2.send_reset(self.id, ErrorCode.INTERNAL_ERROR)
        self.host.over(self)

    def late_body(self, now_s: float) -> bool:
        """Whether the body comes too slowly."""
        limits = self.host.limits
        patience_s = limits.body_timeout_s + self.held_bytes / limits.min_bytes_per_s
        return not self.ended and now_s - self.since_s > patience_s
