"""Rows: the part of a request that a guard looks at, as one matrix. Not what it makes of it.

A request has rows in one of two ways: as its only matrix of shape [n, k], or as columns of shape [n] side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from salver.core.errors import BadInput
from salver.core.tensor import Tensor
from salver.graph.guards.categories import category

Matrix: TypeAlias = np.ndarray[Any, Any]
"""Of shape [n, k]."""
MAX_COLUMNS: Final = 1024
"""More are refused: some guards keep a number for each pair of them."""


class Rows:
    """Picks columns of requests, in an order of its own. For one thread at a time.

    A column is picked by its name, else by its number from 0. Where none are wanted all are taken, and those of one
    request must be those of the last, by name where both have names, else by their count. Once settled, a request that
    lacks them is refused (BadInput, in the name of the guard); till then it says what the columns are from now on.
    """

    def __init__(self, guard: str, wanted: tuple[str, ...] = ()) -> None:
        self._guard = guard
        self._wanted = wanted
        self._names: tuple[str, ...] = ()
        self._width = len(wanted)
        self._settled = bool(wanted)
        self._last: tuple[tuple[str, ...], int] | None = None
        self._picked: list[int] | None = None

    def numbers(self, tensors: Mapping[str, Tensor]) -> Matrix:
        """float64, NaN where a value is missing."""
        chosen = self._choose(tensors)
        if isinstance(chosen, Tensor):
            return self._floats(chosen)
        return np.stack([self._floats(column) for column in chosen], axis=1)

    def categories(self, tensors: Mapping[str, Tensor]) -> Matrix:
        """An object array of texts, None where a value is missing; see `categories.category`."""
        chosen = self._choose(tensors)
        columns = [chosen.values] if isinstance(chosen, Tensor) else [column.values[:, None] for column in chosen]
        values = np.concatenate([array.astype(object) for array in columns], axis=1)
        found = np.empty(values.size, dtype=object)
        found[:] = [category(value) for value in values.ravel().tolist()]
        return found.reshape(values.shape)

    @property
    def columns(self) -> tuple[tuple[str, ...], int]:
        """Names, where there are any, and count of the columns as they are now."""
        return self._wanted or self._names, self._width

    def settle(self) -> None:
        """Keeps to the columns as they are now."""
        self._settled = True

    def label(self, column: int) -> str:
        """What a picked column is called: its name, or its number where it has none."""
        names = self._wanted or self._names
        return names[column] if names else str(column)

    def _choose(self, tensors: Mapping[str, Tensor]) -> Tensor | Sequence[Tensor]:
        matrix = _only_matrix(tensors)
        if matrix is None:
            self._check_columns(tensors)
            picked = self._pick(tuple(tensors), len(tensors))
            columns = list(tensors.values())
            return columns if picked is None else [columns[index] for index in picked]
        picked = self._pick(matrix.names, matrix.array.shape[1])
        return matrix if picked is None else Tensor(matrix.dtype, matrix.array[:, picked])

    def _check_columns(self, tensors: Mapping[str, Tensor]) -> None:
        shapes = {tensor.array.shape for tensor in tensors.values()}
        if len(shapes) != 1 or len(shapes.pop()) != 1:
            came = ", ".join(f"'{name:.60}' {list(tensor.array.shape)}" for name, tensor in list(tensors.items())[:8])
            raise self._refusal(f"wants one matrix [n, k] or columns [n] of one length, got {came or 'nothing'}")

    def _pick(self, names: tuple[str, ...], width: int) -> list[int] | None:
        """The numbers of the columns that are picked; None for all, as they come."""
        if self._last != (names, width):
            picked = self._find(names if len(names) == width else (), width)
            self._picked = None if picked == list(range(width)) else picked
            self._last = names, width
        return self._picked

    def _find(self, names: tuple[str, ...], width: int) -> list[int]:
        if not width:
            raise self._refusal("wants at least one column, got none")
        if self._wanted:
            return self._places(self._wanted, names, width)
        if not self._settled and width > MAX_COLUMNS:
            raise self._refusal(f"wants {MAX_COLUMNS} columns, got {width}")
        if not self._settled and (width != self._width or not set(self._names) <= set(names)):
            # A name that two columns have would find the first of them twice.
            self._names, self._width = names if len(set(names)) == width else (), width
        if self._names and names:
            return self._places(self._names, names, width)
        if width != self._width:
            raise self._refusal(f"wants {self._width} columns, got {width}")
        return list(range(width))

    def _places(self, columns: tuple[str, ...], names: tuple[str, ...], width: int) -> list[int]:
        places = dict(zip(reversed(names), reversed(range(len(names))), strict=True))
        found = [places.get(column) for column in columns]
        return [
            self._numbered(column, names, width) if place is None else place
            for column, place in zip(columns, found, strict=True)
        ]

    def _numbered(self, column: str, names: tuple[str, ...], width: int) -> int:
        if column.isdecimal() and len(column) < 8 and int(column) < width:
            return int(column)
        known = ", ".join(f"'{name:.60}'" for name in names[:20]) or f"numbered 0 to {width - 1}"
        raise self._refusal(f"wants column '{column:.60}'; the request's are {known}")

    def _floats(self, tensor: Tensor) -> Matrix:
        if tensor.array.dtype != object:
            return tensor.values.astype(np.float64)
        try:
            values = [_float(value) for value in tensor.array.ravel().tolist()]
        except (TypeError, OverflowError) as error:
            raise self._refusal(f"wants numbers: {error}") from None
        return np.array(values, dtype=np.float64).reshape(tensor.array.shape)

    def _refusal(self, reason: str) -> BadInput:
        return BadInput(f"guard '{self._guard}' {reason}")


def _only_matrix(tensors: Mapping[str, Tensor]) -> Tensor | None:
    if len(tensors) == 1:
        (only,) = tensors.values()
        return only if only.array.ndim == 2 else None
    matrices = [tensor for tensor in tensors.values() if tensor.array.ndim == 2]
    return matrices[0] if len(matrices) == 1 else None


def _float(value: Any) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, (int, float, np.number)):
        return float(value)
    raise TypeError(f"got {type(value).__name__} {value!r:.60}")
