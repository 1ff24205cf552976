"""`google.protobuf.ListValue` and `Value`: as arrays and Python values, and back to bytes.

A number in a list takes eleven bytes, three of them always the same, so that vectors and matrices of numbers are read
and written whole by NumPy. All else is read through the message classes. All numbers are doubles, whole ones too.
"""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np
from google.protobuf.message import DecodeError

from salver.core.errors import BadInput
from salver.protocols import varints
from salver.protocols.messages import message

_LIST: Final = message("google.protobuf.ListValue")
_CELL_HEAD: Final = np.frombuffer(b"\x0a\x09\x11", np.uint8)
"""An element of a list, nine bytes long, that is a double."""
_CELL_BYTES: Final = 11
_ITEM: Final = b"\x0a"
_LIST_TAG: Final = b"\x32"
_MAX_DEPTH: Final = 90
"""Messages within messages: readers of protobuf take 100, and a list is two of them, an object three."""


def read_numbers(data: bytes) -> np.ndarray[Any, Any] | None:
    """A vector or a matrix of numbers in the bytes of a ListValue; None for anything else."""
    if not data or data[:1] != _ITEM:
        return None
    if data[1:3] == b"\x09\x11":
        return _cells(np.frombuffer(data, np.uint8))
    try:
        inner, start = varints.read_one(data, 1, len(data))
        if data[start : start + 1] != _LIST_TAG:
            return None
        listed, begin = varints.read_one(data, start + 1, len(data))
    except BadInput:
        return None
    row_bytes = begin + listed
    if not listed or begin + listed != start + inner or len(data) % row_bytes:
        return None
    if row_bytes == len(data):
        row = _cells(np.frombuffer(data, np.uint8, offset=begin))
        return None if row is None else row[None]
    rows = np.frombuffer(data, np.uint8).reshape(-1, row_bytes)
    if (rows[:, :begin] != rows[0, :begin]).any():
        return None
    cells = _cells(np.ascontiguousarray(rows[:, begin:]).reshape(-1))
    return None if cells is None else cells.reshape(len(rows), -1)


def _cells(data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    if data.size % _CELL_BYTES:
        return None
    cells = data.reshape(-1, _CELL_BYTES)
    if (cells[:, :3] != _CELL_HEAD).any():
        return None
    return np.ascontiguousarray(cells[:, 3:]).view(np.float64).reshape(-1)


def read_list(data: bytes) -> list[Any]:
    """Any ListValue as a list. Raises BadInput for bytes that are none."""
    try:
        return [plain(item) for item in _LIST.FromString(data).values]
    except DecodeError:
        raise BadInput("ndarray: the list cannot be read") from None


def plain(value: Any) -> Any:
    """A `Value` message as a Python value; one that says nothing is None. Protobuf bounds its depth."""
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        return [plain(item) for item in value.list_value.values]
    if kind == "struct_value":
        return {name: plain(item) for name, item in value.struct_value.fields.items()}
    return None if kind in (None, "null_value") else getattr(value, kind)


def write_numbers(array: np.ndarray[Any, Any]) -> bytes:
    """The bytes of a ListValue for numbers in any number of axes but none."""
    if 0 in array.shape:
        return write_list(array.tolist())
    if len(array) == 1 and array.ndim > 1:
        only = write_numbers(array[0])
        return _list_head(len(only)) + only
    cells = np.empty((array.size, _CELL_BYTES), np.uint8)
    cells[:, :3] = _CELL_HEAD
    cells[:, 3:] = np.ascontiguousarray(array, np.float64).reshape(-1, 1).view(np.uint8)
    for size in array.shape[:0:-1]:
        rows = cells.reshape(-1, size * cells.shape[1])
        head = _list_head(rows.shape[1])
        cells = np.empty((len(rows), len(head) + rows.shape[1]), np.uint8)
        cells[:, : len(head)] = np.frombuffer(head, np.uint8)
        cells[:, len(head) :] = rows
    return cells.tobytes()


def _list_head(size: int) -> bytes:
    """What stands before the bytes of a list within a list."""
    value = _LIST_TAG + varints.one(size)
    return _ITEM + varints.one(len(value) + size) + value


def write_list(values: list[Any]) -> bytes:
    """The bytes of a ListValue. Raises BadInput for what no message can hold."""
    return b"".join([_sized(_ITEM, write_value(item)) for item in values])


def write_value(value: Any, depth: int = 0) -> bytes:
    """The bytes of a Value, from what JSON can say, NumPy's scalars and arrays too. Raises BadInput for what is
    nested deeper than readers of protobuf go, and for what has no place in it."""
    if depth > _MAX_DEPTH:
        raise BadInput("values nested so deeply have no place in a message")
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if value is None:
        return b"\x08\x00"
    if isinstance(value, bool):
        return b"\x20\x01" if value else b"\x20\x00"
    if isinstance(value, (int, float)):
        return b"\x11" + struct.pack("<d", _double(value))
    if isinstance(value, (str, bytes)):
        return _sized(b"\x1a", _utf8(value))
    if isinstance(value, (list, tuple)):
        return _sized(_LIST_TAG, b"".join([_sized(_ITEM, write_value(item, depth + 2)) for item in value]))
    if isinstance(value, dict):
        fields = (
            _sized(_ITEM, _sized(_ITEM, _utf8(str(name))) + _sized(b"\x12", write_value(item, depth + 3)))
            for name, item in value.items()
        )
        return _sized(b"\x2a", b"".join(fields))
    raise BadInput(f"{type(value).__name__} has no place in a message")


def _double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise BadInput(f"the integer {str(value)[:20]}... is beyond all doubles") from None


def _utf8(text: str | bytes) -> bytes:
    return text.encode(errors="replace") if isinstance(text, str) else text.decode(errors="replace").encode()


def _sized(tag: bytes, data: bytes) -> bytes:
    return tag + varints.one(len(data)) + data
