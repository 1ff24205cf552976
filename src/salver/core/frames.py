"""Data frames, pandas or polars, when the caller has one: columns out of a frame, and a frame out of columns.

Neither library is imported here; a frame is known by what it is, and made by the library it came from.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Mapping
from math import prod
from typing import Any

import numpy as np

from salver.core.errors import BadInput
from salver.core.tensor import FLOATS, INTEGERS, TensorSpec, objects


def is_frame(value: Any) -> bool:
    """Whether the value is a pandas or a polars DataFrame."""
    return type(value).__name__ == "DataFrame" and _library(value) in ("pandas", "polars")


def columns_of(
    frame: Any, specs: Mapping[str, TensorSpec], optional: Container[str] = ()
) -> dict[str, np.ndarray[Any, Any]]:
    """A frame's columns by input name: where the names fit, each its own; else all of them, in order, as the rows
    of a single input of rank 2. What is missing is NaN where floats are wanted, None among texts.

    Raises BadInput that lists what is missing.
    """
    places = {str(name): index for index, name in enumerate(frame.columns)}
    wanted = {name: spec for name, spec in specs.items() if name in places or name not in optional}
    if wanted.keys() <= places.keys():
        return {name: _in_rank(_column(frame, places[name], spec), spec) for name, spec in wanted.items()}
    if len(specs) == 1:
        name, spec = next(iter(specs.items()))
        if spec.shape is not None and len(spec.shape) == 2:
            return {name: np.stack([_column(frame, index, spec) for index in range(len(frame.columns))], axis=1)}
    missing = [name for name in wanted if name not in places]
    raise BadInput(f"the frame has no column {', '.join(map(repr, missing))}; its columns are {list(places)}")


def loose_columns(frame: Any, specs: Mapping[str, TensorSpec]) -> dict[str, Any]:
    """The columns of a frame that loose inputs are named for, as arrays of numbers or lists of plain values, None where
    one is missing. Columns that the frame lacks are left out.

    Raises BadInput for a frame that has none of them.
    """
    places = {str(name): index for index, name in enumerate(frame.columns)}
    found = {name: _loose_column(frame, places[name], spec) for name, spec in specs.items() if name in places}
    if not found and specs:
        raise BadInput(f"the frame has none of the columns {list(specs)}; its columns are {list(places)}")
    return found


def _loose_column(frame: Any, index: int, spec: TensorSpec) -> Any:
    wants_number = spec.dtype in FLOATS | INTEGERS
    if _library(frame) == "polars":
        series = frame.to_series(index)
        is_plain = series.dtype.is_float() or (series.dtype.is_integer() and (wants_number or not series.null_count()))
        return series.to_numpy() if is_plain else series.to_list()
    series = frame.iloc[:, index]
    if series.dtype.kind in "fiu":
        if isinstance(series.dtype, np.dtype):
            return series.to_numpy()
        if wants_number:
            return series.to_numpy(np.float64, na_value=np.nan)
    return [None if gone else value for value, gone in zip(series.astype(object), series.isna(), strict=True)]


def frame_like(frame: Any, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    """A frame of the same library (and, in pandas, index): rank 1 arrays as columns, higher ones as `name.0`, ...;
    the arrays themselves where they are not one row for each of the frame's."""
    if any(array.ndim == 0 or len(array) != len(frame) for array in arrays.values()):
        return dict(arrays)
    columns: dict[str, Any] = {}
    for name, array in arrays.items():
        if array.ndim == 1:
            columns[name] = array.tolist() if array.dtype == object else array
        else:
            flat = array.reshape(len(array), prod(array.shape[1:]))
            columns |= {f"{name}.{index}": flat[:, index] for index in range(flat.shape[1])}
    library = sys.modules[_library(frame)]
    if _library(frame) == "pandas":
        return library.DataFrame(columns, index=frame.index)
    return library.DataFrame(columns)


def _library(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def _column(frame: Any, index: int, spec: TensorSpec) -> np.ndarray[Any, Any]:
    series = frame.iloc[:, index] if _library(frame) == "pandas" else frame.to_series(index)
    array: np.ndarray[Any, Any] = series.to_numpy()
    if array.dtype != object:
        return array
    values = [None if gone else value for value, gone in zip(array, _missing(series), strict=True)]
    if spec.dtype in FLOATS:
        values = [float("nan") if value is None else value for value in values]
    elif spec.dtype not in ("BYTES", "JSON") and None in values:
        raise BadInput(f"column '{frame.columns[index]}' has missing values, wanted {spec.dtype}")
    if spec.dtype == "JSON":
        return objects(values)
    try:
        return np.array(values, dtype=object if spec.dtype == "BYTES" else None)
    except ValueError:
        raise BadInput(f"column '{frame.columns[index]}' holds lists of different lengths") from None


def _missing(series: Any) -> Any:
    return series.isna() if _library(series) == "pandas" else series.is_null()


def _in_rank(array: np.ndarray[Any, Any], spec: TensorSpec) -> np.ndarray[Any, Any]:
    """A column of single values as rows of one, where the input has rank 2."""
    return array[:, None] if array.ndim == 1 and spec.shape is not None and len(spec.shape) == 2 else array
