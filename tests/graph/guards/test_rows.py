from __future__ import annotations

import math

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.core.tensor import Tensor
from salver.graph.guards.rows import Rows


def matrix(values: object, *names: str, dtype: str | None = None) -> dict[str, Tensor]:
    tensor = Tensor.of(values, dtype)
    return {"data": Tensor(tensor.dtype, tensor.array, names)}


def columns(**values: object) -> dict[str, Tensor]:
    return {name: Tensor.of(value) for name, value in values.items()}


def test_a_matrix_is_taken_as_it_is() -> None:
    found = Rows("g").numbers(matrix([[1, 2], [3, 4]]))
    assert found.dtype == np.float64
    assert found.tolist() == [[1, 2], [3, 4]]


def test_columns_are_laid_side_by_side() -> None:
    assert Rows("g").numbers(columns(a=[1, 2], b=[0.5, 1.5])).tolist() == [[1, 0.5], [2, 1.5]]


def test_the_only_matrix_is_taken_whatever_else_is_there() -> None:
    tensors = matrix([[1.0, 2.0]]) | columns(ids=["x"])
    assert Rows("g").numbers(tensors).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("wanted", "found"), [(("b", "a"), [[2, 1]]), (("1",), [[2]]), (("c", "0"), [[3, 1]]), (("2", "2"), [[3, 3]])]
)
def test_columns_are_picked_by_name_or_number(wanted: tuple[str, ...], found: list[list[int]]) -> None:
    assert Rows("g", wanted).numbers(matrix([[1, 2, 3]], "a", "b", "c")).tolist() == found
    assert Rows("g", wanted).numbers(columns(a=[1], b=[2], c=[3])).tolist() == found


def test_a_name_that_looks_like_a_number_is_a_name_first() -> None:
    assert Rows("g", ("1",)).numbers(matrix([[10, 20]], "1", "0")).tolist() == [[10]]


def test_settled_rows_keep_their_order_by_name() -> None:
    rows = Rows("g")
    rows.numbers(columns(a=[1], b=[2]))
    rows.settle()
    assert rows.numbers(columns(b=[2], extra=[9], a=[1])).tolist() == [[1, 2]]
    assert rows.numbers(matrix([[5, 6]])).tolist() == [[5, 6]]
    assert [rows.label(0), rows.label(1)] == ["a", "b"]


def test_columns_without_names_are_called_by_number() -> None:
    rows = Rows("g")
    rows.numbers(matrix([[5, 6]]))
    assert rows.label(1) == "1"


def test_unsettled_rows_follow_the_last_request() -> None:
    rows = Rows("g")
    assert rows.numbers(matrix([[1, 2, 3]])).shape == (1, 3)
    assert rows.numbers(columns(b=[2], a=[1])).tolist() == [[2, 1]]
    assert rows.columns == (("b", "a"), 2)


def test_missing_values_become_nan_and_flags_numbers() -> None:
    tensors = {"data": Tensor("JSON", np.array([[1, None], [2.5, True]], dtype=object))}
    found = Rows("g").numbers(tensors)
    assert found[1].tolist() == [2.5, 1]
    assert math.isnan(found[0, 1])


def test_raw_bfloat16_is_read_as_what_it_means() -> None:
    assert Rows("g").numbers(matrix([[1.5, -2.0]], dtype="BF16")).tolist() == [[1.5, -2]]


def test_settled_rows_refuse_another_width() -> None:
    rows = Rows("outliers")
    rows.numbers(matrix([[1, 2]]))
    rows.settle()
    with pytest.raises(BadInput, match="guard 'outliers' wants 2 columns, got 3"):
        rows.numbers(matrix([[1, 2, 3]]))
    assert rows.numbers(matrix([[1, 2]])).tolist() == [[1, 2]]


@pytest.mark.parametrize("names", [(), tuple(map(str, range(2000)))])
def test_a_refused_width_leaves_no_trace(names: tuple[str, ...]) -> None:
    rows = Rows("g")
    rows.numbers(columns(a=[1], b=[2]))
    with pytest.raises(BadInput, match="wants 1024 columns, got 2000"):
        rows.numbers(matrix(np.zeros((1, 2000)), *names))
    assert rows.columns == (("a", "b"), 2)


def test_columns_of_one_name_are_told_apart_by_number() -> None:
    rows = Rows("g")
    for _ in range(2):
        assert rows.numbers(matrix([[1, 2]], "a", "a")).tolist() == [[1, 2]]
        rows.settle()
    assert Rows("g", ("a", "b")).numbers(matrix([[1, 2, 3]], "a", "a", "b")).tolist() == [[1, 3]]


@pytest.mark.parametrize(
    ("wanted", "tensors", "reason"),
    [
        (("x",), matrix([[1, 2]], "a", "b"), "wants column 'x'; the request's are 'a', 'b'"),
        (("7",), matrix([[1, 2]]), "wants column '7'; the request's are numbered 0 to 1"),
        ((), columns(a=[1, 2], b=[1]), r"columns \[n\] of one length, got 'a' \[2\], 'b' \[1\]"),
        ((), {}, "got nothing"),
        ((), {"x": Tensor.of(np.zeros((1, 2, 3)))}, r"got 'x' \[1, 2, 3\]"),
        ((), {"x": Tensor.of(3.0)}, r"got 'x' \[\]"),
        ((), matrix(np.zeros((2, 0))), "at least one column"),
        ((), matrix(np.zeros((1, 2000))), "wants 1024 columns, got 2000"),
        ((), matrix([["a", "b"]]), "wants numbers: got str 'a'"),
        ((), {"x": Tensor("JSON", np.array([10**400], dtype=object))}, "wants numbers: int too large"),
    ],
)
def test_what_has_no_rows_is_refused(wanted: tuple[str, ...], tensors: dict[str, Tensor], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        Rows("g", wanted).numbers(tensors)


def test_categories_are_texts_whatever_they_came_as() -> None:
    tensors = {
        "home": Tensor("BYTES", np.array(["own", b"rent", None], dtype=object)),
        "kind": Tensor.of(np.array([1, 2, 3], np.int64)),
        "share": Tensor.of(np.array([9.4, np.nan, 2.0], np.float32)),
        "good": Tensor.of(np.array([True, False, True])),
    }
    assert Rows("g").categories(tensors).tolist() == [
        ["own", "1", "9.4", "True"],
        ["rent", "2", None, "False"],
        [None, "3", "2", "True"],
    ]


def test_categories_of_raw_bfloat16_are_what_it_means() -> None:
    tensors = matrix([[1.5, -2.0]], dtype="BF16")
    assert Rows("g").categories(tensors).tolist() == [["1.5", "-2"]]
    column = {"x": Tensor("BF16", tensors["data"].array[0])}
    assert Rows("g").categories(column).tolist() == [["1.5"], ["-2"]]


def test_a_mixed_matrix_has_categories_too() -> None:
    tensors = {"data": Tensor("JSON", np.array([[1, "a"], ["1.0", None]], dtype=object), ("n", "t"))}
    assert Rows("g", ("t", "n")).categories(tensors).tolist() == [["a", "1"], [None, "1"]]


def test_no_rows_are_no_rows() -> None:
    assert Rows("g").numbers(columns(a=[], b=[])).shape == (0, 2)
    assert Rows("g").categories({"a": Tensor("BYTES", np.empty(0, object))}).shape == (0, 1)
