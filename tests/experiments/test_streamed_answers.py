"""Experiment behind docs/decisions.md, "A streamed answer is a response with more to come".

A response that carries the rest of itself as an async iterator passes through layers that know nothing of
streams; a layer that must know (one that holds something during the answer) wraps the iterator, in three lines.
"""

import asyncio
from contextlib import aclosing

import numpy as np

from salver.core.servable import Request, Response
from salver.core.tensor import Tensor


class Streamed(Response):
    """The sketch: what `Response` gains when the first servable streams."""

    __slots__ = ("rest",)

    def __init__(self, tensors, rest=None):
        super().__init__(tensors)
        self.rest = rest


def piece(value):
    return Streamed({"y": Tensor("INT64", np.array([value]))})


class Counter:
    """Answers with 0 and then the numbers up to the limit."""

    def __init__(self):
        self.left = False

    async def __call__(self, request):
        async def rest():
            try:
                for value in range(1, 4):
                    yield piece(value)
            finally:
                self.left = True

        first = piece(0)
        first.rest = rest()
        return first


class Timed:
    """A layer that knows nothing of streams."""

    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, request):
        return await self.inner(request)


class Limited:
    """A layer that holds a permit until the whole answer is out."""

    def __init__(self, inner):
        self.inner = inner
        self.held = 0

    async def __call__(self, request):
        self.held += 1
        response = await self.inner(request)
        if response.rest is None:
            self.held -= 1
        else:
            response.rest = self._hold(response.rest)
        return response

    async def _hold(self, rest):
        try:
            async with aclosing(rest):
                async for response in rest:
                    yield response
        finally:
            self.held -= 1


async def collect(response, most=10):
    values = [response.tensors["y"].to_list()[0]]
    async with aclosing(response.rest) as rest:
        async for part in rest:
            values.append(part.tensors["y"].to_list()[0])
            if len(values) == most:
                break
    return values


def test_a_stream_passes_through_layers():
    async def scenario():
        counter = Counter()
        limited = Limited(counter)
        response = await Timed(limited)(Request({}))
        assert limited.held == 1
        assert await collect(response) == [0, 1, 2, 3]
        assert (limited.held, counter.left) == (0, True)

    asyncio.run(scenario())


def test_who_leaves_early_frees_what_the_layers_hold():
    async def scenario():
        counter = Counter()
        limited = Limited(counter)
        assert await collect(await limited(Request({})), most=2) == [0, 1]
        assert (limited.held, counter.left) == (0, True)

    asyncio.run(scenario())
