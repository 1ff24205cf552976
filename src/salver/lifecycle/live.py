"""A version that serves, and the count of those who are using it. Belongs to one event loop: no locks."""

from __future__ import annotations

import asyncio
from typing import Any

from salver.lifecycle.loader import Loaded


class Live:
    """Lent by the manager for one call: use `servable`, then `release()` exactly once."""

    __slots__ = ("_idle", "format", "graph", "leases", "model", "native", "notes", "servable", "signatures", "version")

    def __init__(self, model: str, version: int, loaded: Loaded) -> None:
        self.model = model
        self.version = version
        self.servable = loaded.servable
        self.format = loaded.format
        self.native = loaded.native
        self.graph = loaded.graph
        self.signatures = loaded.servable.signatures
        self.leases = 0
        self.notes: dict[str, Any] = {}
        """What those who borrow it want to find again at the next call; gone with it."""
        self._idle: asyncio.Event | None = None

    def release(self) -> None:
        """Gives the lease back."""
        self.leases -= 1
        if self._idle is not None and not self.leases:
            self._idle.set()

    async def wait_idle(self) -> None:
        """Returns when every lease is back. Only once nobody can borrow it any more."""
        if self.leases:
            self._idle = asyncio.Event()
            await self._idle.wait()
