"""Experiment behind docs/decisions.md, "A layer owns the work that serves several callers".

A batch serves several callers at once. When one of them leaves, the batch must go on for the others; when all have
left, it must stop; and when the layer closes, nothing of it may be left running.
"""

import asyncio

import numpy as np
import pytest

from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec

SIGNATURES = {"serving_default": Signature({"x": TensorSpec("FP32", (-1,))}, {"y": TensorSpec("FP32", (-1,))})}


class Doubler:
    """A servable that answers when it is let."""

    signatures = SIGNATURES

    def __init__(self):
        self.go = asyncio.Event()
        self.started = asyncio.Event()
        self.batches = []
        self.cancelled = self.closed = False

    async def __call__(self, request):
        self.batches.append(request.tensors["x"].array.tolist())
        self.started.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return Response({"y": Tensor("FP32", request.tensors["x"].array * 2)})

    async def aclose(self):
        self.closed = True


class Batched:
    """The smallest layer that has the problem: callers wait for shares of a task that belongs to the layer."""

    signatures = SIGNATURES

    def __init__(self, inner):
        self._inner = inner
        self._waiting = []
        self._tasks = set()

    async def __call__(self, request):
        share = asyncio.get_running_loop().create_future()
        self._waiting.append((request, share))
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._go)
        return await share

    def _go(self):
        batch, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._run(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        for _, share in batch:
            share.add_done_callback(lambda _: all(s.cancelled() for _, s in batch) and task.cancel())

    async def _run(self, batch):
        rows = np.concatenate([request.tensors["x"].array for request, _ in batch])
        response = await self._inner(Request({"x": Tensor("FP32", rows)}))
        start = 0
        for request, share in batch:
            end = start + len(request.tensors["x"].array)
            if not share.done():
                share.set_result(Response({"y": Tensor("FP32", response.tensors["y"].array[start:end])}))
            start = end

    async def aclose(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._inner.aclose()


def request(*values):
    return Request({"x": Tensor("FP32", np.array(values, np.float32))})


def test_one_caller_leaves_and_the_others_are_answered():
    async def scenario():
        inner = Doubler()
        batched = Batched(inner)
        calls = [asyncio.ensure_future(batched(request(float(n)))) for n in range(3)]
        await inner.started.wait()
        calls[1].cancel()
        inner.go.set()
        first, last = await calls[0], await calls[2]
        with pytest.raises(asyncio.CancelledError):
            await calls[1]
        assert inner.batches == [[0.0, 1.0, 2.0]]
        assert (first.tensors["y"].to_list(), last.tensors["y"].to_list()) == ([0.0], [4.0])
        assert not inner.cancelled
        await batched.aclose()

    asyncio.run(scenario())


def test_when_all_callers_have_left_the_work_stops():
    async def scenario():
        inner = Doubler()
        batched = Batched(inner)
        calls = [asyncio.ensure_future(batched(request(1.0))) for _ in range(2)]
        await inner.started.wait()
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await batched.aclose()
        assert inner.cancelled

    asyncio.run(scenario())


def test_a_layer_that_closes_leaves_nothing_running_and_closes_what_it_wraps():
    async def scenario():
        inner = Doubler()
        batched = Batched(inner)
        call = asyncio.ensure_future(batched(request(1.0)))
        await inner.started.wait()
        await batched.aclose()
        assert inner.cancelled
        assert inner.closed
        assert len(asyncio.all_tasks()) == 2  # this one, and the caller, who still waits for an answer
        call.cancel()

    asyncio.run(scenario())
