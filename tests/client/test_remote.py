from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from salver.client.breaker import BreakerOptions
from salver.client.remote import Remote, RemoteOptions, remote_over
from salver.client.wire import Unsent
from salver.core import calls
from salver.core.calls import Call, Reply
from salver.core.eager import start
from salver.core.errors import BadInput, Fault, Full, Internal, Late, Unavailable
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, TensorSpec

SIGNATURE = Signature({"x": TensorSpec("FP32", (-1,))}, {"y": TensorSpec("FP32", (-1,))}, batched=True)


class Far:
    """A far server that doubles, unless the next of its moods is a fault to raise; may be held."""

    def __init__(self, *moods: Fault | None) -> None:
        self.moods = list(moods)
        self.asked: list[Call] = []
        self.deadlines: list[float | None] = []
        self.go = asyncio.Event()
        self.go.set()
        self.closed = False
        self.name = "y"
        self.dtype = "FP32"

    async def __call__(self, call: Call, deadline: float | None = None) -> Reply:
        if isinstance(call, calls.Metadata):
            return calls.ModelMetadata(call.model, 3, (3,), "", {DEFAULT: SIGNATURE})
        assert isinstance(call, calls.Predict)
        self.asked.append(call)
        self.deadlines.append(deadline)
        await self._held(deadline)
        mood = self.moods.pop(0) if self.moods else None
        if mood is not None:
            raise mood
        rows = call.read({}).tensors["x"].array * 2
        tensor = Tensor(self.dtype, rows.astype(np.float64 if self.dtype == "FP64" else np.float32))
        return calls.Predicted(call.model, 3, "", SIGNATURE, Response({self.name: tensor}))

    async def _held(self, deadline: float | None) -> None:
        """Keeps the deadline, as every wire does, without asking for the current task."""
        assert deadline is not None
        go = asyncio.ensure_future(self.go.wait())
        await asyncio.wait((go,), timeout=deadline - time.monotonic())
        if not go.done():
            go.cancel()
            raise Late("no answer in time")

    async def aclose(self) -> None:
        self.closed = True


def ask(deadline: float | None = None) -> Request:
    return Request({"x": Tensor("FP32", np.array([1, 2], np.float32))}, DEFAULT, deadline=deadline)


def converse(far: Callable[[], Far], story: Callable[[Far, Remote], Any], **options: Any) -> None:
    async def run() -> None:
        async with asyncio.timeout(20):
            server = far()
            await story(server, await remote_over(server, "m", None, RemoteOptions(retry_interval_s=0, **options)))

    asyncio.run(run())


def test_a_far_model_answers_by_its_signature():
    async def story(far: Far, remote: Remote) -> None:
        assert remote.signatures == {DEFAULT: SIGNATURE}
        assert (await remote(ask())).tensors["y"].array.tolist() == [2, 4]
        await remote.aclose()
        assert far.closed

    converse(Far, story)


def test_an_answer_over_json_gets_the_names_and_dtypes_of_the_signature():
    async def story(far: Far, remote: Remote) -> None:
        far.name, far.dtype = "outputs", "FP64"
        tensors = (await remote(ask())).tensors
        assert list(tensors) == ["y"]
        assert tensors["y"].dtype == "FP32"

    converse(Far, story)


def test_what_the_server_had_not_begun_with_is_asked_again():
    async def story(far: Far, remote: Remote) -> None:
        assert (await remote(ask())).tensors["y"].array.tolist() == [2, 4]
        assert len(far.asked) == 3

    converse(lambda: Far(Unsent("refused"), Unsent("refused")), story)


@pytest.mark.parametrize("fault", [Unavailable("gone"), Full("full"), Late("late"), BadInput("bad")])
def test_what_may_have_been_computed_is_not_asked_again(fault: Fault):
    async def story(far: Far, remote: Remote) -> None:
        with pytest.raises(type(fault), match=fault.message):
            await remote(ask())
        assert len(far.asked) == 1

    converse(lambda: Far(fault), story)


def test_retries_come_to_an_end():
    async def story(far: Far, remote: Remote) -> None:
        with pytest.raises(Unavailable, match="refused"):
            await remote(ask())
        assert len(far.asked) == 2

    converse(lambda: Far(*[Unsent("refused")] * 9), story, retries=1)


def test_a_server_that_fails_over_and_over_is_left_alone():
    async def story(far: Far, remote: Remote) -> None:
        for _ in range(2):
            with pytest.raises(Unavailable, match="gone"):
                await remote(ask())
        with pytest.raises(Unavailable, match="left alone"):
            await remote(ask())
        assert len(far.asked) == 2

    converse(lambda: Far(*[Unavailable("gone")] * 9), story, breaker=BreakerOptions(max_failures=2, rest_s=60))


def test_a_server_that_hangs_is_left_alone():
    async def story(far: Far, remote: Remote) -> None:
        far.go.clear()
        for _ in range(2):
            with pytest.raises(Late, match="no answer in time"):
                await remote(ask())
        with pytest.raises(Unavailable, match="left alone"):
            await remote(ask())

    converse(Far, story, timeout_s=0.03, breaker=BreakerOptions(max_failures=2, rest_s=60, patience_s=0.02))


def test_callers_in_a_hurry_do_not_open_the_breaker_for_others():
    async def story(far: Far, remote: Remote) -> None:
        far.go.clear()
        for _ in range(5):
            with pytest.raises(Late):
                await remote(ask(time.monotonic() + 0.01))
        far.go.set()
        await remote(ask())

    converse(Far, story, breaker=BreakerOptions(max_failures=2, rest_s=60))


@pytest.mark.parametrize("fault", [BadInput("bad"), Internal("the model broke"), Full("full")])
def test_an_answer_that_is_a_fault_does_not_open_the_breaker(fault: Fault):
    async def story(far: Far, remote: Remote) -> None:
        for _ in range(5):
            with pytest.raises(type(fault)):
                await remote(ask())
        assert len(far.asked) == 5

    converse(lambda: Far(*[fault] * 5), story, breaker=BreakerOptions(max_failures=2))


def test_retries_that_came_to_an_end_well_do_not_open_the_breaker():
    async def story(far: Far, remote: Remote) -> None:
        for _ in range(3):
            await remote(ask())

    unsent = Unsent("leaves")
    converse(
        lambda: Far(unsent, unsent, None, unsent, unsent, None),
        story,
        breaker=BreakerOptions(max_failures=2, rest_s=60),
    )


def test_a_retry_that_would_come_too_late_is_not_waited_for():
    async def story(far: Far, remote: Remote) -> None:
        remote._options = RemoteOptions(retry_interval_s=60)
        with pytest.raises(Unsent, match="refused"):
            await remote(ask())

    converse(lambda: Far(Unsent("refused")), story)


def test_the_sooner_deadline_goes_with_the_call_and_holds_here_too():
    async def story(far: Far, remote: Remote) -> None:
        soon = time.monotonic() + 0.05
        far.go.clear()
        with pytest.raises(Late):
            await remote(ask(soon))
        assert far.deadlines == [soon]

    converse(Far, story)


def test_a_deadline_that_has_passed_asks_nobody():
    async def story(far: Far, remote: Remote) -> None:
        with pytest.raises(Late, match="had passed before"):
            await remote(ask(time.monotonic() - 1))
        assert far.asked == []

    converse(Far, story)


def test_no_more_are_in_flight_than_allowed_and_no_more_wait():
    async def story(far: Far, remote: Remote) -> None:
        far.go.clear()
        first, second = (asyncio.ensure_future(remote(ask())) for _ in range(2))
        await asyncio.sleep(0)
        with pytest.raises(Full, match="wait"):
            await remote(ask())
        assert len(far.asked) == 1
        far.go.set()
        await asyncio.gather(first, second)
        assert len(far.asked) == 2

    converse(Far, story, max_in_flight=1, max_waiting=1)


def test_an_answer_without_an_output_of_the_signature_is_a_fault():
    async def story(far: Far, remote: Remote) -> None:
        two = Signature(SIGNATURE.inputs, {**SIGNATURE.outputs, "z": TensorSpec("FP32", (-1,))}, batched=True)
        remote._signatures = {DEFAULT: two}
        with pytest.raises(Internal, match="without its output 'z'"):
            await remote(ask())

    converse(Far, story)


def test_an_output_of_another_kind_is_a_fault():
    async def story(far: Far, remote: Remote) -> None:
        remote._signatures = {DEFAULT: Signature(SIGNATURE.inputs, {"y": TensorSpec("BYTES", (-1,))})}
        with pytest.raises(Internal, match="output 'y' that its signature does not have"):
            await remote(ask())

    converse(Far, story)


def test_its_first_step_needs_no_task():
    """As `core/eager.py` begins with every call."""

    async def story(far: Far, remote: Remote) -> None:
        far.go.clear()
        begun: list[Any] = []
        asyncio.get_running_loop().call_soon(lambda: begun.append(start(remote(ask()))))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        far.go.set()
        assert (await begun[0]).tensors["y"].array.tolist() == [2, 4]

    converse(Far, story)
