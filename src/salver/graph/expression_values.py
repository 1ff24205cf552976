"""What expressions compute with: numbers, texts, true and false, and NumPy arrays of them.

An object array holds texts (`str`, or `bytes` in UTF-8), numbers or both, None where one is missing. A missing number
counts as NaN. Integers are 64 bits wide and wrap around.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import numpy as np

from salver.core.errors import BadInput
from salver.core.tensor import Tensor

Array: TypeAlias = np.ndarray[Any, Any]


TEXT: Final = (str, bytes)


def plain(tensor: Tensor) -> Any:
    """A tensor's values as an expression takes them: a matrix of one column is a column, rank 0 a scalar."""
    array = tensor.values
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    return array if array.ndim else array[()]


def alone(value: Any) -> Any:
    """A column of one row as its value, which is computed with more quickly, and in the same way."""
    return value[0] if isinstance(value, np.ndarray) and value.shape == (1,) else value


def numbers(value: Any) -> Any:
    """The value as what can be computed with: float32, float64, int64. Raises BadInput for text."""
    if isinstance(value, (np.ndarray, np.generic)):
        return _CONVERT.get(value.dtype.char, _no_numbers)(value)
    if value is None:
        return float("nan")
    # Nothing else gets through: a list from JSON, multiplied, would fill the memory.
    if not isinstance(value, (int, float)):
        raise BadInput(f"wanted a number, got {told(value)}")
    return int(value) if isinstance(value, bool) else value


def texts(value: Any) -> Any:
    """The value as `str`, None where it is missing. Raises BadInput for numbers."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        return each(_text, value)
    return _text(value)


def truth(value: Any) -> Any:
    """The value as true or false: a bool, or an array of bool. Raises BadInput for anything else: 3 is not true."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, np.ndarray):
        if value.dtype == np.bool_:
            return value
        if value.dtype == object and all(isinstance(one, (bool, np.bool_)) for one in value.flat):
            return value.astype(np.bool_)
    raise BadInput(f"wanted true or false, got {told(value)}; compare it: `x == 1`")


def aligned(left: Any, right: Any) -> None:
    """Raises BadInput for arrays of two shapes."""
    if (
        isinstance(left, np.ndarray)
        and isinstance(right, np.ndarray)
        and left.shape != right.shape
        and left.ndim
        and right.ndim
    ):
        raise BadInput(f"shapes must be equal, got {list(left.shape)} and {list(right.shape)}")


def each(compute: Callable[[Any], Any], array: Array, dtype: type[Any] = object) -> Array:
    """An array of what is computed of each value, one by one."""
    return np.fromiter((compute(one) for one in array.flat), dtype, array.size).reshape(array.shape)


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise BadInput(f"wanted text in UTF-8, got bytes {value!r:.40}") from None
    if value is None or isinstance(value, str):
        return value
    raise BadInput(f"wanted text, got {told(value)}")


def decoded(value: Any) -> Any:
    """Bytes as the text they are, where they are text."""
    if isinstance(value, np.ndarray):
        return each(_lenient, value) if value.dtype == object else value
    return _lenient(value)


def _lenient(value: Any) -> Any:
    try:
        return value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value


def _floats(array: Array) -> Array:
    def read(one: Any) -> float:
        if one is None:
            return float("nan")
        if isinstance(one, (bool, int, float, np.number, np.bool_)):
            return float(one)
        raise BadInput(f"wanted numbers, got {type(one).__name__} {one!r:.40}")

    return each(read, array, np.float64)


def _no_numbers(array: Any) -> Any:
    raise BadInput(f"wanted numbers, got {told(array)}")


def _as_is(array: Any) -> Any:
    return array


_CONVERT: Final[Mapping[str, Callable[[Any], Any]]] = {
    **dict.fromkeys("fd", _as_is),
    "e": lambda array: array.astype(np.float32),
    **{char: _as_is if np.dtype(char) == np.int64 else lambda array: array.astype(np.int64) for char in "?bBhHiIlq"},
    **{char: lambda array: array.astype(np.float64) for char in "LQ"},
    "O": _floats,
}
"""By NumPy's letter for a dtype. Narrow integers are widened, so that 200 + 100 is 300."""


def is_object(value: Any) -> bool:
    """Whether it is an array of texts, or of whatever JSON can say."""
    return isinstance(value, np.ndarray) and value.dtype == object


def is_textual(value: Any) -> bool:
    """Whether it is text, or may be."""
    return isinstance(value, TEXT) or is_object(value)


def told(value: Any) -> str:
    """A value for a message."""
    if isinstance(value, np.ndarray):
        return f"{'objects' if value.dtype == object else value.dtype} {list(value.shape)}"
    return f"{type(value).__name__} {value!r:.40}"
