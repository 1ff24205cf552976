"""Tensors of several requests as one, and the answer's rows back to each. Pure; axis 0 counts rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from salver.core.errors import BadInput, Precondition
from salver.core.loose import NUMBERS, gap
from salver.core.tensor import Tensor

Tensors: TypeAlias = Mapping[str, Tensor]
MAX_PADDED_RANK: Final = 6
"""Inputs of a higher rank are not padded, as in TensorFlow Serving."""


def rows_of(tensors: Tensors) -> int:
    """The rows that all inputs have. Raises BadInput where they differ, or an input has none."""
    counts = {tensor.array.shape[0] if tensor.array.ndim else -1 for tensor in tensors.values()}
    if -1 in counts:
        raise BadInput("Batching Run() input tensors must have at least one dimension")
    if len(counts) != 1:
        raise BadInput("Batching Run() input tensors must have equal 0th-dimension size")
    return counts.pop()


def row_shapes(tensors: Tensors) -> tuple[tuple[int, ...], ...]:
    """The shape of one row of each input."""
    return tuple(tensor.array.shape[1:] for tensor in tensors.values())


def part(tensors: Tensors, start: int, stop: int) -> Tensors:
    """Rows start to stop of every tensor, not copied."""
    return {name: Tensor(tensor.dtype, tensor.array[start:stop]) for name, tensor in tensors.items()}


def joined(parts: Sequence[Tensors], size: int, *, pad_lengths: bool) -> Tensors:
    """The rows of all parts one after another, and copies of the last part's first row up to `size`,
    which equals their number where there is none.

    With `pad_lengths` rows that are shorter than the longest, along any axis, are filled up with the first element of
    their part; without, the shapes of rows must be equal. Where a part lacks a tensor of the others, all its values are
    missing.
    """
    missing = size - sum(rows_of(tensors) for tensors in parts)
    return {name: _joined(tensors, missing, pad_lengths) for name, tensors in _by_name(parts).items()}


def check_rows(tensors: Tensors, rows: int) -> None:
    """Raises Precondition unless every output has a row for every row that went in."""
    for tensor in tensors.values():
        if tensor.array.ndim == 0:
            raise Precondition("Batched output tensor has 0 dimensions")
        if tensor.array.shape[0] != rows:
            raise Precondition(
                "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the "
                "input tensors"
            )


def stacked(parts: Sequence[Tensors]) -> Tensors:
    """The rows of several answers one after another."""
    if len(parts) == 1:
        return parts[0]
    return {name: _joined(tensors, 0, False) for name, tensors in _by_name(parts).items()}


def _by_name(parts: Sequence[Tensors]) -> dict[str, list[Tensor]]:
    if all(tensors.keys() == parts[0].keys() for tensors in parts):
        return {name: [tensors[name] for tensors in parts] for name in parts[0]}
    known = {name: tensor.dtype for tensors in parts for name, tensor in tensors.items()}
    return {
        name: [tensors.get(name) or gap(rows_of(tensors), dtype) for tensors in parts] for name, dtype in known.items()
    }


def _alike(tensors: list[Tensor]) -> tuple[str, list[np.ndarray[Any, Any]]]:
    """The arrays, in the one dtype that holds the values of all."""
    dtypes = {tensor.dtype for tensor in tensors}
    arrays = [tensor.array for tensor in tensors]
    if len(dtypes) == 1:
        return dtypes.pop(), arrays
    if dtypes <= NUMBERS:
        return "FP64", [array.astype(np.float64) for array in arrays]
    return "JSON", [array.astype(object) for array in arrays]


def _joined(tensors: list[Tensor], missing: int, pad_lengths: bool) -> Tensor:
    dtype, arrays = _alike(tensors)
    if pad_lengths and 1 <= arrays[0].ndim <= MAX_PADDED_RANK:
        arrays = _padded(arrays)
    if missing:
        last = next(array for array in reversed(arrays) if len(array))
        arrays.append(np.repeat(last[:1], missing, axis=0))
    return Tensor(dtype, arrays[0] if len(arrays) == 1 else np.concatenate(arrays))


def _padded(arrays: list[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    longest = tuple(map(max, zip(*(array.shape[1:] for array in arrays), strict=True)))
    return [array if array.shape[1:] == longest else _filled(array, longest) for array in arrays]


def _filled(array: np.ndarray[Any, Any], row: tuple[int, ...]) -> np.ndarray[Any, Any]:
    filled = np.empty((array.shape[0], *row), array.dtype)
    filled[...] = array.flat[0] if array.size else np.zeros((), array.dtype)
    filled[tuple(slice(size) for size in array.shape)] = array
    return filled
