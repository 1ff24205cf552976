"""Tensors as TensorFlow's `TensorProto`, read from and written to its bytes.

What nearly every client sends (a dtype, a shape, then one list or `tensor_content`) is read where it lies, without a
protobuf object; all else that is legal goes through the message class and means the same. Numbers are a view of the
message, copied only where they do not lie on their own boundary. Nothing is allocated on the word of a shape alone.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, Final, NoReturn, TypeAlias

import numpy as np
from google.protobuf.message import DecodeError

from salver.core.errors import BadInput, Unsupported
from salver.core.tensor import INTEGERS, NUMPY, Tensor
from salver.protocols import varints
from salver.protocols.messages import message

MAX_FILLED_BYTES: Final = 64 * 2**20
"""The largest tensor that may be made of fewer values than its shape asks for."""

NUMBERS: Final = {
    "FP32": 1,
    "FP64": 2,
    "INT32": 3,
    "UINT8": 4,
    "INT16": 5,
    "INT8": 6,
    "BYTES": 7,
    "INT64": 9,
    "BOOL": 10,
    "BF16": 14,
    "UINT16": 17,
    "FP16": 19,
    "UINT32": 22,
    "UINT64": 23,
}
"""The number in the enum `tensorflow.DataType` of each dtype it has."""
_QUANTIZED: Final = {11: "INT8", 12: "UINT8", 13: "INT32", 15: "INT16", 16: "UINT16"}
DTYPES: Final = {number: dtype for dtype, number in NUMBERS.items()} | _QUANTIZED
"""The way back; quantized numbers are what they are stored as."""

_CONTENT: Final = 4
_STRINGS: Final = 8
_LISTS: Final = {
    **dict.fromkeys(("INT32", "UINT8", "INT16", "INT8", "UINT16"), 7),
    **dict.fromkeys(("FP16", "BF16"), 13),
    "FP32": 5,
    "FP64": 6,
    "BYTES": _STRINGS,
    "INT64": 10,
    "BOOL": 11,
    "UINT32": 16,
    "UINT64": 17,
}
"""The number of the field `*_val` in which each dtype is listed."""
_LIST_NAMES: Final = {
    5: "float_val",
    6: "double_val",
    7: "int_val",
    _STRINGS: "string_val",
    9: "scomplex_val",
    10: "int64_val",
    11: "bool_val",
    12: "dcomplex_val",
    13: "half_val",
    16: "uint32_val",
    17: "uint64_val",
}
_HELD_AS: Final = dict.fromkeys(("UINT8", "INT16", "INT8", "UINT16", "FP16", "BF16"), np.dtype(np.int32))
"""What a list holds, where that is wider than the dtype."""
_HALVES: Final = frozenset(("FP16", "BF16"))
_FEW: Final = 128
"""Numbers that protobuf lists as fast as NumPy does, and strings that are found as fast as it finds them."""
_RAW_LISTS: Final = frozenset(("FP32", "FP64"))
"""Dtypes whose list is, on the wire, what lies in memory."""
_TAG_OF: Final = {number: varints.one(number << 3 | 2) for number in (*_LIST_NAMES, _CONTENT)}
_IN_PLACE: Final = {_TAG_OF[number][0]: number for number in (_CONTENT, 5, 6)}
"""By their tags: the fields whose bytes are the values."""
_DTYPE_TAG: Final = 1 << 3
_SHAPE_TAG: Final = 2 << 3 | 2
_STRING_TAG: Final = _STRINGS << 3 | 2
_MORE_AND_WIRE: Final = 0b1000_0111
_SIZED: Final = 2
"""The bits of a tag's first byte that say whether it has a second one, and the wire type: here that of sized fields."""
_MAX_RANK: Final = 32
_MAX_STRINGS: Final = 1_000_000
"""In a `tensor_content`, where each costs more than in the list."""
MAX_SIZE: Final = 2**59
"""Of the axes that are not empty, multiplied: NumPy has no array beyond, not even an empty one."""
_REMEMBERED_BYTES: Final = 256
_TENSOR: Final = message("tensorflow.TensorProto")
_SHAPE: Final = message("tensorflow.TensorShapeProto")
_TYPE_NAMES: Final = _TENSOR.DESCRIPTOR.fields_by_name["dtype"].enum_type.values_by_number
_SCALARS: Final[dict[str, np.dtype[Any]]] = {
    name: kind for name, kind in NUMPY.items() if not kind.hasobject and name != "BOOL"
}


def read(buffer: bytes | memoryview, start: int, end: int) -> Tensor:
    """The tensor whose message lies between `start` and `end`.

    Fewer values than the shape asks for are filled up with the last one, none at all are zeros (at most
    `MAX_FILLED_BYTES` together), as TensorFlow does. Raises BadInput for a message that cannot be read, a dtype that
    is none of ours, content that contradicts the shape or the dtype.
    """
    found = _scan(buffer, start, end)
    if found is None:
        return _read_slowly(buffer, start, end)
    number, shape, field, at, stop, strings = found
    dtype = DTYPES.get(number) or _refuse_dtype(number)
    sizes = sizes_of(shape)
    if strings:
        return Tensor(dtype, _from_strings(strings, dtype, sizes))
    if at == stop:
        return Tensor(dtype, _filled(np.empty(0, NUMPY[dtype]), dtype, sizes))
    return Tensor(dtype, _from_bytes(buffer, at, stop, field, dtype, sizes))


_Scan: TypeAlias = tuple[int, bytes, int, int, int, list[bytes]]
"""Number of the dtype, shape, number of the field whose bytes are the values and where they lie, strings."""


def _scan(buffer: bytes | memoryview, at: int, end: int) -> _Scan | None:
    """What the message holds; None for one that must be read the long way."""
    number, shape, field, begin, stop = 0, b"", 0, at, at
    strings: list[bytes] = []
    while at < end:
        tag = buffer[at]
        if end - at < 2:
            return None
        size = buffer[at + 1]
        at += 2
        if tag == _DTYPE_TAG and size < 128:
            number = size
            continue
        if tag & _MORE_AND_WIRE != _SIZED:
            return None
        if size > 127:
            size, at = varints.read_one(buffer, at - 1, end)
        if size > end - at:
            return None
        if tag == _SHAPE_TAG and not shape:
            shape = bytes(buffer[at : at + size])
        elif tag == _STRING_TAG and not field and len(strings) < _FEW:
            strings.append(bytes(buffer[at : at + size]))
        elif tag in _IN_PLACE and not field and not strings:
            field, begin, stop = _IN_PLACE[tag], at, at + size
        else:
            return None
        at += size
    return number, shape, field, begin, stop, strings


def sizes_of(shape: bytes) -> tuple[int, ...]:
    """The sizes in a `TensorShapeProto`. Raises BadInput for unknown, negative or overflowing ones."""
    return _remembered(shape) if len(shape) <= _REMEMBERED_BYTES else _sizes(shape)


def _sizes(shape: bytes) -> tuple[int, ...]:
    try:
        proto = _SHAPE.FromString(shape)
    except DecodeError:
        raise BadInput("the shape cannot be read") from None
    sizes = tuple(dim.size for dim in proto.dim)
    if proto.unknown_rank:
        raise BadInput("the shape is unknown")
    if len(sizes) > _MAX_RANK:
        raise BadInput(f"the shape has {len(sizes)} axes, wanted at most {_MAX_RANK}")
    if min(sizes, default=0) < 0 or prod(size or 1 for size in sizes) > MAX_SIZE:
        raise BadInput(f"there is no tensor of shape {list(sizes)}")
    return sizes


_remembered = lru_cache(maxsize=1024)(_sizes)


def write(tensor: Tensor, content: bool = False) -> bytes:
    """The message of a tensor, its values in the typed list, or with `content` in `tensor_content`.

    Raises Unsupported for a missing string, and for dtype JSON, which must become text first.
    """
    dtype, array = tensor.dtype, tensor.array
    if is_raw(dtype, content):
        return prefix(dtype, array.shape, content) + array.tobytes()
    if dtype == "BYTES":
        return _head(dtype, array.shape) + _strings(array, content)
    if dtype not in NUMBERS:
        raise Unsupported(f"TensorProto has no dtype {dtype}")
    return _head(dtype, array.shape) + _listed(dtype, array.view(np.uint16) if dtype in _HALVES else array)


def is_raw(dtype: str, content: bool) -> bool:
    """Whether the message is `prefix` and then the array's memory."""
    return dtype in _RAW_LISTS or (content and dtype in NUMBERS and dtype != "BYTES")


def prefix(dtype: str, shape: tuple[int, ...], content: bool) -> bytes:
    """All of the message that comes before the array's memory, for what `is_raw`."""
    size = size_bytes(dtype, shape)
    field = _CONTENT if content else _LISTS[dtype]
    return _head(dtype, shape) + (_TAG_OF[field] + varints.one(size) if size else b"")


def size_bytes(dtype: str, shape: tuple[int, ...]) -> int:
    """What a tensor of that shape takes in memory."""
    return prod(shape) * NUMPY[dtype].itemsize


@lru_cache(maxsize=1024)
def _head(dtype: str, shape: tuple[int, ...]) -> bytes:
    proto = _TENSOR(dtype=NUMBERS[dtype])
    proto.tensor_shape.SetInParent()
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    head: bytes = proto.SerializeToString()
    return head


def _delimited(field: int, data: bytes) -> bytes:
    return _TAG_OF[field] + varints.one(len(data)) + data if data else b""


def _listed(dtype: str, array: np.ndarray[Any, Any]) -> bytes:
    if array.size > _FEW:
        return _delimited(_LISTS[dtype], varints.packed(array))
    listed: bytes = _TENSOR(**{_LIST_NAMES[_LISTS[dtype]]: array.reshape(-1).tolist()}).SerializeToString()
    return listed


def _strings(array: np.ndarray[Any, Any], content: bool) -> bytes:
    items = [item.encode() if isinstance(item, str) else item for item in array.flat]
    if None in items:
        raise Unsupported("TensorProto has no sign for a missing string")
    if content:
        return _delimited(_CONTENT, b"".join([*(varints.one(len(item)) for item in items), *items]))
    tag = _TAG_OF[_STRINGS]
    return b"".join([piece for item in items for piece in (tag, varints.one(len(item)), item)])


# What lies in the message.


def _from_bytes(
    buffer: bytes | memoryview, at: int, end: int, field: int, dtype: str, shape: tuple[int, ...]
) -> np.ndarray[Any, Any]:
    if field == _CONTENT:
        return _from_content(buffer, at, end, dtype, shape)
    if field != _LISTS[dtype]:
        raise BadInput(f"the dtype is {dtype}, but the values are in {_LIST_NAMES[field]}")
    values = _view(buffer, at, end, dtype)
    return values.reshape(shape) if prod(shape) == len(values) else _filled(values, dtype, shape)


def _from_content(
    buffer: bytes | memoryview, at: int, end: int, dtype: str, shape: tuple[int, ...]
) -> np.ndarray[Any, Any]:
    if dtype == "BYTES":
        return _from_strings(_split(buffer, at, end, prod(shape)), dtype, shape)
    wanted = prod(shape) * NUMPY[dtype].itemsize
    if end - at != wanted:
        raise BadInput(f"tensor_content has {end - at} bytes; {dtype}{list(shape)} takes {wanted}")
    if dtype == "BOOL":
        return np.frombuffer(buffer, np.uint8, end - at, at).reshape(shape).astype(np.bool_)
    return _view(buffer, at, end, dtype).reshape(shape)


def _view(buffer: bytes | memoryview, at: int, end: int, dtype: str) -> np.ndarray[Any, Any]:
    kind = _SCALARS[dtype]
    count, over = divmod(end - at, kind.itemsize)
    if over:
        raise BadInput(f"{end - at} bytes are no whole number of {dtype} values")
    array: np.ndarray[Any, Any] = np.ndarray(count, kind, buffer, at)
    return array if array.flags.aligned else array.copy()


def _split(buffer: bytes | memoryview, at: int, end: int, count: int) -> list[bytes]:
    """The strings of a `tensor_content`: all lengths, then all bytes."""
    if count > min(end - at, _MAX_STRINGS):
        most = "too few" if count > end - at else f"wanted at most {_MAX_STRINGS} there"
        raise BadInput(f"tensor_content has {end - at} bytes for {count} strings, {most}")
    sizes = []
    for _ in range(count):
        size, at = varints.read_one(buffer, at, end)
        sizes.append(size)
    if sum(sizes) != end - at:
        raise BadInput(f"tensor_content has {end - at} bytes for strings of {sum(sizes)}")
    items = []
    for size in sizes:
        items.append(bytes(buffer[at : at + size]))
        at += size
    return items


def _from_strings(items: list[bytes], dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    if dtype != "BYTES":
        raise BadInput(f"the dtype is {dtype}, but the values are in string_val")
    values = np.empty(len(items), dtype=object)
    values[:] = items
    return _filled(values, dtype, shape)


def _narrowed(values: np.ndarray[Any, Any], dtype: str) -> np.ndarray[Any, Any]:
    """Listed numbers as the dtype they stand for. Raises BadInput for one out of range."""
    if dtype in _HALVES:
        return _narrowed(values, "UINT16").view(NUMPY[dtype])
    if dtype in INTEGERS and values.dtype != NUMPY[dtype] and values.size:
        limits = np.iinfo(NUMPY[dtype])
        if values.min() < limits.min or values.max() > limits.max:
            raise BadInput(f"values from {values.min()} to {values.max()} do not fit {dtype}")
    return values.astype(NUMPY[dtype], copy=False)


def _filled(values: np.ndarray[Any, Any], dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """The values in that shape: too few are filled up with the last, or with zeros; too many are refused."""
    count = prod(shape)
    if len(values) > count:
        raise BadInput(f"{len(values)} values; {dtype}{list(shape)} takes {count}")
    if len(values) < count:
        if count * NUMPY[dtype].itemsize > MAX_FILLED_BYTES:
            raise BadInput(f"{len(values)} values; {dtype}{list(shape)} takes {count}, too many to be filled up")
        rest = values[-1] if len(values) else b"" if dtype == "BYTES" else 0
        filled = np.full(count, rest, NUMPY[dtype])
        filled[: len(values)] = values
        values = filled
    return values.reshape(shape)


# The long way: any order, lists in pieces or unpacked, fields that are merged or unknown.


def _read_slowly(buffer: bytes | memoryview, start: int, end: int) -> Tensor:
    try:
        proto = _TENSOR.FromString(bytes(buffer[start:end]))
    except DecodeError:
        raise BadInput("the message cannot be read") from None
    dtype = DTYPES.get(proto.dtype) or _refuse_dtype(proto.dtype)
    shape = sizes_of(proto.tensor_shape.SerializeToString())
    if proto.tensor_content:
        return Tensor(dtype, _from_content(proto.tensor_content, 0, len(proto.tensor_content), dtype, shape))
    own = _LIST_NAMES[_LISTS[dtype]]
    for name in _LIST_NAMES.values():
        if name != own and getattr(proto, name):
            raise BadInput(f"the dtype is {dtype}, but the values are in {name}")
    values = getattr(proto, own)
    if dtype == "BYTES":
        return Tensor(dtype, _from_strings(list(values), dtype, shape))
    return Tensor(dtype, _filled(_narrowed(np.array(values, _HELD_AS.get(dtype, NUMPY[dtype])), dtype), dtype, shape))


def _refuse_dtype(number: int) -> NoReturn:
    known = _TYPE_NAMES.get(number)
    raise BadInput(f"there is no place for dtype {known.name if known else number}; wanted one of {', '.join(NUMBERS)}")
