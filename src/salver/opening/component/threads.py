"""Threads of a component: its methods may wait for anything, so they run off the event loop, one at a time.

Deadlines, bounds and what becomes of a call that nobody waits for any more are those of `layers.offload`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.layers.offload import Offload, Offloaded

_NONE: Final[Mapping[str, Signature]] = MappingProxyType({})


class _Errand(Request):
    """A request to call a user's method."""

    __slots__ = ("run",)

    def __init__(self, run: Callable[[], Response], deadline: float | None) -> None:
        super().__init__({}, deadline=deadline)
        self.run = run


class _Runner:
    """An evaluator of errands."""

    signatures = _NONE
    may_wait = True

    def __init__(self, close: Callable[[], None]) -> None:
        self._close = close

    def __call__(self, request: Request) -> Response:
        return request.run()  # type: ignore[attr-defined, no-any-return] # it is given errands only

    def close(self) -> None:
        self._close()


class Threads:
    """Where a component's methods run."""

    __slots__ = ("_offloaded",)

    def __init__(self, offload: Offload, close: Callable[[], None]) -> None:
        self._offloaded = Offloaded(_Runner(close), offload)

    async def run(self, run: Callable[[], Response], deadline: float | None) -> Response:
        """What `run` gives, on a thread. Raises Late when the deadline passes before it, Full when too many wait."""
        return await self._offloaded(_Errand(run, deadline))

    async def aclose(self) -> None:
        await self._offloaded.aclose()
