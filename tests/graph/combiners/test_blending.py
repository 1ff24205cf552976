"""Average, weighted mean and median are NumPy's; what does not go together is refused as by Seldon's engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from salver.core.errors import BadInput, GraphFault
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor, narrow, widen
from salver.graph.combiners.average import Average
from salver.graph.combiners.median import Median
from salver.graph.combiners.weighted import Weighted

ASKED = Request({})
THREE = ("a", "b", "c")


def answer(values: Any, dtype: str | None = None, **others: Any) -> Response:
    return Response({"data": Tensor.of(values, dtype), **{name: Tensor.of(one) for name, one in others.items()}})


def combined(options: Any, *answers: Response | None) -> Response:
    made = options(children=THREE[: len(answers)], name="blend").combine(answers, ASKED)
    assert isinstance(made, Response)
    return made


shapes = arrays.array_shapes(min_dims=1, max_dims=4, max_side=3)
three_arrays = shapes.flatmap(
    lambda shape: st.lists(arrays.arrays(np.float64, shape, elements=st.floats(-1e6, 1e6)), min_size=3, max_size=3)
)


@settings(max_examples=40)
@given(parts=three_arrays)
def test_any_rank_is_averaged_number_by_number(parts: list[Any]):
    answers = [answer(part) for part in parts]
    for options, wanted in (
        (Average(), np.mean(parts, axis=0)),
        (Weighted(weights=(0.5, 0.3, 0.2)), np.average(parts, axis=0, weights=[0.5, 0.3, 0.2])),
        (Median(), np.median(parts, axis=0)),
    ):
        np.testing.assert_allclose(combined(options, *answers).tensors["data"].array, wanted, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("dtype", ["FP16", "FP32", "FP64"])
def test_floats_keep_their_dtype(dtype: str):
    made = combined(Average(), answer([[1.0, 2.0]], dtype), answer([[2.0, 4.0]], dtype)).tensors["data"]
    assert (made.dtype, made.to_list()) == (dtype, [[1.5, 3.0]])


def test_bfloat_is_averaged_as_numbers():
    parts = [Response({"data": Tensor("BF16", narrow(np.array([[1.0, 3.0]]) * k))}) for k in (1, 2)]
    made = combined(Average(), *parts).tensors["data"]
    assert (made.dtype, widen(made.array).tolist()) == ("BF16", [[1.5, 4.5]])


def test_halves_do_not_overflow_on_the_way():
    assert combined(Average(), answer([60000.0], "FP16"), answer([60000.0], "FP16")).tensors["data"].to_list() == [
        60000
    ]


def test_integers_and_mixed_floats_become_doubles():
    made = combined(Average(), answer([[1]]), answer([[2]])).tensors["data"]
    assert (made.dtype, made.to_list()) == ("FP64", [[1.5]])
    assert combined(Average(), answer([1.0], "FP32"), answer([2.0], "FP64")).tensors["data"].dtype == "FP64"


def test_infinity_less_infinity_is_nan_without_a_warning():
    made = combined(Average(), answer([np.inf, 1.0]), answer([-np.inf, 1.0])).tensors["data"].array
    np.testing.assert_array_equal(made, [np.nan, 1.0])
    assert np.isnan(combined(Median(), answer([np.nan]), answer([1.0])).tensors["data"].array[0])


def test_names_and_params_are_those_of_the_first():
    first = Response({"data": Tensor("FP64", np.ones((1, 2)), ("x", "y"))}, {"k": 1})
    second = Response({"data": Tensor("FP64", np.ones((1, 2)), ("p", "q"))}, {"k": 2})
    made = combined(Average(), first, second)
    assert (made.tensors["data"].names, made.params) == (("x", "y"), {"k": 1})


def test_several_outputs_are_matched_by_name():
    other = Response({"y": Tensor.of([4.0]), "data": Tensor.of([[3.0]])})
    made = combined(Average(), answer([[1.0]], y=[2.0]), other)
    assert {name: tensor.to_list() for name, tensor in made.tensors.items()} == {"data": [[2.0]], "y": [3.0]}


def test_lone_outputs_go_together_whatever_they_are_called():
    made = combined(Average(), Response({"p": Tensor.of([1.0])}), Response({"q": Tensor.of([2.0])}))
    assert made.tensors["p"].to_list() == [1.5]


def test_only_the_outputs_named_are_averaged():
    answers = [answer([[1.0]], label=["a"]), answer([[3.0]], label=["b"])]
    assert list(combined(Average(outputs=("data",)), *answers).tensors) == ["data"]


REFUSED = [
    (answer([[1.0]]), "child 'b': output 'data' must have the shape [1, 2] of child 'a', got [1, 1]"),
    (answer([1.0, 2.0]), "child 'b': output 'data' must have the shape [1, 2] of child 'a', got [2]"),
    (answer([["a", "b"]]), "child 'b': output 'data' must be numbers, got Tensor(BYTES, [1, 2])"),
    (answer([[True, False]]), "child 'b': output 'data' must be numbers, got Tensor(BOOL, [1, 2])"),
    (
        Response({"p": Tensor.of([1.0]), "q": Tensor.of([1.0])}),
        "child 'b' has no output 'data'; it has p, q",
    ),
]


@pytest.mark.parametrize(("second", "told"), REFUSED, ids=[told for _, told in REFUSED])
def test_answers_that_do_not_go_together_are_refused_with_seldons_code(second: Response, told: str):
    with pytest.raises(GraphFault) as refused:
        combined(Average(), answer([[1.0, 2.0]]), second)
    assert (refused.value.message, refused.value.code) == (told, 204)


def test_rank_0_is_refused():
    with pytest.raises(GraphFault, match="child 'a': output 'data' must have at least one axis, got"):
        combined(Average(), answer(1.0), answer(2.0))


def test_what_has_not_come_is_left_out_and_its_weight_given_to_the_others():
    answers = (answer([1.0]), None, answer([4.0]))
    assert combined(Average(), *answers).tensors["data"].to_list() == [2.5]
    made = combined(Weighted(weights={"c": 0.2, "b": 0.7, "a": 0.1}), *answers).tensors["data"].array
    np.testing.assert_allclose(made, [(0.1 * 1 + 0.2 * 4) / 0.3])


def test_a_child_of_no_weight_counts_for_nothing_even_if_it_is_nan():
    made = combined(Weighted(weights=(0.0, 1.0)), answer([np.nan]), answer([1.0]))
    assert made.tensors["data"].to_list() == [1.0]


def test_without_any_answer_or_weight_there_is_none():
    with pytest.raises(GraphFault, match="no child has answered"):
        combined(Average(), None, None)
    with pytest.raises(GraphFault, match="those that have answered have no weight: a"):
        combined(Weighted(weights=(0.0, 1.0)), answer([1.0]), None)


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ((), "weights must be 1 together, got 0"),
        ((0.5, 0.4), "weights must be 1 together, got 0.9"),
        ((1.5, -0.5), "weights must be 0 or more"),
        ((float("nan"), 1.0), "weights must be 0 or more"),
    ],
)
def test_weights_are_shares(weights: tuple[float, ...], told: str):
    with pytest.raises(BadInput, match=told):
        Weighted(weights=weights)


def test_weights_are_for_the_children_there_are():
    with pytest.raises(BadInput, match="weights must be 3, one for each child, got 2"):
        Weighted(weights=(0.5, 0.5))(children=THREE, name="blend")
    with pytest.raises(BadInput, match="weights must name the children a, b, c, got a, z"):
        Weighted(weights={"a": 0.5, "z": 0.5})(children=THREE, name="blend")
