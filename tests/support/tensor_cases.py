"""Tensors of every dtype and shape, and when two of them are the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salver.core.tensor import NUMPY, Tensor, objects

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
TEXTS = st.text(max_size=6)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def tensors(draw: st.DrawFn) -> Tensor:
    dtype = draw(st.sampled_from([*NUMPY]))
    shape = draw(SHAPES)
    if dtype not in ("BYTES", "JSON"):
        return Tensor(dtype, draw(hnp.arrays(NUMPY[dtype], shape)))
    element = JSON_VALUES if dtype == "JSON" else TEXTS | st.binary(max_size=6)
    size = int(np.prod(shape))
    return Tensor(dtype, objects(draw(st.lists(element, min_size=size, max_size=size))).reshape(shape))


def same(one: Tensor, other: Tensor) -> bool:
    if (one.dtype, one.array.shape, one.array.dtype) != (other.dtype, other.array.shape, other.array.dtype):
        return False
    if one.dtype == "JSON":
        return repr(one.array.tolist()) == repr(other.array.tolist())
    if one.dtype == "BYTES":
        return [as_bytes(item) for item in one.array.flat] == [as_bytes(item) for item in other.array.flat]
    bits = np.dtype(f"u{one.array.itemsize}")
    if one.dtype == "BF16":
        nan = (one.array & 0x7FFF) > 0x7F80
    else:
        nan = np.isnan(one.array) if one.array.dtype.kind == "f" else np.zeros(one.array.shape, bool)
    return bool(np.all((one.array.view(bits) == other.array.view(bits)) | nan)) and (
        one.dtype == "BF16" or bool(np.all(nan == (other.array != other.array)))
    )


def as_bytes(item: Any) -> Any:
    return item.encode() if isinstance(item, str) else item
