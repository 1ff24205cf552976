"""Tensors from JSON values: nothing is guessed, and the odd one out is named."""

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salver.core.errors import BadInput
from salver.core.tensor import NUMPY, Tensor
from salver.protocols import jsondoc
from salver.protocols.jsontensor import Mismatch, OutOfRange, Ragged, from_base64, from_tensor, json_value, to_tensor

NUMBERS = sorted(set(NUMPY) - {"BF16", "BYTES", "JSON"})
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def elements(dtype):
    widths: Any = {"FP16": 16, "FP32": 32, "FP64": 64}
    return st.floats(width=widths[dtype], allow_nan=False, allow_infinity=False) if dtype in widths else None


@given(
    st.sampled_from(NUMBERS).flatmap(
        lambda d: st.tuples(st.just(d), hnp.arrays(NUMPY[d], SHAPES, elements=elements(d)))
    )
)
def test_every_number_dtype_comes_back_bit_for_bit(case):
    dtype, array = case
    text = json.loads(jsondoc.write(from_tensor(Tensor(dtype, array))))
    tensor = to_tensor(text, dtype)
    assert tensor.array.dtype == array.dtype
    assert tensor.array.tobytes() == array.tobytes()


@given(hnp.arrays(np.uint16, (3,), elements=st.integers(0, 0x7F7F)))
def test_bfloat16_comes_back_bit_for_bit(bits):
    text = json.loads(jsondoc.write(from_tensor(Tensor("BF16", bits))))
    assert np.array_equal(to_tensor(text, "BF16").array, bits)


@given(st.lists(st.text() | st.binary(), min_size=1, max_size=5))
def test_strings_and_bytes_come_back(values):
    array = np.empty(len(values), object)
    array[:] = values
    back = to_tensor(json.loads(jsondoc.write(from_tensor(Tensor("BYTES", array)))), "BYTES").array
    as_bytes = [v if isinstance(v, bytes) else v.encode() for v in back]
    assert as_bytes == [v if isinstance(v, bytes) else v.encode(errors="replace") for v in values]


@pytest.mark.parametrize(
    ("value", "dtype", "kind"),
    [
        ([1.0], "INT64", Mismatch),
        (["1"], "FP32", Mismatch),
        ([True], "FP32", Mismatch),
        ([1], "BOOL", Mismatch),
        ([None], "FP32", Mismatch),
        ([1], "BYTES", Mismatch),
        ([{"b65": "eA=="}], "BYTES", Mismatch),
        ([300], "UINT8", OutOfRange),
        ([-1], "UINT64", OutOfRange),
        ([2**70], "INT64", OutOfRange),
        ([[1, 2], [3]], "FP32", Ragged),
        ([[1], 2], "FP32", Ragged),
        ([1, [2]], "FP32", Ragged),
        (np.array([1.5]), "INT32", Mismatch),
        (np.array([300]), "INT8", OutOfRange),
    ],
)
def test_what_does_not_fit_is_refused(value, dtype, kind):
    with pytest.raises(kind):
        to_tensor(value, dtype)


def test_the_odd_value_is_named():
    with pytest.raises(Mismatch, match='"x" is a string, wanted FP32') as caught:
        to_tensor([[1.0, 2.0], [3.0, "x"]], "FP32")
    assert caught.value.value == "x"
    with pytest.raises(OutOfRange, match=r"300 is out of range for UINT8 \(0 to 255\)"):
        to_tensor([1, 300], "UINT8")


def test_depth_is_bounded():
    deep: Any = 1.0
    for _ in range(500):
        deep = [deep]
    with pytest.raises(BadInput, match="deeper than 32"):
        to_tensor(deep, "FP32")
    with pytest.raises(BadInput, match="deeper than 100"):
        to_tensor([deep], "JSON")


def test_numbers_beyond_float32_become_infinite_without_a_warning():
    assert to_tensor([1e300, -1e300, 1e-300], "FP32").array.tolist() == [np.inf, -np.inf, 0.0]
    assert to_tensor([1e300], "FP16").array.tolist() == [np.inf]
    assert to_tensor(np.array([1e300]), "FP32").array.tolist() == [np.inf]


@given(st.binary(), st.booleans(), st.booleans())
def test_base64_is_read_with_and_without_padding_and_white_space(value, padded, spaced):
    text = base64.b64encode(value).decode()
    text = text if padded else text.rstrip("=")
    assert from_base64({"b64": " \n".join(text) if spaced else text}) == value


@pytest.mark.parametrize("value", [{"b64": "%"}, {"b64": "a"}, {"b64": 1}, {"b64": "eA==", "x": 1}])
def test_broken_base64_is_refused(value):
    with pytest.raises(BadInput):
        from_base64(value)


def test_arrays_inside_json_say_what_they_are():
    assert json_value(np.array([[1.5]], np.float32)) == {"datatype": "FP32", "shape": [1, 1], "data": np.array([1.5])}
