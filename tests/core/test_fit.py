from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import BadInput
from salver.core.fit import fit, side_by_side
from salver.core.signature import Signature
from salver.core.tensor import Tensor, TensorSpec, objects


def signature(**inputs: TensorSpec) -> Signature:
    return Signature(inputs, {})


MATRIX = signature(x=TensorSpec("FP32", (-1, 3)))
COLUMNS = signature(a=TensorSpec("FP64", (-1,)), b=TensorSpec("INT64", (-1,)))


def data(values: object, dtype: str | None = None, names: tuple[str, ...] = ()) -> dict[str, Tensor]:
    tensor = Tensor.of(values, dtype)
    return {"data": Tensor(tensor.dtype, tensor.array, names)}


def test_one_tensor_is_the_one_input_whatever_its_name():
    (name, tensor) = next(iter(fit(data([[1, 2, 3]]), MATRIX).items()))
    assert (name, tensor.dtype) == ("x", "FP32")
    assert tensor.array.tolist() == [[1.0, 2.0, 3.0]]


def test_a_lone_row_becomes_rows():
    assert fit(data([1.0, 2.0, 3.0]), MATRIX)["x"].array.shape == (1, 3)


def test_the_columns_of_a_matrix_become_inputs_by_name_in_whatever_order():
    fitted = fit(data([[1.0, 2.5], [3.0, 4.5]], names=("b", "a")), COLUMNS)
    assert fitted["a"].array.tolist() == [2.5, 4.5]
    assert (fitted["b"].dtype, fitted["b"].array.tolist()) == ("INT64", [1, 3])


def test_without_names_columns_are_taken_in_order():
    fitted = fit(data([[0.5, 2.0]]), COLUMNS)
    assert (fitted["a"].array.tolist(), fitted["b"].array.tolist()) == ([0.5], [2])


def test_columns_become_the_matrix_that_a_model_wants():
    came = {name: Tensor.of([index, 10.0 + index], "FP64") for index, name in enumerate("pqr")}
    assert fit(came, MATRIX)["x"].array.tolist() == [[0, 1, 2], [10, 11, 12]]


def test_tensors_that_the_signature_does_not_know_are_left_out_where_all_others_are_there():
    came = {"a": Tensor.of([1.5]), "b": Tensor.of([2]), "note": Tensor.of(["x"])}
    assert list(fit(came, COLUMNS)) == ["a", "b"]


def test_an_object_in_json_has_the_inputs_by_name():
    (value,) = objects([{"a": [1, 2], "b": [3, 4]}])
    array = np.empty((), object)
    array[()] = value
    fitted = fit({"jsonData": Tensor("JSON", array)}, COLUMNS)
    assert fitted["a"].array.tolist() == [1.0, 2.0]
    assert fitted["b"].array.tolist() == [3, 4]


def test_an_open_signature_takes_what_comes():
    came = data([["a"]])
    assert fit(came, Signature({}, {}, open=True)) is came


@pytest.mark.parametrize(
    ("came", "message"),
    [
        (data([["a", "b", "c"]]), "input 'x': values are BYTES, wanted FP32"),
        ({}, r"wanted 'x' FP32\[-1, 3\]; got nothing"),
    ],
)
def test_what_cannot_be_meant_is_refused(came, message):
    with pytest.raises(BadInput, match=message):
        fit(came, MATRIX)


def test_fractions_are_no_integers():
    with pytest.raises(BadInput, match="input 'b': values are FP64, wanted INT64"):
        fit(data([[0.5, 2.5]]), COLUMNS)


def test_a_matrix_with_too_many_columns_is_refused_with_both_counts():
    with pytest.raises(BadInput, match=r"wanted 'a' FP64\[-1\], 'b' INT64\[-1\]; got FP64\[1, 3\]"):
        fit(data([[1.0, 2.0, 3.0]]), COLUMNS)


def test_rows_that_differ_in_number_do_not_go_side_by_side():
    with pytest.raises(BadInput, match="'b' has 2 rows, the tensors before it have 1"):
        side_by_side({"a": Tensor.of([1.0]), "b": Tensor.of([1.0, 2.0])})


def test_side_by_side_names_each_column_for_its_tensor():
    joined = side_by_side({"quality": Tensor.of([5]), "p": Tensor.of([[0.25, 0.75]])})
    assert (joined.array.tolist(), joined.names) == ([[5.0, 0.25, 0.75]], ("quality", "p:0", "p:1"))


@given(st.integers(1, 4).flatmap(lambda k: st.lists(st.lists(st.integers(-9, 9), min_size=k, max_size=k), min_size=1)))
def test_columns_and_the_matrix_of_them_are_the_same(rows):
    matrix = np.array(rows, np.float64)
    names = tuple(f"c{index}" for index in range(matrix.shape[1]))
    wanted = signature(**{name: TensorSpec("FP64", (-1,)) for name in names})
    columns = fit({"data": Tensor("FP64", matrix, names)}, wanted)
    assert np.array_equal(side_by_side(columns).array, matrix)
