"""Care: what is done for a node that is slow or fails: a time limit, and further tries."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from salver.core.bounds import at_least, positive
from salver.core.eager import start
from salver.core.errors import BadInput, Late, Unavailable
from salver.core.servable import Request, Response
from salver.graph.fanout import Visit

if TYPE_CHECKING:
    from salver.graph.node import Node

_WORTH_ANOTHER_TRY = (Unavailable, Late)


@dataclass(frozen=True, slots=True)
class Retry:
    """When a node is asked again: where it was not there, or late."""

    times: int = 1
    """Further tries."""
    pause_s: float = 0.01
    """Seconds before the first of them; doubled for each that follows."""

    def __post_init__(self) -> None:
        at_least(self, 1, "times")
        at_least(self, 0, "pause_s")
        if self.times > 100:
            raise BadInput(f"times must be 100 at most, got {self.times}")


@dataclass(frozen=True, slots=True)
class Care:
    """What a node asks for. The request's own deadline holds over all of it."""

    timeout_s: float | None = None
    """Seconds that one try may take, with all that lies below the node."""
    retry: Retry | None = None

    def __post_init__(self) -> None:
        if self.timeout_s is not None:
            positive(self, "timeout_s")

    async def __call__(self, node: Node, request: Request, ask: Visit) -> Response:
        """The node's answer. Raises its last fault."""
        tries, pause_s = (0, 0.0) if self.retry is None else (self.retry.times, self.retry.pause_s)
        for _ in range(tries):
            try:
                return await self._timed(node, request, ask)
            except _WORTH_ANOTHER_TRY:
                if request.deadline is not None and monotonic() + pause_s >= request.deadline:
                    raise
            await asyncio.sleep(pause_s)
            pause_s *= 2
        return await self._timed(node, request, ask)

    async def _timed(self, node: Node, request: Request, ask: Visit) -> Response:
        if self.timeout_s is None:
            return await ask(node, request)
        limit = monotonic() + self.timeout_s
        if request.deadline is not None and request.deadline <= limit:
            return await ask(node, request)
        timed = request.carrying(request.tensors)
        timed.deadline = limit
        return await in_time(_asked(ask, node, timed), limit, f"it did not answer within {self.timeout_s} s")


async def in_time(answering: Coroutine[Any, Any, Response], deadline: float, late: str) -> Response:
    """The answer by a moment of `time.monotonic()`. Raises Late, having cancelled what was under way."""
    answer = start(answering)
    if not isinstance(answer, asyncio.Task):
        return answer
    try:
        await asyncio.wait((answer,), timeout=max(deadline - monotonic(), 0.0))
        if answer.done():
            return answer.result()
        raise Late(late)
    finally:
        if not answer.done():
            answer.cancel()
            await asyncio.wait((answer,))


async def _asked(ask: Visit, node: Node, request: Request) -> Response:
    return await ask(node, request)
