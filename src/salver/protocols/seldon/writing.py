"""JSON that every client of Seldon can read: strict, so without the bare words NaN and Infinity.

A number that is not finite is null; `arrays.to_flat` alone has words for it.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import orjson


def write(value: Any) -> bytes:
    """A document from dicts, lists, scalars and NumPy arrays; floats in their shortest form that reads back equal."""
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError:  # integers beyond 64 bits, lone surrogates, keys that are no strings
        text = json.dumps(_strict(value), ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="replace")


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.ndim and value.dtype != object and not value.flags.c_contiguous:
        return np.ascontiguousarray(value)
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if isinstance(value, float):
        return value if value - value == 0 else None
    if value is None or isinstance(value, (str, int)):
        return value
    return _strict(_plain(value) if not isinstance(value, np.ndarray) else value.tolist())
