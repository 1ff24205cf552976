"""Arrays in JSON messages, `ndarray` and `tensor`, as tensors and back.

The dtype is read from the values: whole numbers are INT64 (UINT64, or FP64, where only that holds them), numbers with a
fraction or an exponent FP64, strings BYTES, booleans BOOL. What is mixed or ragged stays what it is, as objects (JSON)
in the shape that all of it has.
"""

from __future__ import annotations

from array import array
from itertools import chain
from math import prod
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput
from salver.core.tensor import NUMPY, Tensor, objects
from salver.protocols.jsontensor import MAX_RANK, text_of, to_tensor
from salver.protocols.prototensor import MAX_SIZE

_NUMBERS: Final = frozenset((int, float))
_KINDS: Final = {"i": "INT64", "u": "UINT64", "f": "FP64"}
_HOLDERS: Final = (("INT64", "q"), ("UINT64", "Q"), ("FP64", "d"))
"""Dtypes, with the type code of `array.array`."""
_WORDS: Final = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
"""How protobuf's JSON, and so Seldon's own client, writes numbers that are not finite."""


def from_lists(value: Any, where: str) -> Tensor:
    """The tensor of an `ndarray`. Raises BadInput for what is no list, or is nested too deeply."""
    if isinstance(value, np.ndarray):
        return Tensor(_KINDS[value.dtype.kind], value)
    if type(value) is not list:
        raise BadInput(f"{where}ndarray: wanted a list, got {type(value).__name__}")
    flat, shape = _flatten(value, where)
    return _typed(flat, shape, where)


def from_flat(value: Any, where: str) -> Tensor:
    """The tensor of `{"shape": [...], "values": [...]}`; without a shape it has one axis. Raises BadInput."""
    if type(value) is not dict:
        raise BadInput(f"{where}tensor: wanted an object with shape and values, got {type(value).__name__}")
    where += "tensor."
    values = value.get("values")
    numbers = _flat_numbers([] if values is None else values, where).array
    wanted = value.get("shape")
    shape = (numbers.size,) if wanted is None else read_shape(wanted, where)
    return Tensor(_KINDS.get(numbers.dtype.kind, "BOOL"), shaped(numbers, shape, where))


def read_shape(value: Any, where: str) -> tuple[int, ...]:
    """Sizes from outside. Raises BadInput for more axes than NumPy has, and for what is no size."""
    sizes = value.tolist() if isinstance(value, np.ndarray) and value.ndim == 1 else value
    if type(sizes) is not list or len(sizes) > MAX_RANK:
        raise BadInput(f"{where}shape: wanted a list of at most {MAX_RANK} sizes")
    for size in sizes:
        if type(size) is not int or not 0 <= size < 2**31:
            raise BadInput(f"{where}shape: wanted whole sizes from 0 on, got {size!r:.60}")
    return tuple(sizes)


def shaped(numbers: np.ndarray[Any, Any], shape: tuple[int, ...], where: str) -> np.ndarray[Any, Any]:
    """The values in that shape. Raises BadInput where they do not fill it, or NumPy has no such shape."""
    if prod(shape) != numbers.size:
        raise BadInput(f"{where}values: there are {numbers.size}, but shape {list(shape)} takes {prod(shape)}")
    if not numbers.size and prod(size or 1 for size in shape) > MAX_SIZE:
        raise BadInput(f"{where}shape: there is no tensor of shape {list(shape)}")
    return numbers.reshape(shape)


def to_lists(tensor: Tensor) -> Any:
    """What `write` makes an `ndarray` of: at least one axis; bytes that are no UTF-8 text become `{"b64": ...}`."""
    values = tensor.values
    if tensor.dtype == "BYTES":
        values = text_of(values)
    values = np.atleast_1d(values)
    return values.tolist() if values.dtype == object else values


def to_flat(tensor: Tensor) -> dict[str, Any]:
    """A `tensor`, of numbers: those that are not finite as strings, `"NaN"`, which Seldon's client reads as numbers."""
    values = tensor.values
    flat: Any = values.reshape(-1)
    if values.dtype.kind == "f" and not np.isfinite(flat).all():
        flat = [number if number - number == 0 else _word(number) for number in flat.tolist()]
    return {"shape": np.atleast_1d(values).shape, "values": flat}


def _word(number: float) -> str:
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"


def _flatten(value: list[Any], where: str) -> tuple[list[Any], tuple[int, ...]]:
    """The elements in order below the axes that all of them have. One pass an axis, so depth costs no stack."""
    flat, shape = value, [len(value)]
    while flat and type(flat[0]) is list:
        if len(flat) > 1 and (set(map(type, flat)) != {list} or len(set(map(len, flat))) != 1):
            break
        if len(shape) == MAX_RANK:
            raise BadInput(f"{where}ndarray: lists are nested deeper than {MAX_RANK}")
        shape.append(len(flat[0]))
        flat = flat[0] if len(flat) == 1 else list(chain.from_iterable(flat))
    return flat, tuple(shape)


def _typed(flat: list[Any], shape: tuple[int, ...], where: str) -> Tensor:
    types = set(map(type, flat))
    if types <= _NUMBERS:
        found = _numbers(flat, float not in types)
        if found is not None:
            return Tensor(found[0], np.ndarray(shape, NUMPY[found[0]], found[1]))
    elif types == {str}:
        return Tensor("BYTES", objects(flat).reshape(shape))
    elif types == {bool}:
        return Tensor("BOOL", np.array(flat, np.bool_).reshape(shape))
    elif np.ndarray in types:  # a long run of numbers among other things: what it is must not hang on its size
        whole = _as_objects([flat], where).item()
        below, inner = _flatten(whole, where)
        return _typed(below, (*shape, *inner[1:]), where)
    return Tensor("JSON", _as_objects(flat, where).reshape(shape))


def _as_objects(items: list[Any], where: str) -> np.ndarray[Any, Any]:
    try:
        return to_tensor(items, "JSON").array
    except BadInput as fault:
        raise BadInput(f"{where}ndarray: {fault.message}") from None


def _numbers(flat: list[Any], whole: bool) -> tuple[str, Any] | None:
    """The numbers in the first dtype that holds them; None for those beyond all doubles."""
    if not flat:
        return "FP64", b""
    for dtype, code in _HOLDERS if whole else _HOLDERS[2:]:
        try:
            return dtype, array(code, flat)
        except OverflowError:
            continue
    return None


def _flat_numbers(values: Any, where: str) -> Tensor:
    if type(values) is list and str in set(map(type, values)):
        values = [_WORDS.get(value, value) if type(value) is str else value for value in values]
    if not isinstance(values, (list, np.ndarray)):
        raise BadInput(f"{where}values: wanted a list of numbers, got {type(values).__name__}")
    found = from_lists(values, where)
    if found.array.ndim != 1 or found.array.dtype == object:
        raise BadInput(f"{where}values: wanted a flat list of numbers; other values go into an ndarray")
    return found
