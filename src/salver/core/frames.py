"""Data frames, pandas or polars, when the caller has one: columns out of a frame, and a frame out of columns.

Neither library is imported here; a frame is known by what it is, and made by the library it came from.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from salver.core.errors import BadInput
from salver.core.tensor import TensorSpec


def is_frame(value: Any) -> bool:
    """Whether the value is a pandas or a polars DataFrame."""
    return type(value).__name__ == "DataFrame" and _library(value) in ("pandas", "polars")


def columns_of(frame: Any, specs: Mapping[str, TensorSpec]) -> dict[str, np.ndarray[Any, Any]]:
    """A frame's columns by input name: where the names fit, each its own; else all of them, in order, as the rows
    of a single input of rank 2. Raises BadInput that lists what is missing."""
    columns = [str(name) for name in frame.columns]
    if set(specs) <= set(columns):
        return {name: _column(frame, name) for name in specs}
    if len(specs) == 1:
        name, spec = next(iter(specs.items()))
        if spec.shape is not None and len(spec.shape) == 2:
            return {name: np.stack([_column(frame, column) for column in columns], axis=1)}
    missing = [name for name in specs if name not in columns]
    raise BadInput(f"the frame has no column {', '.join(map(repr, missing))}; its columns are {columns}")


def frame_like(frame: Any, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    """A frame of the same library (and, in pandas, index): rank 1 arrays as columns, rank 2 ones as `name.0`, ..."""
    columns: dict[str, np.ndarray[Any, Any]] = {}
    for name, array in arrays.items():
        if array.ndim == 1:
            columns[name] = array
        else:
            flat = array.reshape(len(array), -1)
            columns |= {f"{name}.{index}": flat[:, index] for index in range(flat.shape[1])}
    library = sys.modules[_library(frame)]
    if _library(frame) == "pandas":
        return library.DataFrame(columns, index=frame.index)
    return library.DataFrame(columns)


def _library(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def _column(frame: Any, name: str) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = frame[name].to_numpy()
    return array
