"""Select, rename and compute columns, in both forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor, narrow
from salver.graph.transformers.computing import Expressions
from salver.graph.transformers.impute import Impute
from salver.graph.transformers.rename import Rename
from salver.graph.transformers.select import Select

NAMED = Tensor("FP32", np.array([[1, 2, 3], [4, 5, 6]], np.float32), ("a", "b", "c"))


def transformed(options: Any, **tensors: Tensor) -> dict[str, Tensor]:
    return dict(options(name="columns").transform(Request(tensors)).tensors)


def test_columns_are_selected_by_name_in_the_order_wanted():
    made = transformed(Select(("c", "a")), data=NAMED)["data"]
    assert (made.dtype, made.names, made.to_list()) == ("FP32", ("c", "a"), [[3, 1], [6, 4]])


def test_columns_without_names_are_selected_by_number():
    made = transformed(Select(("2", "0")), x=Tensor("FP32", NAMED.array))["x"]
    assert (made.names, made.to_list()) == ((), [[3, 1], [6, 4]])


def test_a_name_goes_before_a_number():
    assert transformed(Select(("0",)), x=Tensor("FP32", NAMED.array, ("1", "0", "2")))["x"].to_list() == [[2], [5]]


def test_of_several_tensors_those_named_go_on():
    made = transformed(Select(("y", "x")), x=Tensor.of([1]), z=Tensor.of([2]), y=Tensor.of(["a"]))
    assert list(made) == ["y", "x"]


def test_a_selection_is_found_anew_when_names_change():
    transformer = Select(("a",))(name="columns")
    for names, wanted in ((("a", "b", "c"), [[1], [4]]), (("c", "b", "a"), [[3], [6]])):
        request = Request({"x": Tensor("FP32", NAMED.array, names)})
        assert transformer.transform(request).tensors["x"].to_list() == wanted


@pytest.mark.parametrize("column", ["d", "3", "-1", "²", "9" * 30, "00000000005"])
def test_a_column_that_is_not_there_is_refused(column: str):
    with pytest.raises(BadInput, match=r"there is no column .*; there are a, b, c"):
        transformed(Select((column,)), data=NAMED)


def test_no_rows_of_text_stay_text():
    made = transformed(Impute({"0": "x"}), x=Tensor("BYTES", np.empty((0, 2), object)))["x"]
    assert (made.dtype, made.array.shape) == ("BYTES", (0, 2))
    assert transformed(Impute(("x",)), x=Tensor("BYTES", np.empty(0, object)))["x"].dtype == "BYTES"


def test_no_rows_of_a_matrix_of_numbers_stay_numbers():
    empty = Tensor("FP32", np.empty((0, 1), np.float32), ("a",))
    made = transformed(Expressions({"s": "'x' if a > 1 else 'y'"}), data=empty)["data"]
    assert (made.dtype, made.array.shape) == ("FP32", (0, 2))


def test_tensors_and_columns_get_other_names():
    made = transformed(Rename(tensors={"data": "x"}, columns={"a": "b", "b": "a"}), data=NAMED, y=Tensor.of([1]))
    assert (list(made), made["x"].names) == (["x", "y"], ("b", "a", "c"))
    assert made["x"].array is NAMED.array


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (Rename(tensors={"z": "x"}), "there is no tensor 'z'; there are data, y"),
        (Rename(columns={"z": "x"}), "there is no column 'z'; there are a, b, c"),
        (Rename(tensors={"data": "y"}), "two tensors would be called 'y'"),
    ],
)
def test_names_that_are_not_there_or_twice_are_refused(options: Rename, told: str):
    with pytest.raises(BadInput, match=told):
        transformed(options, data=NAMED, y=Tensor.of([1]))


def test_renaming_is_refused_where_it_says_nothing_or_one_name_twice():
    with pytest.raises(BadInput, match="tensors must be renamed, or columns; got neither"):
        Rename()
    with pytest.raises(BadInput, match="columns must have names that differ, got x, x"):
        Rename(columns={"a": "x", "b": "x"})


def test_new_columns_of_a_matrix_are_added_in_its_dtype():
    made = transformed(Expressions({"sum": "a + b", "twice": "sum * 2", "a": "0", "big": "b > 2"}), data=NAMED)["data"]
    assert (made.dtype, made.names) == ("FP32", ("a", "b", "c", "sum", "twice", "big"))
    assert made.to_list() == [[0, 2, 3, 3, 6, 0], [0, 5, 6, 9, 18, 1]]


def test_new_columns_stand_beside_others():
    made = transformed(
        Expressions({"rate": "premium / sum", "kind": "'dear' if rate > 1 else 'cheap'", "one": "1"}),
        premium=Tensor.of([1.0, 8.0]),
        sum=Tensor.of([2, 2]),
        image=Tensor.of(np.zeros((2, 2, 2))),
    )
    assert made["rate"].to_list() == [0.5, 4.0]
    assert (made["kind"].dtype, made["kind"].to_list()) == ("BYTES", ["cheap", "dear"])
    assert made["one"].to_list() == [1, 1]
    assert made["image"].array.shape == (2, 2, 2)


def test_only_the_new_columns_may_go_on():
    made = transformed(Expressions({"s": "a + c"}, keep=False), data=NAMED)["data"]
    assert (made.names, made.to_list()) == (("s",), [[4], [10]])
    assert list(transformed(Expressions({"s": "x + 1"}, keep=False), x=Tensor.of([1]), y=Tensor.of([2]))) == ["s"]


def test_a_matrix_without_names_is_addressed_by_number():
    made = transformed(Expressions({"r": 'column("0") + data[1] + max(data)'}), data=Tensor("FP32", NAMED.array))[
        "data"
    ]
    assert (made.names, made.to_list()) == (("0", "1", "2", "r"), [[1, 2, 3, 6], [4, 5, 6, 15]])


def test_bfloat_is_computed_with_and_goes_on_as_singles():
    made = transformed(Expressions({"y": "column('0') * 2"}), x=Tensor("BF16", narrow(np.array([[1.5, 2.0]]))))["x"]
    assert (made.dtype, made.to_list()) == ("FP32", [[1.5, 2.0, 3.0]])


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"s": "a + z"}, "there is no 'z'; there are data, "),
        ({"s": "'x'"}, "column 's' is no number, and 'data' is a matrix of FP32"),
        ({"s": "data"}, "column 's' must have one value for each of 2 rows, got shape [2, 3]"),
    ],
)
def test_what_makes_no_column_is_refused(columns: dict[str, str], told: str):
    with pytest.raises(BadInput) as refused:
        transformed(Expressions(columns), data=NAMED)
    assert told in refused.value.message


def test_an_expression_that_is_not_allowed_is_refused_at_load():
    with pytest.raises(
        BadInput, match=r"^columns must be computed by expressions; 's': expression 'a.b\(\)', column 1"
    ):
        Expressions({"s": "a.b()"})
    with pytest.raises(BadInput, match="columns must be one at least"):
        Expressions({})


def test_more_rows_than_came_cannot_be_made():
    made = transformed(Expressions({"m": "mean(a)"}), data=NAMED)["data"]
    assert made.array[:, 3].tolist() == [2.5, 2.5]
