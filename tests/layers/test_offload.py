from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from salver.core.errors import BadInput, Full, Internal, Late
from salver.core.servable import Interrupt, Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.layers.offload import Offload

SPEC = TensorSpec("FP64", (-1,))
ALWAYS = 0.0
"""With this bound every call leaves the loop."""
NEVER = 1e9
"""With this one only the first of a size does."""


@dataclass
class Doubler:
    """Doubles, and notes the threads it ran on; holds calls while `open` is not set."""

    signatures: Mapping[str, Signature] = field(default_factory=lambda: {DEFAULT: Signature({"x": SPEC}, {"y": SPEC})})
    threads: list[int] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    entered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    error: Exception | None = None
    closed: bool = False
    may_wait: bool = False

    def __post_init__(self) -> None:
        self.open.set()

    def __call__(self, request: Request) -> Response:
        self.threads.append(threading.get_ident())
        self.entered.release()
        assert self.open.wait(10)
        if self.error is not None:
            raise self.error
        return Response({"y": Tensor("FP64", request.tensors["x"].array * 2)})

    def close(self) -> None:
        self.closed = True


def ask(size: int = 1, deadline: float | None = None) -> Request:
    return Request({"x": Tensor("FP64", np.ones(size))}, DEFAULT, deadline=deadline)


async def entered(doubler: Doubler) -> None:
    """Returns when one more call has reached the evaluator."""
    assert await asyncio.to_thread(doubler.entered.acquire, timeout=10)


def run(coroutine: Any) -> Any:
    return asyncio.run(asyncio.wait_for(coroutine, 20))


def test_the_answer_is_the_evaluators_either_way():
    async def converse() -> None:
        servable = Offload(max_inline_s=NEVER)(Doubler())
        assert servable.signatures[DEFAULT].inputs == {"x": SPEC}
        for _ in range(3):
            assert (await servable(ask(4))).tensors["y"].array.tolist() == [2.0] * 4
        await servable.aclose()

    run(converse())


def test_a_size_never_seen_starts_on_a_thread_and_what_is_quick_comes_back_inline():
    doubler = Doubler()

    async def converse() -> None:
        servable = Offload(max_inline_s=NEVER)(doubler)
        for size in (1, 1, 1, 1000, 1000, 1):
            await servable(ask(size))
        await servable.aclose()

    run(converse())
    here = threading.get_ident()
    assert [thread == here for thread in doubler.threads] == [False, True, True, False, True, True]


def test_what_takes_longer_than_the_bound_stays_on_threads():
    doubler = Doubler()

    async def converse() -> None:
        servable = Offload(max_inline_s=ALWAYS)(doubler)
        for _ in range(5):
            await servable(ask())
        await servable.aclose()

    run(converse())
    assert threading.get_ident() not in doubler.threads


def test_no_more_threads_than_allowed():
    doubler = Doubler()

    async def converse() -> None:
        servable = Offload(threads=3, max_inline_s=ALWAYS)(doubler)
        await asyncio.gather(*(servable(ask()) for _ in range(20)))
        await servable.aclose()

    run(converse())
    assert len(set(doubler.threads)) <= 3


def test_one_more_than_may_wait_is_refused_at_once():
    doubler = Doubler()

    async def converse() -> None:
        servable = Offload(threads=1, max_inline_s=ALWAYS, max_waiting=2)(doubler)
        doubler.open.clear()
        calls = [asyncio.create_task(servable(ask())) for _ in range(3)]
        await entered(doubler)
        with pytest.raises(Full, match="3 requests wait for this model already; try again later"):
            await servable(ask())
        doubler.open.set()
        for answer in await asyncio.gather(*calls):
            assert answer.tensors["y"].array.tolist() == [2.0]
        await servable(ask())  # there is room again
        await servable.aclose()

    run(converse())


def test_a_call_whose_deadline_passed_while_it_waited_is_late_and_never_computed():
    doubler = Doubler()

    async def converse() -> None:
        servable = Offload(threads=1, max_inline_s=ALWAYS)(doubler)
        doubler.open.clear()
        first = asyncio.create_task(servable(ask(deadline=time.monotonic() + 60)))
        await entered(doubler)
        with pytest.raises(Late, match="before the model had answered"):
            await servable(ask(deadline=time.monotonic() + 0.005))
        doubler.open.set()
        await first
        assert (await servable(ask(3))).tensors["y"].array.shape == (3,)
        await servable.aclose()

    run(converse())
    assert len(doubler.threads) == 2


@pytest.mark.parametrize("bound", [ALWAYS, NEVER])
def test_a_deadline_already_past_is_late_before_the_model_is_asked(bound: float):
    doubler = Doubler()

    async def converse() -> None:
        servable = Offload(max_inline_s=bound)(doubler)
        await servable(ask())
        for deadline in (time.monotonic(), time.monotonic() - 1, 0.0):
            with pytest.raises(Late, match="had passed when the model was asked"):
                await servable(ask(deadline=deadline))
        await servable(ask(deadline=time.monotonic() + 60))
        await servable.aclose()

    run(converse())
    assert len(doubler.threads) == 2


def test_a_deadline_that_passes_while_it_computes_is_late_at_that_moment_and_the_thread_comes_back():
    doubler = Doubler()

    async def converse() -> None:
        servable = Offload(threads=1, max_inline_s=ALWAYS, max_waiting=0)(doubler)
        doubler.open.clear()
        for _ in range(3):
            with pytest.raises(Late, match="before the model had answered"):
                await servable(ask(deadline=time.monotonic() + 0.005))
        doubler.open.set()
        assert (await servable(ask(5))).tensors["y"].array.shape == (5,)
        await servable.aclose()

    run(converse())
    assert doubler.threads


@pytest.mark.parametrize("leaving", ["cancelled", "late"])
def test_what_computes_for_nobody_is_told_to_stop(leaving: str):
    stopped = threading.Event()

    @dataclass
    class Stoppable(Doubler):
        def __call__(self, request: Request) -> Response:
            assert request.interrupt is not None
            request.interrupt.heed(stopped.set)
            self.entered.release()
            assert stopped.wait(10)
            return Response({})

    async def converse() -> None:
        model = Stoppable()
        servable = Offload(max_inline_s=ALWAYS)(model)
        deadline = time.monotonic() + 0.005 if leaving == "late" else None
        asked = asyncio.create_task(servable(ask(deadline=deadline)))
        if leaving == "cancelled":
            await entered(model)
            asked.cancel()
        with pytest.raises((asyncio.CancelledError, Late)):
            await asked
        assert await asyncio.to_thread(stopped.wait, 10)
        await servable.aclose()

    run(converse())


def test_who_is_told_to_stop_before_it_heeds_stops_at_once():
    interrupt = Interrupt()
    interrupt.set()
    told: list[bool] = []
    interrupt.heed(lambda: told.append(True))
    assert told == [True]


def test_a_call_cancelled_while_it_waits_is_never_computed_and_gives_its_place_back():
    doubler = Doubler()

    async def converse() -> None:
        servable = Offload(threads=1, max_inline_s=ALWAYS, max_waiting=1)(doubler)
        doubler.open.clear()
        first = asyncio.create_task(servable(ask()))
        await entered(doubler)
        second = asyncio.create_task(servable(ask()))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        third = asyncio.create_task(servable(ask(7)))
        await asyncio.sleep(0)
        doubler.open.set()
        await first
        assert (await third).tensors["y"].array.shape == (7,)
        await servable.aclose()

    run(converse())
    assert len(doubler.threads) == 2


@pytest.mark.parametrize("bound", [ALWAYS, NEVER])
def test_what_the_model_raises_is_internal_and_a_fault_stays_itself(bound: float):
    doubler = Doubler()

    async def converse() -> None:
        servable = Offload(max_inline_s=bound)(doubler)
        await servable(ask())
        doubler.error = ZeroDivisionError("no")
        with pytest.raises(Internal, match="the model failed: ZeroDivisionError: no") as caught:
            await servable(ask())
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        doubler.error = BadInput("not this")
        with pytest.raises(BadInput, match="not this"):
            await servable(ask())
        doubler.error = None
        await servable(ask())
        await servable.aclose()

    run(converse())


@pytest.mark.parametrize(
    ("may_wait", "bound", "inline"), [(False, None, True), (True, None, False), (True, NEVER, True)]
)
def test_what_may_wait_never_runs_on_the_loop_unless_the_operator_says_so(may_wait: bool, bound: float, inline: bool):
    doubler = Doubler(may_wait=may_wait)

    async def converse() -> None:
        servable = Offload(max_inline_s=bound)(doubler)
        for _ in range(50):
            await servable(ask())
        await servable.aclose()

    run(converse())
    assert (threading.get_ident() in doubler.threads) is inline


def test_closing_closes_the_evaluator_and_ends_the_threads():
    doubler = Doubler()

    async def converse() -> None:
        servable = Offload(max_inline_s=ALWAYS)(doubler)
        await servable(ask())
        await servable.aclose()

    run(converse())
    assert doubler.closed
    deadline = time.monotonic() + 10
    while any(thread.name.startswith(("salver-offload", "salver-close")) for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.001)
