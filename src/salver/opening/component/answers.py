"""Answers: what a user's method gave, as tensors named by Seldon's kinds of data.

All of it is copied: the user may go on writing to what it gave, while an answer is still being sent.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np

from salver.core.errors import BadInput, ToldBadInput
from salver.core.tensor import Tensor, dtype_of
from salver.opening.component.features import own

Names: TypeAlias = Callable[[int], tuple[str, ...]]
"""Of so many columns; none, or others in number, where they are not known."""
_BAD_DATA: Final = "MICROSERVICE_BAD_DATA"
_own_items: Final = np.frompyfunc(own, 1, 1)


def unnamed(_: int) -> tuple[str, ...]:
    return ()


def tensors_of(data: Any, names: Names = unnamed) -> dict[str, Tensor]:
    """An array or a list is `data`, a str `strData`, bytes `binData`, a dict `jsonData`, and so is a ragged list.

    `names` is asked for those of the columns of what has any. Raises ToldBadInput for anything else.
    """
    if isinstance(data, np.ndarray):
        return {"data": _of_array(data, names)}
    if isinstance(data, list):
        array = _of_list(data)
        return {"jsonData": whole("JSON", own(data))} if array is None else {"data": _of_array(array, names)}
    if isinstance(data, str):
        return {"strData": whole("BYTES", data)}
    if isinstance(data, dict):
        return {"jsonData": whole("JSON", own(data))}
    if isinstance(data, (bytes, bytearray)):
        return {"binData": whole("BYTES", bytes(data))}
    raise _unknown(f"{type(data).__name__}")


def index_of(data: Any) -> int:
    """The branch that a router chose. Raises ToldBadInput for what is no integer."""
    try:
        return operator.index(data)
    except TypeError:
        raise ToldBadInput(
            f"a route must be an int, got {type(data).__name__} {str(data)[:100]}", status=400, reason=_BAD_DATA
        ) from None


def whole(dtype: str, value: Any) -> Tensor:
    """A value without an axis."""
    array = np.empty((), object)
    array[()] = value
    return Tensor(dtype, array)


def _of_list(values: list[Any]) -> np.ndarray[Any, Any] | None:
    """An array of the list; None where it is ragged.

    Text stays objects: NumPy would make all of it as wide as its longest, and text of the numbers among it.
    """
    try:
        array = np.array(values, dtype=object)
        types = set(map(type, array.flat))
        if types & {list, tuple}:
            return None
        return array if any(issubclass(kind, (str, bytes)) for kind in types) else np.array(values)
    except ValueError:
        return None


def _of_array(array: np.ndarray[Any, Any], names: Names) -> Tensor:
    columns = names(array.shape[1]) if array.ndim > 1 else ()
    kind = array.dtype.kind
    if kind in "SUT":
        return Tensor("BYTES", array.astype(object), columns)
    if kind == "O":
        is_text = all(item is None or isinstance(item, (str, bytes)) for item in array.flat)
        return Tensor("BYTES" if is_text else "JSON", _own_items(array, out=np.empty_like(array)), columns)
    try:
        dtype = dtype_of(array)
    except BadInput:
        raise _unknown(f"array of {array.dtype}") from None
    return Tensor(dtype, array.copy() if array.dtype.isnative else array.astype(array.dtype.newbyteorder("=")), columns)


def _unknown(what: str) -> ToldBadInput:
    return ToldBadInput(
        f"an answer must be an array, a list, a str, bytes or a dict, got {what}", status=400, reason=_BAD_DATA
    )
