from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from salver.client.breaker import BreakerOptions
from salver.client.remote import Remote, RemoteOptions, connect_remote
from salver.client.wire import Unsent
from salver.core import calls
from salver.core.calls import Call, Reply
from salver.core.errors import BadInput, Fault, Full, Late, Unavailable
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
        await self.go.wait()
        mood = self.moods.pop(0) if self.moods else None
        if mood is not None:
            raise mood
        rows = call.read({}).tensors["x"].array * 2
        tensor = Tensor(self.dtype, rows.astype(np.float64 if self.dtype == "FP64" else np.float32))
        return calls.Predicted(call.model, 3, "", SIGNATURE, Response({self.name: tensor}))

    async def aclose(self) -> None:
        self.closed = True


def ask(deadline: float | None = None) -> Request:
    return Request({"x": Tensor("FP32", np.array([1, 2], np.float32))}, DEFAULT, deadline=deadline)


def converse(far: Callable[[], Far], story: Callable[[Far, Remote], Any], **options: Any) -> None:
    async def run() -> None:
        async with asyncio.timeout(20):
            server = far()
            await story(server, await connect_remote(server, "m", None, RemoteOptions(retry_interval_s=0, **options)))

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


def test_input_that_is_refused_does_not_open_the_breaker():
    async def story(far: Far, remote: Remote) -> None:
        for _ in range(5):
            with pytest.raises(BadInput):
                await remote(ask())
        assert len(far.asked) == 5

    converse(lambda: Far(*[BadInput("bad")] * 5), story, breaker=BreakerOptions(max_failures=2))


def test_the_sooner_deadline_goes_with_the_call_and_holds_here_too():
    async def story(far: Far, remote: Remote) -> None:
        soon = time.monotonic() + 0.05
        far.go.clear()
        with pytest.raises(Late):
            await remote(ask(soon))
        assert far.deadlines == [soon]

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
