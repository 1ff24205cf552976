"""The connections open now, and the one timer that watches them all: no timer for each request.

Knows no protocol: a connection says for itself what it is late with.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

from salver.transports.limits import HttpLimits

_log = logging.getLogger(__name__)


class Connection(Protocol):
    """One client, as the listener sees it."""

    def check(self, now_s: float) -> None:
        """Ends what has taken too long."""

    def drain(self) -> None:
        """Answers what has come, and then closes; at once when nothing has."""

    def abort(self) -> bool:
        """Closes at once. Tells whether that cut an answer."""


@dataclass(frozen=True, slots=True)
class ConnectionStatistics:
    """Counts since the start, but for `open` and `leaving`, which are counts of now."""

    open: int
    leaving: int
    """Answered for the last time; the client has still to close."""
    accepted: int
    refused: int
    """Beyond `max_connections`."""
    cut: int
    """Too slow, or still busy at the end of a drain."""
    requests: int


class Connections:
    """Those in service and those leaving. Belongs to the running loop."""

    def __init__(self, limits: HttpLimits) -> None:
        self._loop = asyncio.get_running_loop()
        self._limits = limits
        self._open: set[Connection] = set()
        self._leaving: set[Connection] = set()
        self._nobody = asyncio.Event()
        self._nobody.set()
        self._accepted = self._refused = 0
        self.now_s = self._loop.time()
        """The loop's time as of the last check."""
        self.cut = 0
        self.requests = 0
        self._timer = self._loop.call_later(limits.check_interval_s, self._check)

    def join(self, connection: Connection) -> bool:
        """Counts a new connection. False when there are too many: it must be refused, and is watched as leaving."""
        self._accepted += 1
        self._nobody.clear()
        if len(self._open) < self._limits.max_connections:
            self._open.add(connection)
            return True
        self._refused += 1
        self._leaving.add(connection)
        return False

    def withdraw(self, connection: Connection) -> bool:
        """Uncounts a connection in whose place another joins at once. False when it is not in service any more."""
        if connection not in self._open:
            return False
        self._open.remove(connection)
        self._accepted -= 1
        return True

    def leaves(self, connection: Connection) -> None:
        """The connection has had its last answer."""
        if connection in self._open:
            self._open.remove(connection)
            self._leaving.add(connection)

    def gone(self, connection: Connection) -> None:
        """The connection is closed and nothing runs for it."""
        self._open.discard(connection)
        self._leaving.discard(connection)
        if not self._open and not self._leaving:
            self._nobody.set()

    def crowded(self) -> bool:
        """Whether so many are leaving that one more should not be waited for."""
        return len(self._leaving) > self._limits.max_connections

    def drain(self) -> None:
        """Asks each to close when it has answered what came."""
        for connection in [*self._open, *self._leaving]:
            connection.drain()

    def abort(self) -> int:
        """Closes all at once; the number that were cut short."""
        cut = sum(connection.abort() for connection in [*self._open, *self._leaving])
        self.cut += cut
        return cut

    async def wait_gone(self) -> None:
        """Until the last is gone."""
        await self._nobody.wait()

    def close(self) -> None:
        """Stops watching."""
        self._timer.cancel()

    def statistics(self) -> ConnectionStatistics:
        return ConnectionStatistics(
            len(self._open), len(self._leaving), self._accepted, self._refused, self.cut, self.requests
        )

    def _check(self) -> None:
        self.now_s = now_s = self._loop.time()
        self._timer = self._loop.call_later(self._limits.check_interval_s, self._check)
        for connection in [*self._open, *self._leaving]:
            try:
                connection.check(now_s)
            except Exception:  # noqa: BLE001 one connection must not end the watch over all
                _log.exception("a connection could not be checked")
                connection.abort()
