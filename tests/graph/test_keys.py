"""Where a request's group is found, and what of it is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor, narrow, objects
from salver.graph.keys import MAX_LENGTH, Key, bounded


def asked(headers: tuple[tuple[bytes, bytes], ...] = (), **tensors: Tensor) -> Request:
    request = Request(tensors)
    request.headers = headers
    return request


def test_a_header_is_found_by_its_name_in_any_case():
    request = asked(headers=((b"host", b"x"), (b"x-user", "Zoë".encode())))
    assert Key(header="X-User").of(request) == "Zoë"
    assert Key(header="x-other").of(request) is None


@pytest.mark.parametrize(
    ("array", "dtype", "text"),
    [
        (np.array([3, 4]), "INT64", "3"),
        (np.array([[3.0], [4.0]]), "FP64", "3"),
        (np.array([0.1], np.float32), "FP32", "0.1"),
        (np.array([0.1]), "FP64", "0.1"),
        (narrow(np.array([1.5])), "BF16", "1.5"),
        (np.array(2.5), "FP64", "2.5"),
        (np.array([np.nan]), "FP64", None),
        (np.array([np.inf]), "FP64", "inf"),
        (np.array([True]), "BOOL", "true"),
        (objects([b"gold"]), "BYTES", "gold"),
        (objects(["gold", "tin"]), "BYTES", "gold"),
        (objects([None]), "BYTES", None),
        (objects([7.0]), "JSON", "7"),
        (objects([{"a": 1}]), "JSON", None),
        (np.empty((0, 3)), "FP64", None),
    ],
)
def test_a_field_is_the_first_value_of_the_input_of_that_name(array: Any, dtype: str, text: str | None):
    assert Key(field="segment").of(asked(segment=Tensor(dtype, array))) == text


def test_a_field_may_be_a_column_of_an_input_whose_columns_have_names():
    data = Tensor("FP64", np.array([[1.0, 2.0], [3.0, 4.0]]), ("age", "zone"))
    assert Key(field="zone").of(asked(data=data)) == "2"
    assert Key(field="size").of(asked(data=data)) is None
    flat = Tensor("FP64", np.array([1.0, 2.0]), ("age", "zone"))
    assert Key(field="zone").of(asked(data=flat)) == "2"


def test_names_that_do_not_fit_the_columns_name_nothing():
    data = Tensor("FP64", np.array([[1.0, 2.0, 3.0]]), ("age", "zone"))
    assert Key(field="zone").of(asked(data=data)) is None
    assert Key(field="zone").of(asked(data=Tensor("FP64", np.array(1.0), ("zone",)))) is None


@pytest.mark.parametrize("given_keys", [{}, {"header": "a", "field": "b"}])
def test_a_key_is_a_header_or_a_field(given_keys: dict[str, str]):
    with pytest.raises(BadInput, match=r"^header must be given, or field; got (both|neither)"):
        Key(**given_keys)


@given(st.text(max_size=300), st.text(max_size=300))
def test_long_values_stay_apart_and_short(one: str, other: str):
    assert len(bounded(one)) <= MAX_LENGTH
    assert (bounded(one) == bounded(other)) == (one == other)


def test_a_long_value_is_the_same_in_every_process():
    # As `b2sum -l 128` gives it for a hundred letters x.
    assert bounded("x" * 100) == "x" * 31 + "#422b600f4832a6fc772df18fba51fce1"
    assert bounded("x" * 64) == "x" * 64
