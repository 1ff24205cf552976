"""Varints against protobuf itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salver.core.errors import BadInput
from salver.protocols import varints
from salver.protocols.messages import message

TENSOR = message("tensorflow.TensorProto")
FIELDS = {"int64": ("int64_val", 10), "int32": ("int_val", 7), "uint64": ("uint64_val", 17), "bool": ("bool_val", 11)}


def packed_by_protobuf(name: str, values: list[Any]) -> bytes:
    """The packed field alone: the message without its tag and length."""
    raw: bytes = TENSOR(**{name: values}).SerializeToString()
    _, at = varints.read_one(raw, 0, len(raw))
    size, at = varints.read_one(raw, at, len(raw))
    assert len(raw) == at + size
    return raw[at:]


@pytest.mark.parametrize("dtype", FIELDS)
@given(data=st.data())
def test_packed(dtype: str, data: st.DataObject) -> None:
    array = data.draw(hnp.arrays(dtype, st.integers(1, 40)))
    assert varints.packed(array) == packed_by_protobuf(FIELDS[dtype][0], array.tolist())


def test_packed_over_several_blocks() -> None:
    array = np.random.default_rng(1).integers(-5, 2**40, 40_000)
    assert varints.packed(array) == packed_by_protobuf("int64_val", array.tolist())


def test_packed_of_nothing() -> None:
    assert varints.packed(np.empty((0, 3), np.int32)) == b""


@given(st.integers(0, 2**64 - 1))
def test_one_there_and_back(value: int) -> None:
    raw = varints.one(value)
    assert raw == packed_by_protobuf("uint64_val", [value])
    assert varints.read_one(b"x" + raw + b"y", 1, len(raw) + 1) == (value, len(raw) + 1)


@pytest.mark.parametrize("raw", [b"", b"\x80", b"\xff" * 9 + b"\x02", b"\x80" * 10 + b"\x01"])
def test_no_varint(raw: bytes) -> None:
    with pytest.raises(BadInput, match="64 bits, or is cut off"):
        varints.read_one(raw, 0, len(raw))
