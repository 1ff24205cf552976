"""What X is follows Seldon's wrapper: what NumPy makes of the JSON values."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.core.errors import ToldBadInput
from salver.core.tensor import Tensor
from salver.opening.component import features
from salver.opening.component.answers import tensors_of, whole
from salver.opening.component.features import features_of, own, value_of
from salver.protocols.seldon.arrays import from_lists

CELLS = st.one_of(st.text(max_size=3), st.integers(-9, 9), st.floats(-9, 9), st.booleans(), st.none())


@pytest.mark.slow
@settings(max_examples=50)
@given(st.integers(1, 3).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1)))
def test_a_table_is_what_numpy_makes_of_it(rows: list[list[Any]]) -> None:
    wanted = np.array(rows)
    found = value_of(from_lists(rows, ""))
    assert found.dtype == wanted.dtype
    assert found.tolist() == wanted.tolist()
    assert found.flags.writeable


def test_ragged_rows_stay_objects() -> None:
    found = value_of(from_lists([[1, 2], [3]], ""))
    assert found.dtype == object
    assert found.tolist() == [[1, 2], [3]]


def test_text_that_would_take_too_much_memory_stays_objects() -> None:
    rows = ["a" * 1_000_000, *("b" for _ in range(1000))]
    found = value_of(from_lists(rows, ""))
    assert found.dtype == object
    assert found[1] == "b"


def test_bytes_in_an_array_stay_bytes() -> None:
    array = np.array([b"a\0", b"b"], dtype=object)
    assert value_of(Tensor("BYTES", array)).tolist() == [b"a\0", b"b"]


def test_bfloat16_comes_as_float32() -> None:
    found = value_of(Tensor("BF16", np.array([0x3FC0], np.uint16)))
    assert (found.dtype, found.tolist()) == (np.float32, [1.5])


@pytest.mark.parametrize("value", ["text", b"bytes", {"a": [1]}, [1, "x"], None, 1.5])
def test_what_is_sent_whole_comes_whole(value: Any) -> None:
    dtype = "BYTES" if isinstance(value, (str, bytes)) else "JSON"
    assert features_of({"any": whole(dtype, value)}) == (value, [])


def test_columns_of_numbers_stand_side_by_side() -> None:
    tensors = {
        "age": Tensor("INT64", np.array([30, 40])),
        "scores": Tensor("FP32", np.array([[0.5, 1.5], [2.5, 3.5]], np.float32)),
    }
    matrix, names = features_of(tensors)
    assert matrix.tolist() == [[30, 0.5, 1.5], [40, 2.5, 3.5]]
    assert names == ["age", "scores:0", "scores:1"]


def test_columns_that_are_not_all_numbers_are_a_dict() -> None:
    tensors = {"age": Tensor("INT64", np.array([30])), "name": Tensor("BYTES", np.array(["Ann"], dtype=object))}
    assert features_of(tensors) == ({"age": [30], "name": ["Ann"]}, [])


def test_no_tensor_is_an_empty_array() -> None:
    features, names = features_of({})
    assert (features.shape, names) == ((0,), [])


def test_a_copy_shares_nothing() -> None:
    value = {"a": [{"b": [1]}], "c": 2}
    copy = own(value)
    copy["a"][0]["b"].append(3)
    assert value == {"a": [{"b": [1]}], "c": 2}


@pytest.mark.parametrize(
    ("data", "kind", "dtype", "value"),
    [
        (np.array([[1.5]], ">f4"), "data", "FP32", [[1.5]]),
        (np.array([1], np.uint8), "data", "UINT8", [1]),
        (np.array(["a"]), "data", "BYTES", ["a"]),
        (np.array([b"a"]), "data", "BYTES", [b"a"]),
        (np.array(["a", None], object), "data", "BYTES", ["a", None]),
        (np.array(["a", 1], object), "data", "JSON", ["a", 1]),
        ([[1, 2]], "data", "INT64", [[1, 2]]),
        ([["a", 1]], "data", "JSON", [["a", 1]]),
        ([{"a": 1}], "data", "JSON", [{"a": 1}]),
        ([[1], [2, 3]], "jsonData", "JSON", [[1], [2, 3]]),
        ({"a": 1}, "jsonData", "JSON", {"a": 1}),
        ("a", "strData", "BYTES", "a"),
        (bytearray(b"a"), "binData", "BYTES", b"a"),
    ],
)
def test_an_answer_is_a_tensor_of_its_kind(data: Any, kind: str, dtype: str, value: Any) -> None:
    ((found, tensor),) = tensors_of(data).items()
    assert (found, tensor.dtype, tensor.to_list()) == (kind, dtype, value)
    assert tensor.array.dtype.isnative


def test_names_are_given_to_columns_only() -> None:
    def names(count: int) -> tuple[str, ...]:
        return ("n",) * count

    assert tensors_of([[1, 2]], names)["data"].names == ("n", "n")
    assert tensors_of([1, 2], names)["data"].names == ()


@pytest.mark.parametrize(
    "data", [None, 1, 1.5, (1,), {1}, object(), np.float64(1), np.array([1j]), np.array(["2020"], "M8")]
)
def test_an_answer_that_is_no_data_is_refused(data: Any) -> None:
    with pytest.raises(ToldBadInput, match="an answer must be an array, a list, a str, bytes or a dict, got") as raised:
        tensors_of(data)
    assert raised.value.reason == "MICROSERVICE_BAD_DATA"


def test_numbers_among_text_that_would_take_too_much_memory_stay_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    tensor = Tensor("JSON", np.array(["a", *([1.5] * 40)], dtype=object))
    assert value_of(tensor).dtype == "<U32"
    monkeypatch.setattr(features, "_MAX_TEXT_BYTES", value_of(tensor).nbytes - 1)
    assert value_of(tensor).dtype == object


def test_a_list_of_text_takes_no_more_memory_than_its_text() -> None:
    rows = ["a" * 1_000_000, *("b" for _ in range(500)), 1]
    tracemalloc.start()
    try:
        tensor = tensors_of(rows)["data"]
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert tensor.to_list() == rows


@pytest.mark.parametrize("data", [[(1, 2), (3,)], ["a", [1]], ["a", (1,)], [[1], 2], [np.array([1]), np.array([1, 2])]])
def test_a_ragged_list_is_json(data: list[Any]) -> None:
    assert list(tensors_of(data)) == ["jsonData"]
