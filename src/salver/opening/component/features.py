"""Features: what a request holds, as a user's method is given it. Seldon's wrapper gives the same.

All of it is the user's own to write to: other nodes may have the same tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput
from salver.core.fit import side_by_side
from salver.core.servable import Request
from salver.core.tensor import Tensor, widen

_MAX_TEXT_BYTES: Final = 2**26
"""An array of fixed-width text is as wide as its longest item; one that would be larger stays an array of objects."""


def features_of(tensors: Mapping[str, Tensor]) -> tuple[Any, list[str]]:
    """X and the names of its columns.

    One tensor is itself: an array, or the str, bytes or JSON value that is sent whole. Several numeric ones with as
    many rows are columns side by side, by their names; any others are a dict of lists.
    """
    if len(tensors) == 1:
        (tensor,) = tensors.values()
        return value_of(tensor), list(tensor.names)
    if not tensors:
        return np.array([]), []
    try:
        matrix = side_by_side(tensors)
    except BadInput:
        return {name: own(tensor.to_list()) for name, tensor in tensors.items()}, []
    return matrix.array, list(matrix.names)


def value_of(tensor: Tensor) -> Any:
    """What one tensor holds: an array, or the value itself where it is text, bytes or JSON without an axis."""
    array = tensor.array
    if tensor.dtype == "BYTES" or tensor.dtype == "JSON":
        return own(array.item()) if array.ndim == 0 else _natural(array)
    return widen(array) if tensor.dtype == "BF16" else np.array(array)


def meta_of(request: Request) -> dict[str, Any]:
    """Seldon's `meta`, of what is known when the node is asked; what is empty is left out, as in its messages."""
    meta: dict[str, Any] = {}
    if request.id:
        meta["puid"] = request.id
    trail = request.trail
    if trail is None:
        return meta
    if trail.tags:
        meta["tags"] = own(trail.tags)
    if trail.routing:
        meta["routing"] = dict(trail.routing)
    if trail.path:
        meta["requestPath"] = dict(trail.path)
    if trail.metrics:
        meta["metrics"] = own(trail.metrics)
    return meta


def own(value: Any) -> Any:
    """A copy of a JSON value, which may have arrays in it."""
    if isinstance(value, dict):
        return {key: own(item) for key, item in value.items()}
    if isinstance(value, list):
        return [own(item) for item in value]
    return value.copy() if isinstance(value, np.ndarray) else value


def _natural(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What NumPy makes of the values by itself: text becomes fixed-width, and numbers among it become text."""
    width = max(map(_characters, array.flat), default=0)
    if 4 * width * array.size > _MAX_TEXT_BYTES:
        return array.copy()
    try:
        return np.array(array.tolist())
    except ValueError:
        return array.copy()


def _characters(item: Any) -> int:
    """Of its text at most: a number has 32 to NumPy. Bytes are never made into a fixed width, which would drop zeros at
    their end."""
    if isinstance(item, str):
        return len(item)
    return _MAX_TEXT_BYTES if isinstance(item, bytes) else 32
