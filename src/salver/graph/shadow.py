"""Shadow: a node that is shown requests and whose answers nobody sees."""

from __future__ import annotations

import asyncio
import logging
from random import Random
from typing import Final

from salver.core.ending import end
from salver.core.servable import Request
from salver.core.trail import Trail
from salver.graph.node import Node
from salver.graph.tree import visit

MAX_UNDER_WAY: Final = 64
"""Requests that a shadow may be at; one more is not shown to it: the answer that somebody waits for comes first."""
_log: Final = logging.getLogger("salver.graph")


class Shadow:
    """Asked behind the back of those who wait: never before the answer's own first step, and never waited for."""

    def __init__(self, node: Node, share: float, random: Random) -> None:
        """`share` is the part of requests that it is shown, from 0 to 1."""
        self.node = node
        self._share = share
        self._random = random
        self._tasks: set[asyncio.Task[None]] = set()
        self._told = False

    def show(self, request: Request) -> None:
        """Asks it, or leaves it be."""
        if self._random.random() >= self._share or len(self._tasks) >= MAX_UNDER_WAY:
            return
        copy = request.carrying(request.tensors)
        copy.trail = Trail()
        task = asyncio.get_running_loop().create_task(self._ask(copy))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Gives up what is under way."""
        await end(set(self._tasks))

    async def _ask(self, request: Request) -> None:
        try:
            await visit(self.node, request)
        except Exception as error:  # noqa: BLE001 - nobody else would hear of it
            if not self._told:
                self._told = True
                _log.warning("the shadow '%s' fails; later failures are not told: %s", self.node.name, error)
