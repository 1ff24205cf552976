from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loose_model import SIGNATURE

from salver.core.domain import BASKET, Domain
from salver.core.errors import BadInput
from salver.core.loose import as_texts, basket, column, gap, received, without_gaps
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec, objects

FP64 = TensorSpec("FP64", (-1,), loose=True)
TEXT = TensorSpec("BYTES", (-1,), loose=True)
ITEMS = TensorSpec("BYTES", (-1,), loose=True, domain=Domain(kind=BASKET))


@pytest.mark.parametrize(
    ("values", "dtype", "found", "held"),
    [
        ([1, 2.5], "FP64", "FP64", [1.0, 2.5]),
        ([1, None], "FP32", "FP64", [1.0, None]),
        ([1, 2], "INT64", "INT64", [1, 2]),
        ([1, None], "INT64", "FP64", [1.0, None]),
        ([1, 2.0], "INT64", "FP64", [1.0, 2.0]),
        ([1, "2"], "FP64", "JSON", [1, "2"]),
        ([True], "FP64", "JSON", [True]),
        ([10**400], "FP64", "JSON", [10**400]),
        ([2**64], "INT64", "JSON", [2**64]),
        (["a", None], "BYTES", "BYTES", ["a", None]),
        (["a", 1], "BYTES", "JSON", ["a", 1]),
        ([["a"], ["b"]], "BYTES", "JSON", [["a"], ["b"]]),
        ([True, False], "BOOL", "BOOL", [True, False]),
        ([True, None], "BOOL", "JSON", [True, None]),
        ([], "FP64", "FP64", []),
    ],
)
def test_a_column_is_typed_where_all_values_are_of_the_kind(values: Any, dtype: str, found: str, held: Any) -> None:
    tensor = column(values, dtype)
    assert tensor.dtype == found
    assert [None if value != value else value for value in tensor.array.tolist()] == held


@pytest.mark.parametrize("dtype", ["FP64", "INT64", "BOOL", "BYTES"])
def test_a_gap_is_a_column_of_missing_values(dtype: str) -> None:
    tensor = gap(3, dtype)
    assert tensor.array.shape == (3,)
    assert all(value is None or value != value for value in tensor.array.tolist())


def test_what_comes_typed_is_taken_as_what_it_is() -> None:
    assert received(Tensor("BYTES", objects([b"a", b"", "c"])), TEXT).array.tolist() == ["a", None, "c"]
    assert received(Tensor("FP32", np.ones((3, 1), np.float32)), FP64).array.shape == (3,)
    assert received(Tensor("BF16", np.array([0x3F80], np.uint16)), FP64).array.tolist() == [1.0]
    assert received(Tensor("JSON", objects([1, None])), FP64).dtype == "FP64"
    assert received(Tensor("BYTES", objects([b'["a"]', b"", b"b"])), ITEMS).array.tolist() == [["a"], None, "b"]
    assert received(Tensor("BYTES", objects([b'["a"]'])), TEXT).array.tolist() == ['["a"]']
    with pytest.raises(BadInput, match="bytes that are no UTF-8 text: invalid start byte at byte 0"):
        received(Tensor("BYTES", objects([b"\xff"])), TEXT)


@pytest.mark.parametrize("text", ["[", "[a]", "a", "", "[" * 100_000, '{"a": 1}'])
def test_what_is_no_list_is_no_basket(text: str) -> None:
    assert basket(text) == text


def test_missing_texts_are_empty_where_there_is_no_sign_for_them() -> None:
    full = Tensor("BYTES", objects(["a"]))
    tensors = without_gaps({"a": Tensor("BYTES", objects(["x", None])), "b": full, "c": gap(2, "FP64")})
    assert tensors["a"].array.tolist() == ["x", ""]
    assert tensors["b"] is full


VALUES = st.none() | st.text(min_size=1) | st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(VALUES, max_size=5))
def test_mixed_values_come_back_from_texts_as_texts(values: list[Any]) -> None:
    back = received(as_texts(Tensor("JSON", objects(values))), TEXT).array.tolist()
    for came, went in zip(back, values, strict=True):
        assert came == went if went is None or isinstance(went, str) else float(came) == float(went)


# The signature's part.


@pytest.mark.parametrize("dtype", [dtype for dtype in NUMPY if dtype != "BF16"])
def test_a_loose_input_takes_every_dtype(dtype: str) -> None:
    SIGNATURE.check({"age": Tensor(dtype, np.zeros(2, NUMPY[dtype])), "flag": gap(2, "BOOL")})


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({}, "no input came, so there are no rows; the inputs are 'income', 'age'"),
        ({"agee": gap(1, "FP64")}, "no input 'agee'; the inputs are 'income'"),
        ({"age": gap(1, "FP64"), "flag": gap(2, "BOOL")}, "same number of rows, got 'age' 1, 'flag' 2"),
        ({"age": Tensor("FP64", np.ones((2, 2)))}, r"'age' has shape \[2, 2\], wanted \[-1\]"),
        ({"age": Tensor("FP64", np.array(1.0))}, r"'age' has shape \[\], wanted \[-1\]"),
        ({"age": Tensor("BF16", np.zeros(1, np.uint16))}, "'age' has dtype BF16, wanted INT64"),
    ],
)
def test_what_is_no_column_is_refused(tensors: dict[str, Tensor], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        SIGNATURE.check(tensors)


def test_the_reasons_may_be_asked_for_of_loose_signatures_only() -> None:
    SIGNATURE.check_outputs(("_error", "score"))
    with pytest.raises(BadInput, match="no output '_error'"):
        Signature({}, SIGNATURE.outputs).check_outputs(("_error",))
