"""Tensors from JSON values and back.

Values are numbers, true/false, strings, `{"b64": ...}` objects, nested lists of them, or a NumPy array where
`jsondoc` already made one. Nothing is guessed: 1.0 is no integer, "1" no number, true no 1.
"""

from __future__ import annotations

import base64
import binascii
from array import array
from itertools import chain
from typing import Any, Final, NoReturn

import numpy as np

from salver.core.errors import BadInput
from salver.core.loose import NUMBERS, typed_column
from salver.core.tensor import FLOATS, INTEGERS, NUMPY, Tensor, narrow, objects, widen
from salver.protocols import jsondoc

MAX_RANK: Final = 32
MAX_JSON_DEPTH: Final = 100
_FEW: Final = 16
"""Numbers that Python looks through faster than NumPy."""

_FLOAT_TYPES: Final = frozenset((float, int))
_INT_TYPES: Final = frozenset((int,))
_BOOL_TYPES: Final = frozenset((bool,))
_TYPES: Final = {
    **dict.fromkeys(FLOATS, _FLOAT_TYPES),
    **dict.fromkeys(INTEGERS, _INT_TYPES),
    "BOOL": _BOOL_TYPES,
    "BYTES": frozenset((str, dict)),
}
_ARRAY_CODES: Final = {
    "FP32": "f",
    "FP64": "d",
    "INT8": "b",
    "INT16": "h",
    "INT32": "i",
    "INT64": "q",
    "UINT8": "B",
    "UINT16": "H",
    "UINT32": "I",
    "UINT64": "Q",
}
"""`array.array` fills these from Python numbers, range-checked, in half the time of `numpy.array`."""
_WIDE: Final = {"FP16": np.float64, "BF16": np.float32}
_WORDS: Final = {float: "a number", int: "a number", bool: "a boolean", str: "a string", dict: "an object"}


class Mismatch(BadInput):
    """One value is not of the wanted dtype."""

    def __init__(self, value: Any, dtype: str) -> None:
        word = "null" if value is None else _WORDS.get(type(value), type(value).__name__)
        super().__init__(f"{_short(value)} is {word}, wanted {dtype}")
        self.value = value
        self.dtype = dtype


class OutOfRange(Mismatch):
    """An integer that the dtype cannot hold."""

    def __init__(self, value: Any, dtype: str) -> None:
        super().__init__(value, dtype)
        limits = np.iinfo(NUMPY[dtype])
        self.message = f"{_short(value)} is out of range for {dtype} ({limits.min} to {limits.max})"
        self.args = (self.message,)


class Ragged(BadInput):
    """Lists that are no rectangular array."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"lists must be rectangular: {detail}")


def to_tensor(value: Any, dtype: str) -> Tensor:
    """A tensor of that dtype in the value's own shape. Raises Mismatch or Ragged."""
    if dtype == "JSON":
        return _json_tensor(value)
    if type(value) is list:
        row = row_of_numbers(value, dtype)
        return Tensor(dtype, _from_flat(*_flatten(value), dtype) if row is None else row)
    if isinstance(value, np.ndarray):
        return Tensor(dtype, _from_array(value, dtype))
    return Tensor(dtype, _from_flat([value], [], dtype))


def to_column(values: Any, dtype: str) -> Tensor:
    """The column of a loose input of that dtype: a list of values, or the array that stands for one. Null is a missing
    value, a list a value. Raises BadInput for bytes that are no text, and for what is nested too deeply."""
    if isinstance(values, np.ndarray):
        if values.ndim == 1 and dtype in NUMBERS:
            return Tensor({"f": "FP64", "i": "INT64", "u": "UINT64"}[values.dtype.kind], values)
        values = values.tolist()
    if dtype == "BYTES" and dict in map(type, values):
        values = [_plain_text(value) for value in values]
    return typed_column(values, dtype) or _json_tensor(values)


def row_of_numbers(value: list[Any], dtype: str) -> np.ndarray[Any, Any] | None:
    """The short way for what most requests are, a list of numbers or one row of them; None for all else."""
    code = _ARRAY_CODES.get(dtype)
    if code is None or not value:
        return None
    row = value[0]
    shape: tuple[int, ...]
    if type(row) is list:
        if len(value) > 1:
            return None
        shape = (1, len(row))
    else:
        row = value
        shape = (len(row),)
    try:
        if row and _TYPES[dtype].issuperset(map(type, row)):
            return np.ndarray(shape, NUMPY[dtype], array(code, row))
    except OverflowError:
        pass
    return None


def from_tensor(tensor: Tensor) -> Any:
    """What `jsondoc.write` can write: the array itself for numbers, nested lists for BYTES and JSON.

    Bytes that are not UTF-8 become `{"b64": ...}`; BF16 becomes FP32, exactly.
    """
    if tensor.dtype == "BYTES":
        return text_of(tensor.array).tolist()
    if tensor.dtype == "JSON":
        return [json_value(item) for item in tensor.array]
    if tensor.dtype == "BF16":
        return widen(tensor.array)
    return tensor.array if tensor.array.ndim else tensor.array[()]


def with_nulls(tensor: Tensor) -> Any:
    """A tensor of a loose signature for `jsondoc.write` with `nulls`: null where a value is missing, which NaN says."""
    if tensor.array.dtype.kind != "f" or tensor.array.ndim != 1:
        return from_tensor(tensor)
    if tensor.dtype == "FP64" and len(tensor.array) <= _FEW:
        return [value if value - value == 0 else _not_finite(value) for value in tensor.array.tolist()]
    # float32 stays NumPy's, so that it is written in its own shortest form.
    values = tensor.array.tolist() if tensor.dtype == "FP64" else list(tensor.array)
    for place in np.flatnonzero(~np.isfinite(tensor.array)).tolist():
        values[place] = _not_finite(values[place])
    return values


def _not_finite(value: Any) -> Any:
    return None if value != value else jsondoc.word(value)


def text_of(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """An object array of str; what is not UTF-8 as a `{"b64": ...}` object."""
    if all(type(item) is str for item in array.flat):
        return array
    out = np.empty(array.shape, dtype=object)
    for index, item in enumerate(array.flat):
        out.flat[index] = _text(item)
    return out


def as_base64(value: bytes | str) -> dict[str, str]:
    """The `{"b64": ...}` object for one value."""
    return {"b64": base64.b64encode(value.encode() if isinstance(value, str) else value).decode()}


def from_base64(value: dict[str, Any]) -> bytes:
    """The bytes of a `{"b64": ...}` object: padding optional, white space skipped. Raises BadInput."""
    text = value.get("b64")
    if len(value) != 1 or not isinstance(text, str):
        raise Mismatch(value, "BYTES")
    compact = "".join(text.split()).rstrip("=")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), altchars=None, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("Unable to base64 decode") from None


def json_value(value: Any) -> Any:
    """One element of a JSON tensor as JSON; an array becomes an object with datatype, shape and data."""
    if isinstance(value, np.ndarray):
        tensor = Tensor.of(value)
        data = from_tensor(Tensor(tensor.dtype, tensor.array.reshape(-1)))
        return {"datatype": tensor.dtype, "shape": list(tensor.array.shape), "data": data}
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    return value


def _plain_text(value: Any) -> Any:
    """Bytes in base64 as the text that they are, anything else as it is."""
    if type(value) is not dict or len(value) != 1 or type(value.get("b64")) is not str:
        return value
    try:
        return from_base64(value).decode()
    except UnicodeDecodeError:
        raise BadInput("bytes that are no UTF-8 text are no value for this model") from None


def _flatten(value: list[Any]) -> tuple[list[Any], list[int]]:
    """All elements in order, and the shape. One pass a level, so depth costs no stack."""
    flat = value
    shape = [len(value)]
    while flat and type(flat[0]) is list:
        if set(map(type, flat)) != {list}:
            raise Ragged(f"a list and a value stand side by side at depth {len(shape)}")
        sizes = set(map(len, flat))
        if len(sizes) != 1:
            raise Ragged(f"lists of {min(sizes)} and of {max(sizes)} elements stand side by side at depth {len(shape)}")
        shape.append(sizes.pop())
        if len(shape) > MAX_RANK:
            raise BadInput(f"lists are nested deeper than {MAX_RANK}")
        flat = list(chain.from_iterable(flat))
    return flat, shape


def _from_flat(flat: list[Any], shape: list[int], dtype: str) -> np.ndarray[Any, Any]:
    types = set(map(type, flat))
    if not types <= _TYPES[dtype]:
        _refuse(flat, dtype)
    if dtype == "BYTES":
        items = flat if dict not in types else [from_base64(i) if type(i) is dict else i for i in flat]
        return objects(items).reshape(shape)
    try:
        code = _ARRAY_CODES.get(dtype)
        if code is not None and flat:
            return np.ndarray(shape, NUMPY[dtype], array(code, flat))
        return _from_array(np.array(flat, _WIDE.get(dtype)), dtype).reshape(shape)
    except OverflowError:
        _refuse_range(flat, dtype)


def _from_array(values: np.ndarray[Any, Any], dtype: str) -> np.ndarray[Any, Any]:
    if dtype in FLOATS:
        with np.errstate(over="ignore"):
            return narrow(values) if dtype == "BF16" else values.astype(NUMPY[dtype], copy=False)
    if values.size == 0 or values.dtype == NUMPY[dtype]:
        return values.astype(NUMPY[dtype], copy=False)
    if dtype in INTEGERS and values.dtype.kind in "iu":
        limits = np.iinfo(NUMPY[dtype])
        if int(values.min()) < limits.min or int(values.max()) > limits.max:
            _refuse_range(values.reshape(-1).tolist(), dtype)
        return values.astype(NUMPY[dtype])
    raise Mismatch(values.flat[0].item(), dtype)


def _json_tensor(value: Any) -> Tensor:
    items = value if isinstance(value, list) else value.tolist() if isinstance(value, np.ndarray) else [value]
    level: list[Any] = items
    for _ in range(MAX_JSON_DEPTH):
        level = [
            child
            for item in level
            if type(item) in (list, dict)
            for child in (item if type(item) is list else item.values())
        ]
        if not level:
            return Tensor("JSON", objects([_unpacked(item) for item in items]))
    raise BadInput(f"JSON values are nested deeper than {MAX_JSON_DEPTH}")


def _unpacked(value: Any) -> Any:
    """The value with every array that `jsondoc` made a list again: what a model sees must not hang on its size."""
    if type(value) is dict:
        return {key: _unpacked(item) for key, item in value.items()}
    if type(value) is list:
        return [_unpacked(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def _refuse(flat: list[Any], dtype: str) -> NoReturn:
    wanted = _TYPES[dtype]
    odd = next(item for item in flat if type(item) not in wanted)
    if type(odd) is list:
        raise Ragged("a list stands where a value is wanted")
    raise Mismatch(odd, dtype)


def _refuse_range(flat: list[Any], dtype: str) -> NoReturn:
    if dtype in FLOATS:
        raise Mismatch(max(flat, key=abs), dtype)
    limits = np.iinfo(NUMPY[dtype])
    raise OutOfRange(next(item for item in flat if not limits.min <= item <= limits.max), dtype)


def _text(item: Any) -> Any:
    if isinstance(item, bytes):
        try:
            return item.decode()
        except UnicodeDecodeError:
            return as_base64(item)
    return item


def _short(value: Any) -> str:
    try:
        text = repr(value) if not isinstance(value, str) else f'"{value}"'
    except RecursionError:
        text = "a deep value"
    return text if len(text) <= 80 else text[:77] + "..."
