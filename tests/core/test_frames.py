from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from salver.core.errors import BadInput
from salver.core.frames import columns_of, frame_like, is_frame
from salver.core.tensor import TensorSpec

FP32 = TensorSpec("FP32", (-1,))
WIDE = TensorSpec("FP32", (-1, 3))


@pytest.fixture(params=[pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def frame(request):
    """Makes a frame of either library."""
    return request.param


def test_a_frame_is_known_by_what_it_is(frame):
    assert is_frame(frame({"a": [1]}))
    for value in ({"a": [1]}, [1], np.ones(3), pd.Series([1]), "DataFrame"):
        assert not is_frame(value)


def test_columns_by_name_in_any_order_with_others_between(frame):
    columns = columns_of(frame({"b": [1.5, 2.5], "z": ["x", "y"], "a": [1, 2]}), {"a": FP32, "b": FP32})
    assert list(columns) == ["a", "b"]
    assert columns["a"].tolist() == [1, 2]
    assert columns["b"].tolist() == [1.5, 2.5]


def test_columns_in_order_for_a_single_input(frame):
    columns = columns_of(frame({"x": [1.0, 4.0], "y": [2, 5], "z": [3.0, 6.0]}), {"features": WIDE})
    assert columns["features"].tolist() == [[1, 2, 3], [4, 5, 6]]


def test_names_of_a_pandas_frame_may_be_numbers():
    columns = columns_of(pd.DataFrame(np.arange(6.0).reshape(2, 3)), {"features": WIDE})
    assert columns["features"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert columns_of(pd.DataFrame(np.ones((2, 1))), {"0": FP32})["0"].tolist() == [1, 1]


def test_a_column_is_rows_of_one_where_rank_2_is_wanted(frame):
    columns = columns_of(frame({"a": [1.0, 2.0]}), {"a": TensorSpec("FP32", (-1, 1))})
    assert columns["a"].tolist() == [[1.0], [2.0]]


def test_cells_may_hold_lists(frame):
    columns = columns_of(frame({"a": [[1.0, 2.0], [3.0, 4.0]]}), {"a": TensorSpec("FP32", (-1, 2))})
    assert columns["a"].tolist() == [[1.0, 2.0], [3.0, 4.0]]
    with pytest.raises(BadInput, match="column 'a' holds lists of different lengths"):
        columns_of(frame({"a": [[1.0, 2.0], [3.0]]}), {"a": TensorSpec("FP32", (-1, 2))})


def test_missing_texts_are_none_and_missing_numbers_nan(frame):
    columns = columns_of(
        frame({"t": ["x", None], "n": [1.5, None]}), {"t": TensorSpec("BYTES", (-1,)), "n": TensorSpec("FP64", (-1,))}
    )
    assert columns["t"].tolist() == ["x", None]
    np.testing.assert_array_equal(columns["n"], [1.5, np.nan])


def test_missing_numbers_of_nullable_columns():
    frame = pd.DataFrame({"n": pd.array([1, None], dtype="Int64")})
    np.testing.assert_array_equal(columns_of(frame, {"n": FP32})["n"], [1, np.nan])
    frame = pd.DataFrame({"flag": pd.Series([True, None], dtype=object)})
    with pytest.raises(BadInput, match="column 'flag' has missing values, wanted BOOL"):
        columns_of(frame, {"flag": TensorSpec("BOOL", (-1,))})


def test_optional_inputs_may_be_absent(frame):
    assert list(columns_of(frame({"a": [1.0]}), {"a": FP32, "b": FP32}, {"b": None})) == ["a"]


def test_missing_columns_are_named(frame):
    with pytest.raises(BadInput, match=r"the frame has no column 'b'; its columns are \['a', 'c'\]"):
        columns_of(frame({"a": [1.0], "c": [1.0]}), {"a": FP32, "b": FP32})


def test_answers_come_as_a_frame_of_the_same_library(frame):
    asked = frame({"a": [1, 2]})
    arrays = {"y": np.array([1, 2]), "p": np.array([[0.25, 0.75], [0.5, 0.5]]), "t": np.array(["x", None], object)}
    answer = frame_like(asked, arrays)
    assert type(answer) is type(asked)
    assert list(answer.columns) == ["y", "p.0", "p.1", "t"]
    assert answer["p.1"].to_list() == [0.75, 0.5]
    assert answer["t"].to_list()[0] == "x"


def test_the_index_of_pandas_is_kept():
    asked = pd.DataFrame({"a": [1, 2]}, index=["u", "v"])
    assert frame_like(asked, {"y": np.array([1, 2])}).index.tolist() == ["u", "v"]


def test_what_is_not_one_a_row_comes_as_arrays(frame):
    asked = frame({"a": [1, 2]})
    for array in (np.array(3.0), np.arange(5)):
        answer = frame_like(asked, {"y": array})
        assert isinstance(answer, dict)
        assert answer["y"] is array


def test_an_empty_frame(frame):
    asked = frame({"a": np.empty(0)})
    assert columns_of(asked, {"a": FP32})["a"].shape == (0,)
    assert len(frame_like(asked, {"p": np.empty((0, 3))})) == 0
