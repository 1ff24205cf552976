"""Requests to a model that judges each row by itself: a batch must answer each as it would have been answered alone."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loose_model import SIGNATURE, LooseModel

from salver.core.errors import BadInput
from salver.core.loose import column
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT
from salver.core.tensor import Tensor, objects
from salver.layers.batch import Batch, Batched
from salver.layers.batch_slots import Slots
from salver.layers.offload import Offload

ALL = Batch(timeout_s=0.001)


def ask(*, outputs: tuple[str, ...] = (), row_errors: bool = False, **columns: list[Any]) -> Request:
    tensors = {name: column(values, SIGNATURE.inputs[name].dtype) for name, values in columns.items()}
    return Request(tensors, DEFAULT, outputs=outputs, params={"row_errors": True} if row_errors else {})


def answers(requests: list[Request], options: Batch = ALL) -> tuple[list[Response | BaseException], LooseModel]:
    """What is answered to requests that come at the same time, and the model that was asked."""
    model = LooseModel()

    async def conversation() -> list[Response | BaseException]:
        batched = Batched(Offload(max_inline_s=1)(model), options, Slots(1))
        try:
            return await asyncio.wait_for(asyncio.gather(*map(batched, requests), return_exceptions=True), 5)
        finally:
            await batched.aclose()

    return asyncio.run(conversation()), model


def told(response: Response | BaseException) -> Any:
    if isinstance(response, BaseException):
        return str(response)
    return {
        name: (tensor.dtype, [None if value != value else value for value in tensor.array.tolist()])
        for name, tensor in response.tensors.items()
        if name != "seen"
    }


def alone(request: Request) -> Any:
    try:
        return told(LooseModel()(request))
    except BadInput as fault:
        return str(fault)


COLUMNS = st.fixed_dictionaries(
    {},
    optional={
        "age": st.lists(st.none() | st.integers(0, 120) | st.just("7"), min_size=2, max_size=2),
        "income": st.lists(st.none() | st.floats(0, 9) | st.just(True), min_size=2, max_size=2),
        "colour": st.lists(st.none() | st.sampled_from(["red", "pink"]), min_size=2, max_size=2),
        "flag": st.lists(st.none() | st.booleans(), min_size=2, max_size=2),
    },
)
REQUESTS = st.builds(
    lambda columns, row_errors, outputs: ask(row_errors=row_errors, outputs=outputs, **columns),
    COLUMNS.filter(bool),
    st.booleans(),
    st.sampled_from([(), ("years",), ("_error",)]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(REQUESTS, min_size=1, max_size=4), st.sampled_from([ALL, Batch(max_size=4, allowed_sizes=(3, 4))]))
def test_a_batch_answers_each_as_if_it_were_alone(requests: list[Request], options: Batch) -> None:
    for response, request in zip(answers(requests, options)[0], requests, strict=True):
        wanted = alone(request)
        given_back = told(response)
        if isinstance(given_back, dict) and "_error" in request.outputs:
            # Whoever asks for the reasons gets them, all empty, where a neighbour has one.
            given_back = {name: column for name, column in given_back.items() if any(column[1]) or name in wanted}
        assert given_back == wanted


def test_inputs_left_out_and_widths_of_numbers_share_a_batch() -> None:
    requests = [ask(age=[1, 2]), ask(income=[1.5]), ask(age=[None], income=[2], colour=["red"])]
    responses, model = answers(requests)
    assert len(model.calls) == 1
    assert [len(tensor.array) for tensor in model.calls[0].tensors.values()] == [4, 4, 4]
    assert [alone(request) for request in requests] == list(map(told, responses))


@pytest.mark.parametrize(
    "other",
    [ask(age=["1"]), ask(age=[2], row_errors=True), ask(age=[2], outputs=("years",))],
    ids=["values of another kind", "another fate of refused rows", "other outputs"],
)
def test_what_differs_in_kind_is_kept_apart(other: Request) -> None:
    _, model = answers([ask(age=[1]), other])
    assert len(model.calls) == 2


def test_one_refused_row_refuses_its_own_request_only() -> None:
    (bad, good), _ = answers([ask(colour=["red", "pink"]), ask(colour=["blue"])])
    assert str(bad) == "row 1: colour is 'pink', which is no colour"
    assert told(good)["label"] == ("BYTES", ["BLUE"])


def test_a_request_spread_over_batches_comes_back_whole() -> None:
    request = ask(age=[1, None, 3, 4, 5], colour=["red", "red", "red", "red", "pink"], row_errors=True)
    (response,), model = answers([request], Batch(max_size=10, max_execution_size=2, split=True))
    assert len(model.calls) == 3
    assert told(response) == alone(request)


def test_loose_answers_without_rows() -> None:
    empty = Request({"age": Tensor("INT64", np.empty(0, np.int64)), "colour": Tensor("BYTES", objects([]))}, DEFAULT)
    (response,), _ = answers([empty])
    assert told(response)["years"] == ("INT64", [])
