"""Tensors: dtypes by their Open Inference names, conversions that lose nothing in kind."""

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salver import BadInput, Tensor, TensorSpec
from salver.core.tensor import FLOATS, INTEGERS, NUMPY, dtype_of, narrow, widen

PLAIN = sorted(set(NUMPY) - {"BF16", "BYTES", "JSON"})


def test_every_open_inference_dtype_is_there():
    wanted = "BOOL UINT8 UINT16 UINT32 UINT64 INT8 INT16 INT32 INT64 FP16 BF16 FP32 FP64 BYTES JSON"
    assert set(NUMPY) == set(wanted.split())


@pytest.mark.parametrize("dtype", PLAIN)
def test_the_dtype_of_an_array_is_the_one_that_holds_it(dtype):
    assert dtype_of(np.zeros(2, NUMPY[dtype])) == dtype


@pytest.mark.parametrize(
    ("values", "dtype"),
    [(1.5, "FP64"), ([1, 2], "INT64"), ([True], "BOOL"), (["a", "b"], "BYTES"), ([b"a"], "BYTES"), ([[1.0]], "FP64")],
)
def test_the_dtype_is_read_from_values(values, dtype):
    assert Tensor.of(values).dtype == dtype


@pytest.mark.parametrize(
    ("values", "dtype", "words"),
    [
        ([[1, 2], [3]], "FP32", "ragged"),
        (["1.5"], "FP32", "BYTES, wanted FP32"),
        ([1.0], "INT64", "FP64, wanted INT64"),
        ([1, "a"], "FP32", "mixed"),
        ([300], "UINT8", "do not fit UINT8"),
        ([-1], "UINT64", "do not fit"),
        ([2**70], "INT64", "BYTES|64 bits"),
        ([1j], None, "complex128"),
        ([True], "FP32", "BOOL, wanted FP32"),
        ([{"a": 1}], "BYTES", "holds dict"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(values, dtype, words):
    with pytest.raises(BadInput, match=words):
        Tensor.of(values, dtype)


@given(hnp.arrays(np.uint16, hnp.array_shapes(min_dims=0, max_dims=3)))
def test_bfloat16_widens_as_ml_dtypes_does(bits):
    assert np.array_equal(widen(bits), bits.view(ml_dtypes.bfloat16).astype(np.float32), equal_nan=True)


@given(hnp.arrays(np.float32, hnp.array_shapes(), elements=st.floats(width=32, allow_nan=False)))
def test_bfloat16_rounds_as_ml_dtypes_does(values):
    assert np.array_equal(narrow(values), values.astype(ml_dtypes.bfloat16).view(np.uint16))


def test_bfloat16_keeps_nan():
    assert np.isnan(widen(narrow(np.array([np.nan, -np.nan])))).all()


def test_bfloat16_arrays_are_known_and_held_as_bits():
    tensor = Tensor.of(np.array([1.5], ml_dtypes.bfloat16))
    assert (tensor.dtype, tensor.array.dtype, tensor.to_list()) == ("BF16", np.uint16, [1.5])


@given(st.sampled_from(sorted(FLOATS | INTEGERS)), st.sampled_from(sorted(FLOATS)), st.integers(0, 100))
def test_small_integers_survive_any_conversion_to_floats(found, wanted, value):
    tensor = Tensor.of(Tensor.of([value], "FP32" if found in FLOATS else found).array, wanted)
    assert (tensor.dtype, tensor.to_list()) == (wanted, [float(value)])


def test_integers_on_both_sides_of_the_signed_range_stay_exact():
    assert Tensor.of([0, 2**64 - 1], "UINT64").array.tolist() == [0, 2**64 - 1]
    with pytest.raises(BadInput, match="do not fit INT64"):
        Tensor.of([-1, 2**63], "INT64")
    with pytest.raises(BadInput, match="FP64, wanted UINT64"):
        Tensor.of([0.5, 2**64 - 1], "UINT64")


def test_strings_keep_trailing_nuls():
    assert Tensor.of([b"a\0"]).array.tolist() == [b"a\0"]
    assert Tensor.of([["a\0", "b"]], "BYTES").array.tolist() == [["a\0", "b"]]


def test_strings_never_stay_in_fixed_width_arrays():
    tensor = Tensor.of(np.array([b"hello", b"x"]))
    assert tensor.array.dtype == object
    assert tensor.array.tolist() == [b"hello", b"x"]


def test_foreign_byte_order_becomes_native():
    tensor = Tensor.of(np.array([1, 2], ">i4"))
    assert (tensor.dtype, tensor.array.dtype.isnative, tensor.to_list()) == ("INT32", True, [1, 2])


def test_json_items_stay_whole():
    items = [[1, 2], {"a": np.zeros((2, 2))}, None]
    tensor = Tensor.of(items, "JSON")
    assert tensor.array.shape == (3,)
    assert tensor.array[0] == [1, 2]


@pytest.mark.parametrize(
    ("spec", "shape", "fits"),
    [
        ((-1, 3), (7, 3), True),
        ((-1, 3), (7, 4), False),
        ((-1, 3), (7,), False),
        ((), (), True),
        (None, (1, 2, 3), True),
        ((2,), (2,), True),
    ],
)
def test_a_spec_accepts_shapes(spec, shape, fits):
    assert TensorSpec("FP32", spec).accepts(shape) is fits


@pytest.mark.parametrize("shape", [(7, 3), (7, 4), (7,), ()])
def test_a_spec_that_is_not_checked_accepts_every_shape_and_still_shows_its_own(shape):
    spec = TensorSpec("FP32", (-1, 3), checked=False)
    assert spec.accepts(shape)
    assert str(spec) == "FP32[-1, 3]"
