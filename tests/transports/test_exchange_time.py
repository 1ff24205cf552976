"""Predictions over HTTP have a time: what is not answered by then is 504, as TensorFlow Serving says it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import numpy as np
import pytest

from salver.core import calls
from salver.core.eager import start
from salver.core.servable import Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.protocols.http import HttpRequest, HttpResponse
from salver.transports.exchange import Exchange

SIGNATURE = Signature({"x": TensorSpec("FP32", (-1,))}, {"y": TensorSpec("FP32", (-1,))}, batched=True)
LATE = b'{"error":"Timed out waiting for notification"}'


def predict() -> HttpRequest:
    return HttpRequest(b"POST", b"/v1/models/m:predict", [], b'{"instances": [1.0]}')


class Model:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.deadlines: list[float | None] = []
        self.left = 0

    async def __call__(self, call: Any) -> Any:
        if isinstance(call, calls.Ready):
            await self.go.wait()
            return calls.Readiness(True)
        self.deadlines.append(call.deadline)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.left += 1
            raise
        return calls.Predicted("m", 1, DEFAULT, SIGNATURE, Response({"y": Tensor("FP32", np.array([2.0], np.float32))}))


def exchange(model: Model, timeout_s: float) -> Exchange:
    return Exchange(model, max_body_bytes=1000, timeout_s=timeout_s)


def test_a_model_that_does_not_answer_in_time_is_left() -> None:
    async def ask() -> tuple[HttpResponse, Model]:
        model = Model()
        return await exchange(model, 0.02)(predict()), model

    response, model = asyncio.run(ask())
    assert (response.status, response.body, model.left) == (504, LATE, 1)


def test_the_model_knows_until_when() -> None:
    async def ask() -> Model:
        model = Model()
        model.go.set()
        await exchange(model, 30.0)(predict())
        return model

    before = time.monotonic()
    (deadline,) = asyncio.run(ask()).deadlines
    assert deadline is not None
    assert before + 30 <= deadline <= time.monotonic() + 30


def test_an_answer_that_waits_but_not_too_long_is_given() -> None:
    async def ask() -> HttpResponse:
        model = Model()
        answer = start(exchange(model, 30.0)(predict()))
        assert isinstance(answer, asyncio.Task)
        model.go.set()
        return await answer

    assert asyncio.run(ask()).status == 200


def test_without_a_limit_nothing_is_cut() -> None:
    async def ask() -> Model:
        model = Model()
        model.go.set()
        await exchange(model, 0.0)(predict())
        return model

    assert asyncio.run(ask()).deadlines == [None]


def test_a_client_that_leaves_is_not_late() -> None:
    async def ask() -> Model:
        model = Model()
        answer = start(exchange(model, 30.0)(predict()))
        assert isinstance(answer, asyncio.Task)
        await asyncio.sleep(0)
        answer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answer
        return model

    assert asyncio.run(ask()).left == 1


def test_what_runs_no_model_has_no_limit() -> None:
    async def ask() -> HttpResponse:
        model = Model()
        asyncio.get_running_loop().call_later(0.05, model.go.set)
        return await exchange(model, 0.01)(HttpRequest(b"GET", b"/readyz", [], b""))

    assert asyncio.run(ask()).status == 200
