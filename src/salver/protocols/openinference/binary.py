"""Raw tensors, as the binary tensor extension and gRPC lay them out: little-endian, row-major, without padding.

BOOL takes one byte, BF16 its two; each element of BYTES (and of JSON, as its text) follows its own length in four
bytes. Pure; no JSON document, no HTTP.
"""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput
from salver.core.tensor import NUMPY, Tensor
from salver.protocols.jsondoc import write
from salver.protocols.jsontensor import json_value

_LENGTH: Final = struct.Struct("<I")
_MAX_REACH: Final = 2**59
"""Elements, axes without any left out: NumPy counts bytes with 63 bits even where there is none."""


def unpack(dtype: str, shape: tuple[int, ...], body: bytes, start: int, size: int) -> np.ndarray[Any, Any]:
    """The array in `size` bytes of the body from `start`; elements of BYTES and JSON as `bytes`.

    Numbers are a view of the body, copied only where they do not lie on their own boundary (native code may not
    read them there). Raises BadInput unless the bytes are exactly those of the shape.
    """
    count = reach = 1
    for extent in shape:
        count *= extent
        reach *= extent or 1
    if reach > _MAX_REACH:
        raise BadInput(f"the shape {list(shape)} is larger than an array can be")
    numpy_dtype = NUMPY[dtype]
    if numpy_dtype.hasobject:
        return _unpack_elements(dtype, shape, count, body, start, start + size)
    if count * numpy_dtype.itemsize != size:
        raise BadInput(f"{size} bytes of raw data; {dtype}{list(shape)} takes {count * numpy_dtype.itemsize}")
    if dtype == "BOOL":
        return np.frombuffer(body, np.uint8, count, start).reshape(shape).astype(np.bool_)
    array = np.frombuffer(body, numpy_dtype, count, start)
    return (array if array.flags.aligned else array.copy()).reshape(shape)


def pack(tensor: Tensor) -> bytes | None:
    """The tensor's raw bytes; None where a string is missing, for which raw bytes have no sign."""
    if tensor.dtype == "JSON":
        return _pack_elements([write(json_value(item)) for item in tensor.array.flat])
    if tensor.dtype == "BYTES":
        items = [item.encode() if isinstance(item, str) else item for item in tensor.array.flat]
        return None if None in items else _pack_elements(items)
    return tensor.array.tobytes()


def _pack_elements(items: list[bytes]) -> bytes:
    return b"".join([piece for item in items for piece in (_LENGTH.pack(len(item)), item)])


def _unpack_elements(
    dtype: str, shape: tuple[int, ...], count: int, body: bytes, start: int, end: int
) -> np.ndarray[Any, Any]:
    if count * _LENGTH.size > end - start:
        raise BadInput(f"{end - start} bytes of raw data; {dtype}{list(shape)} takes {count * _LENGTH.size} at least")
    array = np.empty(count, dtype=object)
    for index in range(count):
        first = start + _LENGTH.size
        if first > end:
            raise BadInput(f"the raw data ends before the length of element {index} of {count}")
        start = first + _LENGTH.unpack_from(body, start)[0]
        if start > end:
            raise BadInput(f"element {index} of {count} says {start - first} bytes, but {end - first} are left")
        array[index] = body[first:start]
    if start != end:
        raise BadInput(f"{end - start} bytes of raw data are left over after {count} elements")
    return array.reshape(shape)
