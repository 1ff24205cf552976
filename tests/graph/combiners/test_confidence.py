"""Confidence is between 0 and 1, and each measure is what its formula says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from salver.core.errors import BadInput
from salver.core.tensor import Tensor, narrow
from salver.graph.confidence import Confidence, Measure

ROWS = [[0.7, 0.2, 0.1], [0.4, 0.35, 0.25]]


def test_the_highest_probability_of_the_least_sure_row():
    assert Confidence()({"p": Tensor.of(ROWS)}) == 0.4


def test_the_margin_is_how_far_the_second_is_behind():
    assert Confidence(measure="margin")({"p": Tensor.of(ROWS)}) == pytest.approx(0.05)


def test_entropy_is_that_of_shannon_as_a_share_of_the_greatest():
    shannon = [-sum(p * math.log2(p) for p in row) for row in ROWS]
    assert Confidence(measure="entropy")({"p": Tensor.of(ROWS)}) == pytest.approx(1 - max(shannon) / math.log2(3))


@pytest.mark.parametrize(("row", "wanted"), [([1.0, 0.0, 0.0], 1.0), ([1 / 3] * 3, 0.0)])
def test_entropy_goes_from_certain_to_evenly_unsure(row: list[float], wanted: float):
    assert Confidence(measure="entropy")({"p": Tensor.of([row])}) == pytest.approx(wanted, abs=1e-12)


def test_softmax_makes_probabilities_of_scores():
    powers = [math.exp(score) for score in (2.0, 1.0, -1.0)]
    found = Confidence(softmax=True)({"p": Tensor.of([[2.0, 1.0, -1.0]])})
    assert found == pytest.approx(powers[0] / sum(powers))
    assert Confidence(softmax=True)({"p": Tensor.of([[1000.0, 0.0]])}) == pytest.approx(1.0)


@pytest.mark.parametrize(("dtype", "row"), [("UINT8", [3, 5]), ("UINT64", [3, 5]), ("INT8", [-128, 127])])
def test_softmax_of_integers_does_not_wrap(dtype: str, row: list[int]):
    found = Confidence(softmax=True)({"p": Tensor.of([row], dtype)})
    assert found == pytest.approx(1 / (1 + math.exp(row[0] - row[1])))


def test_the_margin_of_integers_does_not_wrap():
    assert Confidence(measure="margin")({"p": Tensor.of([[-128, 127]], "INT8")}) == 1.0


@given(
    rows=arrays.arrays(np.float64, arrays.array_shapes(min_dims=1, max_dims=2, max_side=4)),
    measure=st.sampled_from(["highest", "margin", "entropy"]),
    softmax=st.booleans(),
)
def test_whatever_comes_it_is_between_0_and_1_or_nan(rows: Any, measure: Measure, softmax: bool):
    found = Confidence(measure=measure, softmax=softmax)({"p": Tensor("FP64", rows)})
    assert math.isnan(found) or 0 <= found <= 1
    if np.isnan(rows).any() and not softmax and measure == "highest":
        assert math.isnan(found)


def test_one_column_is_a_probability_itself():
    for measure in ("highest", "margin", "entropy"):
        assert Confidence(measure=measure)({"p": Tensor.of([[0.8]])}) == 0.8


def test_bfloat_is_read_as_numbers():
    assert Confidence()({"p": Tensor("BF16", narrow(np.array([[0.75, 0.25]])))}) == 0.75


def test_no_rows_are_not_sure():
    assert Confidence()({"p": Tensor("FP64", np.empty((0, 3)))}) == 0.0


@pytest.mark.parametrize(
    ("options", "tensors", "told"),
    [
        ({}, {"p": Tensor.of([1.0]), "q": Tensor.of([1.0])}, "which one of p, q?"),
        ({"of": "r"}, {"p": Tensor.of([1.0])}, "there is no output 'r'; there are p"),
        ({}, {"p": Tensor.of(["a"])}, "output 'p' must hold probabilities"),
        ({}, {"p": Tensor.of([[[1.0]]])}, "output 'p' must hold probabilities"),
    ],
)
def test_what_has_no_probabilities_is_refused(options: dict[str, Any], tensors: dict[str, Tensor], told: str):
    with pytest.raises(BadInput) as refused:
        Confidence(**options)(tensors)
    assert told in refused.value.message
