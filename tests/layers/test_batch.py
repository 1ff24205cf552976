"""The rules and words are those of TensorFlow Serving's batching session and its shared batch scheduler."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import BadInput, Full, Precondition, Unavailable
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import Tensor, TensorSpec
from salver.layers.batch import Batch, Batched, Processed
from salver.layers.batch_slots import Slots


class Model:
    """y = 2x + 1, row by row. Notes its batches; may be held, may answer too few rows."""

    def __init__(self, batched: bool = True) -> None:
        spec = TensorSpec("FP32", None)
        self.signatures: Mapping[str, Signature] = {DEFAULT: Signature({"x": spec}, {"y": spec}, batched=batched)}
        self.batches: list[list[Any]] = []
        self.go = asyncio.Event()
        self.go.set()
        self.asked = asyncio.Event()
        self.poison: float | None = None
        self.drops = 0
        self.left = asyncio.Event()
        self.closed = False

    async def __call__(self, request: Request) -> Response:
        rows = request.tensors["x"].array
        self.batches.append(rows.tolist())
        self.asked.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.left.set()
            raise
        if self.poison is not None and self.poison in rows:
            raise BadInput(f"{self.poison} is poison")
        return Response({"y": Tensor("FP32", (rows * 2 + 1)[self.drops :])})

    async def aclose(self) -> None:
        self.closed = True


def ask(*rows: Any, deadline: float | None = None) -> Request:
    return Request({"x": Tensor("FP32", np.array(rows, np.float32))}, DEFAULT, deadline=deadline)


def run(conversation: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await conversation

    asyncio.run(bounded())


async def answers(batched: Any, *requests: Request) -> list[Any]:
    """What each request gets, all asked in one tick: its rows, or the fault."""
    came = await asyncio.gather(*(batched(request) for request in requests), return_exceptions=True)
    return [one if isinstance(one, BaseException) else one.tensors["y"].array.tolist() for one in came]


def test_requests_of_one_tick_are_one_batch_and_each_gets_its_own_rows():
    async def converse() -> None:
        model = Model()
        assert await answers(Batch()(model), ask(1, 2), ask(3), ask(4, 5, 6)) == [[3, 5], [7], [9, 11, 13]]
        assert model.batches == [[1, 2, 3, 4, 5, 6]]

    run(converse())


def test_what_comes_while_a_batch_runs_is_gathered_for_the_next():
    async def converse() -> None:
        model = Model()
        model.go.clear()
        batched = Batch()(model)
        first = asyncio.ensure_future(answers(batched, ask(1)))
        await model.asked.wait()
        rest = asyncio.ensure_future(answers(batched, ask(2), ask(3)))
        await asyncio.sleep(0)
        model.go.set()
        assert await first == [[3]]
        assert await rest == [[5], [7]]
        assert model.batches == [[1], [2, 3]]

    run(converse())


def test_a_request_that_does_not_fit_begins_the_next_batch():
    async def converse() -> None:
        model = Model()
        assert await answers(Batch(max_size=3)(model), ask(1, 2), ask(3, 4), ask(5)) == [[3, 5], [7, 9], [11]]
        assert model.batches == [[1, 2], [3, 4, 5]]

    run(converse())


def test_a_full_batch_does_not_wait_and_one_in_part_waits_for_its_time():
    async def converse() -> None:
        model = Model()
        batched = Batch(max_size=2, timeout_s=60)(model)
        assert await answers(batched, ask(1), ask(2)) == [[3], [5]]
        lone = asyncio.ensure_future(answers(batched, ask(3)))
        done, _ = await asyncio.wait((lone,), timeout=0.05)
        assert not done
        assert await answers(batched, ask(4)) == [[9]]
        assert await lone == [[7]]
        assert await answers(Batch(timeout_s=0.01)(model), ask(5)) == [[11]]

    run(converse())


def test_batches_are_filled_with_the_last_requests_first_row_up_to_an_allowed_size():
    async def converse() -> None:
        model = Model()
        batched = Batch(max_size=8, allowed_sizes=(2, 4, 8))(model)
        assert await answers(batched, ask(1), ask(7, 8)) == [[3], [15, 17]]
        assert model.batches == [[1, 7, 8, 7]]

    run(converse())


def test_rows_are_padded_with_the_first_element_of_their_request():
    async def converse() -> None:
        model = Model()
        batched = Batch(pad_lengths=True)(model)
        await answers(batched, ask([1, 2, 3]), ask([4], [5]))
        assert model.batches == [[[1, 2, 3], [4, 4, 4], [5, 4, 4]]]

    run(converse())


def test_rows_of_different_shapes_do_not_share_a_batch():
    async def converse() -> None:
        model = Model()
        assert await answers(Batch()(model), ask([1, 2]), ask([3])) == [[[3, 5]], [[7]]]
        assert sorted(model.batches) == [[[1, 2]], [[3]]]

    run(converse())


def test_a_large_request_is_spread_over_batches_where_that_is_allowed():
    async def converse() -> None:
        model = Model()
        batched = Batch(max_size=10, split=True, max_execution_size=3)(model)
        assert await answers(batched, ask(1, 2), ask(3, 4, 5, 6, 7)) == [[3, 5], [7, 9, 11, 13, 15]]
        assert model.batches == [[1, 2, 3], [4, 5, 6], [7]]

    run(converse())


@given(
    st.lists(st.integers(0, 7), min_size=1, max_size=8),
    st.integers(1, 5),
    st.booleans(),
    st.sampled_from([(), (1, 2), (2, 3)]),
    st.integers(1, 3),
)
def test_however_requests_are_gathered_the_answers_are_those_of_each_alone(sizes, most, split, ahead, slots):
    """A property of the layer: the model computes row by row, so gathering may not be seen."""

    async def converse() -> None:
        model = Model()
        largest = max(7, most)
        allowed = (*(size for size in ahead if size < (most if split else largest)), most if split else largest)
        options = Batch(
            max_size=largest,
            split=split,
            max_execution_size=most,
            max_waiting=100,
            allowed_sizes=allowed if ahead else (),
        )
        batched = Batched(model, options, Slots(slots))
        start, requests, expected = 0, [], []
        for size in sizes:
            values = list(range(start, start + size))
            requests.append(Request({"x": Tensor("FP32", np.array(values, np.float32))}, DEFAULT))
            expected.append([2.0 * value + 1 for value in values])
            start += size
        assert await answers(batched, *requests) == expected
        assert all(len(batch) <= options.largest for batch in model.batches)

    run(converse())


REFUSED = [
    (ask(*range(5)), BadInput, "Task size 5 is larger than maximum input batch size 4"),
    (
        Request({"x": Tensor("FP32", np.array(1, np.float32))}, DEFAULT),
        BadInput,
        "Batching Run() input tensors must have at least one dimension",
    ),
    (
        Request({"x": Tensor("FP32", np.ones(1)), "z": Tensor("FP32", np.ones(2))}, DEFAULT),
        BadInput,
        "Batching Run() input tensors must have equal 0th-dimension size",
    ),
]


@pytest.mark.parametrize(("request_", "kind", "text"), REFUSED, ids=["too large", "scalar", "unequal"])
def test_a_request_that_cannot_be_batched_is_refused(request_: Request, kind: type[Exception], text: str):
    async def converse() -> None:
        (fault,) = await answers(Batch(max_size=4)(Model()), request_)
        assert isinstance(fault, kind)
        assert str(fault) == text

    run(converse())


def test_a_full_queue_refuses_and_says_how_full_it_is():
    async def converse() -> None:
        model = Model()
        model.go.clear()
        batched = Batch(max_size=1, max_waiting=2)(model)
        running = asyncio.ensure_future(answers(batched, ask(1)))
        await model.asked.wait()
        waiting = asyncio.ensure_future(answers(batched, ask(2), ask(3)))
        await asyncio.sleep(0)
        (fault,) = await answers(batched, ask(4))
        assert isinstance(fault, Unavailable)
        assert str(fault) == (
            "The batch scheduling queue to which this task was submitted is full; currently 2 batches enqueued and "
            "max_enqueued_batches is 2"
        )
        model.go.set()
        assert await running == [[3]]
        assert await waiting == [[5], [7]]

    run(converse())


def test_what_waited_beyond_its_deadline_is_not_run():
    async def converse() -> None:
        model = Model()
        model.go.clear()
        batched = Batch(max_size=2)(model)
        running = asyncio.ensure_future(answers(batched, ask(1)))
        await model.asked.wait()
        waiting = asyncio.ensure_future(answers(batched, ask(2, deadline=time.monotonic() - 1), ask(3)))
        await asyncio.sleep(0)
        model.go.set()
        await running
        late, fine = await waiting
        assert isinstance(late, Full)
        assert str(late) == "Run() timeout exceeded while waiting in batching queue"
        assert fine == [7]
        assert model.batches == [[1], [3]]

    run(converse())


def test_an_answer_without_rows_is_a_fault():
    class Summing(Model):
        async def __call__(self, request: Request) -> Response:
            return Response({"y": Tensor("FP32", request.tensors["x"].array.sum())})

    async def converse() -> None:
        (fault,) = await answers(Batch()(Summing()), ask(1, 2))
        assert isinstance(fault, Precondition)
        assert str(fault) == "Batched output tensor has 0 dimensions"

    run(converse())


def test_an_answer_with_other_rows_than_were_asked_is_a_fault():
    async def converse() -> None:
        model = Model()
        model.drops = 1
        (fault,) = await answers(Batch()(model), ask(1, 2))
        assert isinstance(fault, Precondition)
        assert str(fault).startswith("Batched output tensor's 0th dimension does not equal the sum of")

    run(converse())


def test_one_bad_request_fails_alone():
    async def converse() -> None:
        model = Model()
        model.poison = 2
        first, bad, last = await answers(Batch()(model), ask(1), ask(2), ask(3))
        assert (first, last) == ([3], [7])
        assert isinstance(bad, BadInput)
        assert str(bad) == "2 is poison"

    run(converse())


def test_when_all_who_wait_have_left_the_batch_stops():
    async def converse() -> None:
        model = Model()
        model.go.clear()
        batched = Batch()(model)
        calls = [asyncio.ensure_future(batched(ask(value))) for value in (1.0, 2.0)]
        await model.asked.wait()
        calls[0].cancel()
        await asyncio.sleep(0)
        assert not model.left.is_set()
        calls[1].cancel()
        await asyncio.wait(calls)
        await model.left.wait()
        model.go.set()
        assert await answers(batched, ask(3)) == [[7]]

    run(converse())


def test_models_that_share_slots_take_turns():
    async def converse() -> None:
        slots = Slots(1)
        one, two = Model(), Model()
        order: list[str] = []
        batched = {
            name: Batched(model, Batch(max_size=1), slots, lambda done, name=name: order.append(name))  # type: ignore[misc]
            for name, model in (("one", one), ("two", two))
        }
        await asyncio.gather(
            answers(batched["one"], ask(1), ask(2), ask(3)), answers(batched["two"], ask(1), ask(2), ask(3))
        )
        assert order == ["one", "two"] * 3

    run(converse())


def test_what_was_run_is_told():
    async def converse() -> None:
        told: list[Processed] = []
        await answers(Batched(Model(), Batch(allowed_sizes=(4, 1000)), Slots(1), told.append), ask(1), ask(2, 3))
        (batch,) = told
        assert (batch.rows, batch.size) == ((1, 2), 4)
        assert all(0 <= wait < 20 for wait in batch.waits_s)

    run(converse())


def test_a_signature_without_rows_is_not_batched():
    async def converse() -> None:
        model = Model(batched=False)
        assert await answers(Batch()(model), ask(1), ask(2)) == [[3], [5]]
        assert model.batches == [[1], [2]]

    run(converse())


def test_closing_refuses_what_waits_and_closes_what_it_wraps():
    async def converse() -> None:
        model = Model()
        batched = Batch(timeout_s=60)(model)
        waiting = asyncio.ensure_future(batched(ask(1)))
        await asyncio.sleep(0)
        await batched.aclose()
        with pytest.raises(Unavailable):
            await waiting
        assert model.closed

    run(converse())


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"max_size": 8, "allowed_sizes": (2, 4)}, "Last entry in allowed_batch_sizes must match max_batch_size"),
        ({"allowed_sizes": (4, 2)}, "ascend"),
        ({"max_size": 2, "split": True, "max_execution_size": 3}, "max_execution_size"),
        ({"max_size": 0}, "max_size"),
    ],
)
def test_options_that_contradict_themselves_are_refused(options: dict[str, Any], text: str):
    with pytest.raises(BadInput, match=text):
        Batch(**options)
