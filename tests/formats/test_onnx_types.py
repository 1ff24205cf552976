"""The words for ONNX types, against ONNX's own numbers."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, numpy_helper

from salver.core.errors import BadInput, Unsupported
from salver.core.tensor import NUMPY, TensorSpec
from salver.formats.onnx_types import ELEMENTS, read_type
from salver.formats.onnx_values import pack, packed_size, unpack

WIDTHS = {"bfloat16": 16, "float4e2m1": 4, "int4": 4, "uint4": 4, "int2": 2, "uint2": 2}
SMALL = {"int4": ml_dtypes.int4, "uint4": ml_dtypes.uint4, "int2": ml_dtypes.int2, "uint2": ml_dtypes.uint2}


def test_every_type_of_onnx_is_served_but_complex_numbers():
    """And the 6-bit floats, which onnxruntime does not know."""
    left = set(TensorProto.DataType.keys()) - {name.upper() for name in ELEMENTS}
    assert left - {"FLOAT6E2M3", "FLOAT6E3M2"} == {"UNDEFINED", "COMPLEX64", "COMPLEX128"}


@pytest.mark.parametrize("name", [name for name, element in ELEMENTS.items() if element.bits])
def test_types_that_numpy_lacks_have_onnxs_number_and_their_width(name):
    element = ELEMENTS[name]
    assert element.number == TensorProto.DataType.Value(name.upper())
    assert element.bits == WIDTHS.get(name, 8)
    assert NUMPY[element.dtype].itemsize * 8 >= element.bits


@pytest.mark.parametrize(
    ("text", "spec", "optional"),
    [
        ("tensor(float)", TensorSpec("FP32", (2, -1)), False),
        ("tensor(string)", TensorSpec("BYTES", (2, -1)), False),
        ("optional(tensor(int64))", TensorSpec("INT64", (2, -1)), True),
        ("seq(tensor(float))", TensorSpec("JSON", (-1,)), False),
        ("optional(seq(tensor(bool)))", TensorSpec("JSON", (-1,)), True),
        ("map(string,tensor(double))", TensorSpec("JSON", (-1,)), False),
        ("seq(map(int64,tensor(float)))", TensorSpec("JSON", (-1,)), False),
    ],
)
def test_types_become_specs(text, spec, optional):
    kind = read_type(text, "input 'x'")
    assert kind.spec((2, -1)) == spec
    assert kind.optional is optional


@pytest.mark.parametrize(
    "text",
    [
        "tensor(complex64)",
        "sparse_tensor(float)",
        "seq(tensor(bfloat16))",
        "seq(seq(tensor(float)))",
        "map(int64,map(int64,tensor(float)))",
        "float",
        "",
        "tensor()",
    ],
)
def test_other_types_are_refused_by_name(text):
    with pytest.raises(Unsupported) as raised:
        read_type(text, "input 'x'")
    assert raised.value.message.startswith(f"input 'x' has type {text}")


@given(st.sampled_from(sorted(SMALL)), st.data())
def test_small_integers_are_packed_as_onnx_packs_them(name, data):
    element = ELEMENTS[name]
    low, high = int(ml_dtypes.iinfo(SMALL[name]).min), int(ml_dtypes.iinfo(SMALL[name]).max)
    values = data.draw(st.lists(st.integers(low, high), max_size=20))
    array = np.array(values, NUMPY[element.dtype])
    packed = numpy_helper.from_array(array.astype(SMALL[name])).raw_data
    assert packed_size(array.shape, element) == len(packed)
    assert pack(array, element, "x").tobytes()[: len(packed)] == packed
    assert unpack(packed, array.shape, element).tolist() == values
    if values:
        array[0] = high + 1
        with pytest.raises(BadInput, match="x holds values from"):
            pack(array, element, "x")
