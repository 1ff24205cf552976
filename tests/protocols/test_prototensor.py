"""TensorProto: our bytes as protobuf reads them, protobuf's (in every legal form) as we read them, and refusals."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salver.core.errors import BadInput, Fault, Unsupported
from salver.core.tensor import NUMPY, Tensor
from salver.protocols import prototensor
from salver.protocols.messages import message
from salver.protocols.prototensor import NUMBERS

PROTO = message("tensorflow.TensorProto")
SHAPE = message("tensorflow.TensorShapeProto")
LISTS = {
    "FP32": "float_val", "FP64": "double_val", "INT32": "int_val", "UINT8": "int_val", "INT16": "int_val",
    "INT8": "int_val", "UINT16": "int_val", "BYTES": "string_val", "INT64": "int64_val", "BOOL": "bool_val",
    "FP16": "half_val", "BF16": "half_val", "UINT32": "uint32_val", "UINT64": "uint64_val",
}  # fmt: skip


@st.composite
def tensors(draw: st.DrawFn, max_side: int = 4) -> Tensor:
    dtype = draw(st.sampled_from(sorted(NUMBERS)))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=max_side))
    if dtype == "BYTES":
        size = int(np.prod(shape))
        array = np.empty(size, dtype=object)
        array[:] = draw(st.lists(st.binary(max_size=200), min_size=size, max_size=size))
        return Tensor(dtype, array.reshape(shape))
    return Tensor(dtype, draw(hnp.arrays(NUMPY[dtype], shape)))


def listed(tensor: Tensor) -> list[Any]:
    """The values as their typed list holds them."""
    array = tensor.array.view(np.uint16) if tensor.dtype == "FP16" else tensor.array
    flat: list[Any] = array.reshape(-1).tolist()
    return flat


def outlined(tensor: Tensor) -> Any:
    proto = PROTO(dtype=NUMBERS[tensor.dtype])
    proto.tensor_shape.SetInParent()
    for size in tensor.array.shape:
        proto.tensor_shape.dim.add(size=size)
    return proto


def as_lists(tensor: Tensor) -> Any:
    proto = outlined(tensor)
    getattr(proto, LISTS[tensor.dtype]).extend(listed(tensor))
    return proto


def same(left: Tensor, right: Tensor) -> bool:
    if left.dtype != right.dtype or left.array.shape != right.array.shape:
        return False
    if left.dtype == "BYTES":
        return left.array.reshape(-1).tolist() == right.array.reshape(-1).tolist()
    return left.array.tobytes() == right.array.tobytes() and left.array.dtype == right.array.dtype


def read(raw: bytes, before: bytes = b"", after: bytes = b"") -> Tensor:
    return prototensor.read(before + raw + after, len(before), len(before) + len(raw))


@given(tensors())
def test_typed_lists_as_protobuf_reads_them(tensor: Tensor) -> None:
    assert prototensor.write(tensor) == as_lists(tensor).SerializeToString()


@given(tensors())
def test_content_as_protobuf_reads_it(tensor: Tensor) -> None:
    proto = PROTO.FromString(prototensor.write(tensor, content=True))
    content = proto.tensor_content
    proto.ClearField("tensor_content")
    assert proto == outlined(tensor)
    if tensor.dtype != "BYTES":
        assert content == tensor.array.tobytes()


@given(tensors(), st.booleans(), st.binary(max_size=9), st.binary(max_size=9))
def test_there_and_back(tensor: Tensor, content: bool, before: bytes, after: bytes) -> None:
    found = read(prototensor.write(tensor, content), before, after)
    assert same(found, tensor)
    assert found.array.flags.aligned


@given(tensors(), st.randoms(use_true_random=False))
def test_every_legal_form(tensor: Tensor, random: Any) -> None:
    """Lists unpacked and in pieces, fields in any order, unknown fields between them."""
    name = LISTS[tensor.dtype]
    pieces = [PROTO(**{name: [value]}).SerializeToString() for value in listed(tensor)]
    if tensor.dtype in ("FP32", "FP64"):
        tag = {"FP32": 5 << 3 | 5, "FP64": 6 << 3 | 1}[tensor.dtype]
        pieces = [bytes((tag,)) + value.tobytes() for value in tensor.array.reshape(-1)]
    others = [PROTO(dtype=NUMBERS[tensor.dtype]).SerializeToString(), b"\xc2\x3e\x03abc", b"\x18\x05"]
    shape = SHAPE()
    for size in tensor.array.shape:
        shape.dim.add(size=size)
    others.append(PROTO(tensor_shape=shape).SerializeToString())
    for other in others:
        pieces.insert(random.randint(0, len(pieces)), other)
    assert same(read(b"".join(pieces)), tensor)


def test_a_number_in_a_field_of_its_own_is_not_taken_for_a_length() -> None:
    value = np.frombuffer(b"\x80\x97\xc0\xb0\xb9\xbc\xb5\xc3", np.float64)
    raw = b"\x12\x00" + b"1" + value.tobytes() + b"\xc2\x3e\x03abc" + b"\x08\x02"
    assert same(read(raw), Tensor("FP64", value.reshape(())))


@given(tensors(), st.integers(0, 5))
def test_a_shorter_list_is_filled_up_with_its_last_value(tensor: Tensor, left: int) -> None:
    flat = tensor.array.reshape(-1).copy()
    proto = outlined(tensor)
    getattr(proto, LISTS[tensor.dtype]).extend(listed(tensor)[:left])
    flat[left:] = flat[left - 1] if 0 < left <= flat.size else (b"" if tensor.dtype == "BYTES" else 0)
    wanted = Tensor(tensor.dtype, flat.reshape(tensor.array.shape))
    assert same(read(proto.SerializeToString()), wanted)


@given(tensors(), st.data())
def test_a_cut_message_is_refused_or_read_as_less(tensor: Tensor, data: st.DataObject) -> None:
    raw = prototensor.write(tensor, data.draw(st.booleans()))
    cut = raw[: data.draw(st.integers(0, len(raw)))]
    try:
        found = read(cut)
    except BadInput:
        return
    assert found.array.nbytes <= prototensor.MAX_FILLED_BYTES


@given(st.binary(max_size=60))
def test_anything_at_all(raw: bytes) -> None:
    with suppress(Fault):
        read(raw)


@given(tensors(), st.data())
def test_a_flipped_byte(tensor: Tensor, data: st.DataObject) -> None:
    raw = bytearray(prototensor.write(tensor, data.draw(st.booleans())))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Fault):
        read(bytes(raw))


def shape_of(*sizes: int) -> Any:
    shape = SHAPE()
    for size in sizes:
        shape.dim.add(size=size)
    return shape


@pytest.mark.parametrize(
    ("proto", "reason"),
    [
        (PROTO(dtype=1, tensor_shape=shape_of(2), float_val=[1, 2, 3]), "3 values; FP32[2] takes 2"),
        (PROTO(dtype=1, tensor_shape=shape_of(2), tensor_content=b"\0" * 9), "tensor_content has 9 bytes"),
        (PROTO(dtype=1, tensor_shape=shape_of(2), int_val=[1, 2]), "the dtype is FP32, but the values are in int_val"),
        (PROTO(dtype=3, tensor_shape=shape_of(2), float_val=[1, 2]), "the dtype is INT32, but the values are in float"),
        (PROTO(dtype=3, tensor_shape=shape_of(1), string_val=[b"1"]), "the dtype is INT32, but the values are in str"),
        (PROTO(dtype=7, tensor_shape=shape_of(1), tensor_content=b"\x05abc"), "for strings of 5"),
        (PROTO(dtype=7, tensor_shape=shape_of(9), tensor_content=b"\x05abc"), "for 9 strings, too few"),
        (PROTO(dtype=6, tensor_shape=shape_of(1), int_val=[300]), "values from 300 to 300 do not fit INT8"),
        (PROTO(dtype=19, tensor_shape=shape_of(1), half_val=[70_000]), "do not fit UINT16"),
        (PROTO(dtype=1, tensor_shape=shape_of(-1), float_val=[1]), "there is no tensor of shape [-1]"),
        (PROTO(dtype=1, tensor_shape=shape_of(2**62, 4)), "there is no tensor of shape"),
        (PROTO(dtype=1, tensor_shape=SHAPE(unknown_rank=True)), "the shape is unknown"),
        (PROTO(dtype=1, tensor_shape=shape_of(*[1] * 33)), "the shape has 33 axes"),
        (PROTO(dtype=8, tensor_shape=shape_of(1), scomplex_val=[1, 2]), "no place for dtype DT_COMPLEX64"),
        (PROTO(dtype=20), "no place for dtype DT_RESOURCE"),
        (PROTO(dtype=999), "no place for dtype 999"),
        (PROTO(), "no place for dtype DT_INVALID"),
    ],
)
def test_content_that_contradicts(proto: Any, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(proto.SerializeToString())
    assert reason in refused.value.message


@pytest.mark.parametrize("sizes", [(0, 2**62), (2**60, 0), (2**31, 0, 2**31), (2**63 - 1, 0), (0, 2**59)], ids=str)
@pytest.mark.parametrize("dtype", sorted(NUMBERS))
def test_empty_tensors_of_any_size_are_read_or_refused(dtype: str, sizes: tuple[int, ...]) -> None:
    try:
        found = read(PROTO(dtype=NUMBERS[dtype], tensor_shape=shape_of(*sizes)).SerializeToString())
    except BadInput:
        return
    assert found.array.shape == sizes


@pytest.mark.parametrize("dtype", [1, 7, 9])
def test_a_claim_of_gigabytes_allocates_nothing(dtype: int) -> None:
    raw = PROTO(dtype=dtype, tensor_shape=shape_of(2**20, 2**11)).SerializeToString()
    tracemalloc.start()
    try:
        with pytest.raises(BadInput, match="too many to be filled up"):
            read(raw)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("number", "dtype"), [(11, "INT8"), (12, "UINT8"), (13, "INT32"), (15, "INT16"), (16, "UINT16")]
)
def test_quantized_numbers_are_what_they_are_stored_as(number: int, dtype: str) -> None:
    found = read(PROTO(dtype=number, tensor_shape=shape_of(2), int_val=[1, 2]).SerializeToString())
    assert same(found, Tensor(dtype, np.array([1, 2], NUMPY[dtype])))


def test_what_the_message_cannot_say() -> None:
    with pytest.raises(Unsupported, match="missing string"):
        prototensor.write(Tensor("BYTES", np.array([b"a", None], dtype=object)))
    with pytest.raises(Unsupported, match="no dtype JSON"):
        prototensor.write(Tensor("JSON", np.array([{}], dtype=object)))


@pytest.mark.parametrize("count", [1, 127, 128, 129, 1000])
def test_many_strings(count: int) -> None:
    tensor = Tensor("BYTES", np.array([b"x" * (index % 300) for index in range(count)], dtype=object))
    assert same(read(prototensor.write(tensor)), tensor)
    assert same(read(prototensor.write(tensor, content=True)), tensor)


def test_more_strings_in_content_than_are_looked_at() -> None:
    raw = PROTO(dtype=7, tensor_shape=shape_of(2_000_000), tensor_content=b"\0" * 2_000_000).SerializeToString()
    with pytest.raises(BadInput, match="2000000 bytes for 2000000 strings, wanted at most 1000000 there"):
        read(raw)


def test_text_is_utf8() -> None:
    raw = prototensor.write(Tensor("BYTES", np.array(["é"], dtype=object)))
    assert read(raw).array.tolist() == ["é".encode()]


def test_large_numbers_are_a_view_of_the_message() -> None:
    array = np.arange(1000, dtype=np.float32)
    raw = prototensor.write(Tensor("FP32", array))
    before = b"x" * (-(len(raw) - array.nbytes) % 4)
    message_bytes = before + raw
    found = prototensor.read(message_bytes, len(before), len(message_bytes))
    assert np.shares_memory(found.array, np.frombuffer(message_bytes, np.uint8))


def test_a_view_of_a_message() -> None:
    tensor = Tensor("INT64", np.arange(6).reshape(2, 3))
    raw = memoryview(prototensor.write(tensor))
    assert same(prototensor.read(raw, 0, len(raw)), tensor)
