"""Values on their way into and out of onnxruntime, where an array does not simply pass. Pure; no onnxruntime.

Two traps live here. onnxruntime reads a NumPy `S` array past its end, handing foreign memory to the caller, and turns
any object that is not a `str` into its printed form. So every string goes in as `str`, in an object array.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from salver.core.errors import BadInput
from salver.core.tensor import NUMPY, Tensor, objects
from salver.formats.onnx_types import Element, OnnxType

Array = np.ndarray[Any, Any]


def texts(array: Array, where: str) -> Array:
    """The same strings as an object array of `str`. Raises BadInput for what is missing or not UTF-8."""
    if array.dtype != object:
        array = array.astype(object)
    values = array.ravel().tolist()
    if all(type(value) is str and value.isascii() for value in values):
        return array
    found = np.empty(len(values), dtype=object)
    for index, value in enumerate(values):
        found[index] = _text(value, where, index)
    return found.reshape(array.shape)


def _text(value: object, where: str, index: int) -> str:
    try:
        if isinstance(value, bytes):
            return value.decode()
        if isinstance(value, str):
            value.encode()
            return str(value)
    except UnicodeError as error:
        raise BadInput(f"{where} holds text that is not UTF-8 at place {index}: {error}") from None
    said = "a missing value" if value is None else f"{type(value).__name__} {value!r:.60}"
    raise BadInput(f"{where} holds {said} at place {index}, wanted text")


def pack(array: Array, element: Element, where: str) -> Array:
    """An array of this shape whose memory begins with the elements as onnxruntime keeps them: several to a byte.

    Raises BadInput for a value that the width does not hold.
    """
    if element.bits >= 8:
        return np.asarray(array, order="C")  # ascontiguousarray would make a scalar a row
    low, high = _limits(element)
    if array.size and (array.min() < low or array.max() > high):
        raise BadInput(f"{where} holds values from {array.min()} to {array.max()}, wanted {low} to {high}")
    per_byte = 8 // element.bits
    values = np.zeros(-(-array.size // per_byte) * per_byte, np.uint8)
    values[: array.size] = array.ravel().astype(np.uint8) & ((1 << element.bits) - 1)
    shifts = np.arange(per_byte, dtype=np.uint8) * np.uint8(element.bits)
    # No two of them share a bit, so the sum is the union.
    packed = (values.reshape(-1, per_byte) << shifts).sum(axis=1, dtype=np.uint8)
    buffer = np.zeros(array.size, np.uint8)
    buffer[: packed.size] = packed
    return buffer.reshape(array.shape)


def unpack(memory: bytes, shape: tuple[int, ...], element: Element) -> Array:
    """The array that lies so in onnxruntime's memory."""
    if element.bits >= 8:
        return np.frombuffer(memory, NUMPY[element.dtype]).reshape(shape)
    count = int(np.prod(shape, dtype=np.int64))
    shifts = np.arange(8 // element.bits, dtype=np.uint8) * np.uint8(element.bits)
    values = (np.frombuffer(memory, np.uint8)[:, None] >> shifts) & np.uint8((1 << element.bits) - 1)
    flat = values.ravel()[:count].astype(NUMPY[element.dtype])
    if element.dtype == "INT8":
        flat[flat >= 1 << (element.bits - 1)] -= 1 << element.bits
    return flat.reshape(shape)


def packed_size(shape: tuple[int, ...], element: Element) -> int:
    """How many bytes a tensor takes in onnxruntime's memory."""
    return -(-int(np.prod(shape, dtype=np.int64)) * element.bits // 8)


def _limits(element: Element) -> tuple[int, int]:
    if element.dtype == "INT8":
        return -(1 << (element.bits - 1)), (1 << (element.bits - 1)) - 1
    return 0, (1 << element.bits) - 1


def structure(array: Array, kind: OnnxType, where: str) -> Any:
    """A sequence or a map for onnxruntime, of the JSON values in a one-axis object array. Raises BadInput."""
    items = array.tolist()
    if kind.sequence:
        return [_item(item, kind.element, f"{where}[{index}]") for index, item in enumerate(items)]
    if len(items) != 1:
        raise BadInput(f"{where} has {len(items)} values, wanted one object")
    return _map(items[0], kind, where)


def _item(value: Any, element: Element, where: str) -> Array:
    """One tensor of a sequence: an array, nested lists, or `{"datatype": ..., "shape": ..., "data": ...}`."""
    shape = None
    if isinstance(value, dict):
        if value.get("datatype", element.dtype) != element.dtype:
            raise BadInput(f"{where} has datatype {value['datatype']!r:.60}, wanted {element.dtype}")
        value, shape = value.get("data"), value.get("shape")
    try:
        if element.dtype == "BYTES" and not isinstance(value, np.ndarray):
            value = np.array(value, dtype=object)  # NumPy's own strings would lose trailing NULs
        array = Tensor.of(value, element.dtype).array
        if shape is not None:
            array = array.reshape(shape)
    except BadInput as error:
        raise BadInput(f"{where}: {error.message}") from None
    except (TypeError, ValueError):
        raise BadInput(f"{where} has shape {shape!r:.60}, which its {array.size} values do not fill") from None
    return texts(array, where) if element.dtype == "BYTES" else array


def _map(value: Any, kind: OnnxType, where: str) -> dict[Any, Any]:
    if not isinstance(value, Mapping):
        raise BadInput(f"{where} is {type(value).__name__} {value!r:.60}, wanted an object")
    if not value:
        raise BadInput(f"{where} is an empty object, wanted at least one key")
    names = list(value)
    numbers = Tensor.of(list(value.values()), kind.element.dtype) if kind.element.dtype != "BYTES" else None
    values = numbers.array.tolist() if numbers else texts(objects(value.values()), where).tolist()
    return dict(zip((_key(name, kind.key, where) for name in names), values, strict=True))


def _key(name: Any, wanted: str, where: str) -> int | str:
    if wanted == "string":
        return _text(name, f"a key of {where}", 0)
    try:
        return int(name)
    except (TypeError, ValueError):
        raise BadInput(f"{where} has the key {name!r:.60}, wanted whole numbers") from None


def jsonable(value: Any) -> Array:
    """A sequence or map of onnxruntime as a one-axis object array: arrays as they are, keys as text."""
    items = value if isinstance(value, list) else [value]
    return objects([_jsonable(item) for item in items])


def _jsonable(item: Any) -> Any:
    return {str(key): value for key, value in item.items()} if isinstance(item, dict) else item


def column(rows: list[dict[Any, Any]], key: int | str, dtype: str) -> Array:
    """The values that the rows, one map each, hold under a key."""
    return np.fromiter((row[key] for row in rows), NUMPY[dtype], len(rows))
