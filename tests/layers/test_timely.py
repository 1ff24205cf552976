from __future__ import annotations

import asyncio
import time

import pytest

from salver.core.errors import BadInput, Late
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.layers.timely import Timely


class Waiter:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.signatures: dict[str, Signature] = {}
        self.let = asyncio.Event()
        self.left = asyncio.Event()
        self.asked = 0
        self.closed = False

    async def __call__(self, request: Request) -> Response:
        self.asked += 1
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.left.set()
            raise
        if request.signature == "bad":
            raise BadInput("no")
        return Response({})

    async def aclose(self) -> None:
        self.closed = True


def run(conversation) -> None:
    async def converse() -> None:
        async with asyncio.timeout(20):
            await conversation()

    asyncio.run(converse())


@pytest.mark.parametrize("left_s", [None, 60.0])
def test_in_time_it_answers_and_raises_as_it_would(left_s):
    async def converse() -> None:
        model = Waiter()
        model.let.set()
        deadline = None if left_s is None else time.monotonic() + left_s
        servable = Timely(model)
        assert servable.signatures is model.signatures
        assert (await servable(Request({}, deadline=deadline))).tensors == {}
        with pytest.raises(BadInput, match="no"):
            await servable(Request({}, "bad", deadline=deadline))
        await servable.aclose()
        assert model.closed

    run(converse)


def test_a_deadline_that_passes_ends_the_call():
    async def converse() -> None:
        model = Waiter()
        with pytest.raises(Late, match="before the model had answered"):
            await Timely(model)(Request({}, deadline=time.monotonic() + 0.005))
        await model.left.wait()

    run(converse)


def test_a_deadline_already_past_never_reaches_it():
    async def converse() -> None:
        model = Waiter()
        with pytest.raises(Late, match="had passed"):
            await Timely(model)(Request({}, deadline=time.monotonic()))
        assert not model.asked

    run(converse)


def test_who_leaves_takes_the_call_along():
    async def converse() -> None:
        model = Waiter()
        asked = asyncio.create_task(Timely(model)(Request({}, deadline=time.monotonic() + 60)))
        for _ in iter(lambda: model.asked, 1):
            await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await model.left.wait()

    run(converse)
