"""Raw tensors: exact, bounded, in place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import BadInput
from salver.core.tensor import NUMPY, Tensor
from salver.protocols.openinference.binary import pack, unpack

NUMBERS = [name for name, dtype in NUMPY.items() if not dtype.hasobject]


@pytest.mark.parametrize("dtype", NUMBERS)
def test_numbers_are_little_endian(dtype: str):
    array = np.arange(6).astype(NUMPY[dtype]).reshape(2, 3)
    raw = pack(Tensor(dtype, array))
    assert raw == array.astype(array.dtype.newbyteorder("<")).tobytes()
    assert unpack(dtype, (2, 3), raw, 0, len(raw)).tolist() == array.tolist()


def test_an_array_that_lies_otherwise_is_packed_row_by_row():
    assert pack(Tensor("INT8", np.array([[1, 2], [3, 4]], np.int8).T)) == b"\x01\x03\x02\x04"


@pytest.mark.parametrize("start", range(5))
def test_numbers_are_taken_in_place_where_they_may_be(start: int):
    body = bytes(start) + np.arange(5, dtype=np.float32).tobytes()
    array = unpack("FP32", (5,), body, start, 20)
    assert array.tolist() == [0, 1, 2, 3, 4]
    assert array.flags.aligned
    assert np.shares_memory(array, np.frombuffer(body, np.uint8)) == (start % 4 == 0)


def test_any_byte_but_0_is_true():
    assert unpack("BOOL", (4,), b"\x00\x01\x02\xff", 0, 4).tolist() == [False, True, True, True]


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("change", [-1, 1])
def test_sizes_are_exact(dtype: str, change: int):
    size = 3 * NUMPY[dtype].itemsize + change
    with pytest.raises(BadInput, match=f"takes {3 * NUMPY[dtype].itemsize}"):
        unpack(dtype, (3,), bytes(size), 0, size)


@pytest.mark.parametrize(
    ("raw", "count", "words"),
    [
        (b"", 1, "takes 4 at least"),
        (b"\x01\x00\x00", 1, "takes 4 at least"),
        (b"\x05\x00\x00\x00abcd", 1, "says 5 bytes, but 4 are left"),
        (b"\xff\xff\xff\xffabcd", 1, "says 4294967295 bytes"),
        (b"\x01\x00\x00\x00abc\x00", 2, "says 6513249 bytes|before the length of element 1"),
        (b"\x04\x00\x00\x00abcd", 2, "before the length of element 1"),
        (b"\x04\x00\x00\x00abcde", 1, "1 bytes of raw data are left over"),
        (b"a", 0, "left over"),
        (b"\x00\x00\x00\x00", 10**15, "takes 4000000000000000 at least"),
    ],
)
def test_elements_are_exact(raw: bytes, count: int, words: str):
    with pytest.raises(BadInput, match=words):
        unpack("BYTES", (count,), raw, 0, len(raw))


@given(st.lists(st.binary(max_size=9)))
def test_elements_come_back(items: list[bytes]):
    array = np.empty(len(items), object)
    array[:] = items
    raw = pack(Tensor("BYTES", array))
    assert raw is not None
    assert unpack("BYTES", (len(items),), b"abc" + raw + b"d", 3, len(raw)).tolist() == items


@given(st.binary(max_size=40), st.integers(0, 12))
def test_elements_of_garbage_are_refused_or_whole(raw: bytes, count: int):
    try:
        array = unpack("BYTES", (count,), raw, 0, len(raw))
    except BadInput:
        return
    assert pack(Tensor("BYTES", array)) == raw


def test_a_missing_string_has_no_raw_form():
    assert pack(Tensor("BYTES", np.array(["a", None], object))) is None


def test_text_is_packed_as_utf8():
    assert pack(Tensor("BYTES", np.array(["é"], object))) == b"\x02\x00\x00\x00\xc3\xa9"


def test_json_is_packed_as_texts():
    array = np.empty(1, object)
    array[0] = {"a": [1, float("nan")]}
    assert pack(Tensor("JSON", array)) == b'\x0d\x00\x00\x00{"a":[1,NaN]}'


@pytest.mark.parametrize("dtype", ["FP32", "BYTES", "BOOL"])
def test_a_shape_beyond_what_an_array_can_be_is_refused(dtype: str):
    with pytest.raises(BadInput, match="larger than an array can be"):
        unpack(dtype, (0, 2**62), b"", 0, 0)
