"""Tensors: a dtype by its Open Inference name, and a NumPy array.

Three dtypes need a word. `BF16` has no NumPy type: its array holds the raw bits as uint16. `BYTES` is an object
array of `bytes` or `str` (UTF-8 text), None where a value is missing. `JSON` is an object array of whatever
JSON can say, for values that are not tensors (records, unions, maps, sequences).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from salver.core.domain import Domain
from salver.core.errors import BadInput

NUMPY: Final[dict[str, np.dtype[Any]]] = {
    "BOOL": np.dtype(np.bool_),
    "UINT8": np.dtype(np.uint8),
    "UINT16": np.dtype(np.uint16),
    "UINT32": np.dtype(np.uint32),
    "UINT64": np.dtype(np.uint64),
    "INT8": np.dtype(np.int8),
    "INT16": np.dtype(np.int16),
    "INT32": np.dtype(np.int32),
    "INT64": np.dtype(np.int64),
    "FP16": np.dtype(np.float16),
    "BF16": np.dtype(np.uint16),
    "FP32": np.dtype(np.float32),
    "FP64": np.dtype(np.float64),
    "BYTES": np.dtype(np.object_),
    "JSON": np.dtype(np.object_),
}
"""Every dtype and the NumPy type that holds it."""

_NAMES: Final[dict[np.dtype[Any], str]] = {
    numpy_dtype: name for name, numpy_dtype in NUMPY.items() if name not in ("BF16", "BYTES", "JSON")
}

FLOATS: Final = frozenset(("FP16", "BF16", "FP32", "FP64"))
INTEGERS: Final = frozenset(name for name, numpy_dtype in NUMPY.items() if numpy_dtype.kind in "iu" and name != "BF16")
LOOSE: Final = frozenset(NUMPY) - {"BF16"}
"""What a loose input takes: every dtype whose array holds its values as they are."""


class Tensor:
    """A named type and its values. Unchecked on purpose: it is made for each request; use `Tensor.of` for what
    comes from people. The array must not be written to once it is here.

    `names` are those of the columns of a matrix, where its sender gave them: nothing is held to them.
    """

    __slots__ = ("array", "dtype", "names")

    def __init__(self, dtype: str, array: np.ndarray[Any, Any], names: tuple[str, ...] = ()) -> None:
        self.dtype = dtype
        self.array = array
        self.names = names

    @classmethod
    def of(cls, values: Any, dtype: str | None = None) -> Tensor:
        """A tensor from an array, a scalar or nested lists.

        With `dtype` the values are converted only where nothing can be lost in kind (ints to floats, any float
        width, ints in range, str to BYTES); without, the dtype is read from the values.
        Raises BadInput for ragged lists, values of another kind, integers out of range.
        """
        if dtype == "JSON":
            return cls("JSON", objects(values))
        array = _as_array(values, dtype)
        found = dtype_of(array)
        if dtype is None or found == dtype:
            return cls(found, _held(array, found))
        return cls(dtype, convert(array, found, dtype))

    @property
    def values(self) -> np.ndarray[Any, Any]:
        """The array; BF16 as the FP32 numbers that its bits stand for."""
        return widen(self.array) if self.dtype == "BF16" else self.array

    def to_list(self) -> Any:
        """Nested Python lists (a scalar for rank 0); BF16 as floats."""
        return self.values.tolist()

    def __repr__(self) -> str:
        return f"Tensor({self.dtype}, {list(self.array.shape)})"


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """What a tensor must look like."""

    dtype: str
    """An Open Inference name, or JSON."""
    shape: tuple[int, ...] | None
    """One entry an axis, -1 for any size; None for any rank."""
    checked: bool = True
    """Whether tensors are held to the shape. Some runtimes take more than a model declares, and judge by themselves."""
    loose: bool = False
    """Whether the model judges each value by itself: values of other dtypes, and missing ones, come to it as they are,
    as dtype JSON where they are mixed. Only the shape holds."""
    domain: Domain | None = field(default=None, compare=False)
    """What is meant to come in, where the model says so: for people, no part of what a spec is."""
    _row: tuple[int, ...] | None = field(init=False, compare=False, repr=False)
    """The shape of a row, where axis 0 alone is open."""

    def __post_init__(self) -> None:
        shape = self.shape
        has_rows = shape is not None and shape[:1] == (-1,) and -1 not in shape[1:] and self.checked
        object.__setattr__(self, "_row", shape[1:] if shape is not None and has_rows else None)

    def accepts(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of this shape fits."""
        wanted = self.shape
        if self._row is not None:
            return shape[1:] == self._row and bool(shape)
        if wanted is None or wanted == shape or not self.checked:
            return True
        if len(wanted) != len(shape):
            return False
        for want, have in zip(wanted, shape, strict=True):  # noqa: SIM110 - asked for each request, twice as fast
            if want != have and want != -1:
                return False
        return True

    def __str__(self) -> str:
        return f"{self.dtype}[...]" if self.shape is None else f"{self.dtype}{list(self.shape)}"


def dtype_of(array: np.ndarray[Any, Any]) -> str:
    """The Open Inference name for an array. Raises BadInput for types that have none (complex, datetime, ...)."""
    name = _NAMES.get(array.dtype)
    if name is not None:
        return name
    if array.dtype.kind in "SUTO":
        return "BYTES"
    if array.dtype.name == "bfloat16":
        return "BF16"
    native = _NAMES.get(array.dtype.newbyteorder("="))
    if native is None:
        raise BadInput(f"values of NumPy type {array.dtype} have no tensor dtype; wanted one of {', '.join(NUMPY)}")
    return native


def objects(values: Any) -> np.ndarray[Any, Any]:
    """A one-axis object array: each item of the list whole, never spread over axes."""
    if isinstance(values, np.ndarray) and values.dtype == object:
        return values
    items = list(values)
    array = np.empty(len(items), dtype=object)
    array[:] = items if not any(isinstance(item, np.ndarray) for item in items) else [None] * len(items)
    for index, item in enumerate(items):
        array[index] = item
    return array


def widen(bits: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """float32 values of raw bfloat16 bits (uint16), exactly."""
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


def narrow(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Raw bfloat16 bits (uint16) of float values, rounded to nearest, ties to even; NaN stays NaN."""
    with np.errstate(over="ignore", invalid="ignore"):
        floats = np.ascontiguousarray(values, dtype=np.float32)
    bits = floats.view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    return np.where(np.isnan(floats), np.uint16(0x7FC0), rounded.astype(np.uint16)).reshape(np.shape(values))


def convert(array: np.ndarray[Any, Any], found: str, wanted: str) -> np.ndarray[Any, Any]:
    """An array of dtype `found` as dtype `wanted`, where the kind allows it. Raises BadInput where not."""
    if wanted in FLOATS and (found in FLOATS or found in INTEGERS):
        floats = widen(array) if found == "BF16" else array
        if wanted == "BF16":
            return narrow(floats)
        with np.errstate(over="ignore"):
            return floats.astype(NUMPY[wanted])
    if wanted in INTEGERS and found in INTEGERS:
        limits = np.iinfo(NUMPY[wanted])
        if array.size and (int(array.min()) < limits.min or int(array.max()) > limits.max):
            raise BadInput(
                f"integers from {array.min()} to {array.max()} do not fit {wanted} ({limits.min} to {limits.max})"
            )
        return array.astype(NUMPY[wanted])
    if array.size == 0:
        return np.empty(array.shape, NUMPY[wanted])
    raise BadInput(f"values are {found}, wanted {wanted}")


def _as_array(values: Any, dtype: str | None) -> np.ndarray[Any, Any]:
    if isinstance(values, np.ndarray):
        return values
    if dtype == "BYTES":
        return _text_array(values)
    try:
        array = np.asarray(values)
    except OverflowError as error:
        raise BadInput(f"integers beyond 64 bits have no dtype: {error}") from None
    except ValueError:
        raise BadInput("nested lists are ragged: every list on one level must have the same length") from None
    if array.dtype.kind == "f" and dtype in INTEGERS:
        return _integer_array(values, array, dtype)
    if array.dtype.kind not in "SU":
        return array
    if not _all_text(values):
        raise BadInput(f"numbers and strings are mixed, wanted {dtype or 'one kind'}")
    return _text_array(values)


def _integer_array(values: Any, array: np.ndarray[Any, Any], dtype: str) -> np.ndarray[Any, Any]:
    """Python integers on both sides of 2**63, which NumPy makes floats of, as what they are."""
    exact = np.array(values, dtype=object)
    if any(type(value) is not int for value in exact.flat):
        return array
    try:
        return exact.astype(NUMPY[dtype])
    except OverflowError as error:
        raise BadInput(f"integers do not fit {dtype}: {error}") from None


def _text_array(values: Any) -> np.ndarray[Any, Any]:
    """An object array from nested lists of strings: fixed-width arrays would drop trailing NULs."""
    try:
        return np.array(values, dtype=object)
    except ValueError:
        raise BadInput("nested lists are ragged: every list on one level must have the same length") from None


def _all_text(values: Any) -> bool:
    if isinstance(values, (list, tuple)):
        return all(_all_text(value) for value in values)
    return isinstance(values, (str, bytes, np.str_, np.bytes_)) or (
        isinstance(values, np.ndarray) and values.dtype.kind in "SUO"
    )


def _held(array: np.ndarray[Any, Any], dtype: str) -> np.ndarray[Any, Any]:
    """The array in the NumPy type that holds the dtype: native byte order, strings as objects, BF16 as bits."""
    if dtype == "BYTES":
        held = array if array.dtype == object else array.astype(object)
        for value in held.flat:
            if not (value is None or isinstance(value, (str, bytes))):
                raise BadInput(f"a BYTES tensor holds {type(value).__name__} {value!r:.60}, wanted str or bytes")
        return held
    if dtype == "BF16":
        return array.view(np.uint16)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
