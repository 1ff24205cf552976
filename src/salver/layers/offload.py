"""Offload: a sync Evaluator becomes an async Servable. The only owner of threads that compute.

A thread hop costs 60-75 us, so what is quick runs inline on the event loop, and only what would hold the loop up
goes to a thread. What is quick is measured, not declared: the time of each call is kept by the size of its
input, and a size that was never seen starts on a thread.

A deadline is kept wherever the call is: one that has passed is Late and never computed, one that passes meanwhile is
Late at that moment. What still computes then is stopped if its evaluator can be, and left to end by itself if not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Final

from salver.core.bounds import at_least
from salver.core.errors import Fault, Full, Internal, Late
from salver.core.servable import Evaluator, Interrupt, Request, Response, Servable
from salver.core.signature import Signature

_MAX_INLINE_S: Final = 0.0005
_RISE: Final = 0.2
"""A cheaper call is believed at once, a dearer one only so far: a call that the machine held up proves nothing."""
_UNKNOWN: Final = float("inf")
_LATE: Final = "the deadline passed before the model had answered"


@dataclass(frozen=True, slots=True)
class Offload:
    """Runs an evaluator inline or on threads, whichever holds nobody up."""

    threads: int = 2
    """How many calls of one model may compute at the same time off the event loop."""
    max_inline_s: float | None = None
    """A call expected to take longer than this leaves the event loop; 0 for all. By default 0.0005 for formats that
    only compute, and 0 for Python code, which may wait for something at any call."""
    max_waiting: int = 1024
    """Calls that may wait for a thread; one more is refused at once (Full)."""

    def __post_init__(self) -> None:
        at_least(self, 1, "threads")
        at_least(self, 0, "max_waiting", *(["max_inline_s"] if self.max_inline_s is not None else []))

    def __call__(self, evaluator: Evaluator) -> Servable:
        return Offloaded(evaluator, self)


class Offloaded:
    """An evaluator with its threads."""

    def __init__(self, evaluator: Evaluator, options: Offload) -> None:
        self._evaluator = evaluator
        self._signatures = evaluator.signatures
        self._options = options
        inline_s = _MAX_INLINE_S if options.max_inline_s is None else options.max_inline_s
        self._max_inline_s = 0.0 if evaluator.may_wait and options.max_inline_s is None else inline_s
        self._cost_s = [_UNKNOWN] * 64
        self._pool: ThreadPoolExecutor | None = None
        self._waiting = 0

    @property
    def signatures(self) -> Mapping[str, Signature]:
        return self._signatures

    async def __call__(self, request: Request) -> Response:
        if request.deadline is not None and monotonic() >= request.deadline:
            raise Late("the deadline had passed when the model was asked")
        size = 0
        for tensor in request.tensors.values():
            size += tensor.array.size
        scale = size.bit_length()
        if self._cost_s[scale] > self._max_inline_s:
            return await self._on_thread(request, scale)
        return self._evaluate(request, scale)

    async def aclose(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        # A thread of its own: those of the pool may still hold calls, and freeing a large model takes its time.
        closing = ThreadPoolExecutor(1, thread_name_prefix="salver-close")
        try:
            await asyncio.wrap_future(closing.submit(self._evaluator.close))
        finally:
            closing.shutdown(wait=False)

    def _evaluate(self, request: Request, scale: int) -> Response:
        started = perf_counter()
        try:
            return self._evaluator(request)
        except Fault:
            raise
        except Exception as error:
            raise Internal(f"the model failed: {type(error).__name__}: {error}") from error
        finally:
            cost_s = perf_counter() - started
            # What is quick and known to be so teaches nothing.
            if cost_s > self._max_inline_s or self._cost_s[scale] > self._max_inline_s:
                self._learn(scale, cost_s)

    def _learn(self, scale: int, cost_s: float) -> None:
        known_s = self._cost_s[scale]
        rise_s = min(cost_s - known_s, self._max_inline_s)
        self._cost_s[scale] = cost_s if rise_s < 0 else known_s + _RISE * rise_s

    async def _on_thread(self, request: Request, scale: int) -> Response:
        if self._waiting >= self._options.max_waiting + self._options.threads:
            raise Full(f"{self._waiting} requests wait for this model already; try again later")
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._options.threads, thread_name_prefix="salver-offload")
        self._waiting += 1
        interrupt = request.interrupt = Interrupt()
        held = [request]
        future: Future[Response] = self._pool.submit(self._evaluate_in_time, held, scale)
        try:
            answer = asyncio.wrap_future(future)
            return await (answer if request.deadline is None else _in_time(answer, request.deadline))
        finally:
            # A call that was cancelled stays in the pool's queue till its turn; its tensors must not.
            held.clear()
            self._waiting -= 1
            if not future.done():
                interrupt.set()

    def _evaluate_in_time(self, held: list[Request], scale: int) -> Response:
        request = held[0]
        if request.deadline is not None and monotonic() >= request.deadline:
            raise Late(_LATE)
        return self._evaluate(request, scale)


async def _in_time(answer: asyncio.Future[Response], deadline: float) -> Response:
    """The answer, or Late when the deadline passes before it."""
    late = False

    def expire() -> None:
        nonlocal late
        late = answer.cancel()

    timer = asyncio.get_running_loop().call_later(max(deadline - monotonic(), 0.0), expire)
    try:
        return await answer
    except asyncio.CancelledError:
        if not late:
            raise
        raise Late(_LATE) from None
    finally:
        timer.cancel()
