"""Frame: the columns of a request, whichever way they came, and back into the same form.

Two forms are known. A matrix: one tensor [n, k], whose columns have the names that its sender gave, else their numbers
from 0 as names. Or columns: tensors [n] or [n, 1], each under its own name. What is neither, such as an image beside
columns, goes on as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor, dtype_of
from salver.graph.transformers.transforming import listed

Array: TypeAlias = np.ndarray[Any, Any]


class Frame:
    """Columns [n] in order; to be changed at will, and then made a response of."""

    __slots__ = ("_deep", "_matrix", "_source", "_tensors", "columns", "names", "rows")

    def __init__(self, request: Request) -> None:
        """Raises BadInput for columns of different lengths, and where there are none."""
        self._tensors = tensors = request.tensors
        self._matrix = ""
        self._source: Tensor | None = None
        self._deep = False
        self.names: list[str] = []
        self.columns: list[Array] = []
        self.rows = 0
        tensor = matrix_of(tensors)
        if tensor is not None:
            self._read_matrix(next(iter(tensors)), tensor)
        else:
            self._read_columns()

    def _read_matrix(self, name: str, tensor: Tensor) -> None:
        self._matrix, self._source = name, tensor
        self.names = list(names_of(tensor))
        array = tensor.values
        self.columns = [array[:, index] for index in range(array.shape[1])]
        self.rows = array.shape[0]

    def _read_columns(self) -> None:
        for name, tensor in self._tensors.items():
            if not _is_column(tensor):
                continue
            array = tensor.values
            self._deep = self._deep or array.ndim == 2
            if self.columns and len(array) != self.rows:
                raise BadInput(
                    f"column '{name}' must have {self.rows} rows, as '{self.names[0]}' has; got {len(array)}"
                )
            self.rows = len(array)
            self.names.append(name)
            self.columns.append(array.reshape(self.rows))
        if not self.columns:
            told = ", ".join(f"'{name}' {tensor}" for name, tensor in self._tensors.items())
            raise BadInput(f"wanted a matrix [n, k] or columns [n], got {told or 'nothing'}")

    def values(self) -> Mapping[str, Any]:
        """Columns by name, and the matrix by its own where no column is called so."""
        whole = {} if self._source is None else {self._matrix: self._source.values}
        return {**whole, **dict(zip(reversed(self.names), reversed(self.columns), strict=True))}

    def response(self) -> Response:
        """The columns as they are now, in the form in which they came. A matrix of floats keeps its dtype; raises
        BadInput for a text in it."""
        if self._source is not None:
            return Response({self._matrix: self._joined(self._source)})
        found = {name: tensor for name, tensor in self._tensors.items() if not _is_column(tensor)}
        for name, column in zip(self.names, self.columns, strict=True):
            made = settled(column)
            found[name] = Tensor(made.dtype, made.array.reshape(-1, 1)) if self._deep else made
        return Response(found)

    def _joined(self, source: Tensor) -> Tensor:
        named = source.names or self.names != [str(index) for index in range(len(self.names))]
        names = tuple(self.names) if named else ()
        is_bare = not self.rows and source.array.dtype != object  # then objects are numbers for all one knows
        columns = [
            column if column.dtype != object else column.astype(np.float64) if is_bare else settled(column).array
            for column in self.columns
        ]
        texts = [name for name, column in zip(self.names, columns, strict=True) if column.dtype == object]
        if texts:
            if source.array.dtype != object:
                raise BadInput(f"column '{texts[0]}' is no number, and '{self._matrix}' is a matrix of {source.dtype}")
            is_text = source.dtype == "BYTES" and len(texts) == len(columns)
            return Tensor("BYTES" if is_text else "JSON", self._filled(columns, np.dtype(object)), names)
        dtype = source.array.dtype if source.array.dtype.kind == "f" else np.result_type(*columns)
        return Tensor(dtype_of(np.empty(0, dtype)), self._filled(columns, dtype), names)

    def _filled(self, columns: Sequence[Array], dtype: np.dtype[Any]) -> Array:
        matrix = np.empty((self.rows, len(columns)), dtype)
        for index, column in enumerate(columns):
            matrix[:, index] = column
        return matrix


def matrix_of(tensors: Mapping[str, Tensor]) -> Tensor | None:
    """The only tensor, where it is a matrix."""
    if len(tensors) == 1:
        tensor = next(iter(tensors.values()))
        if tensor.array.ndim == 2:
            return tensor
    return None


def names_of(tensor: Tensor) -> Sequence[str]:
    """The names of a matrix's columns; their numbers where there are not as many names."""
    count = tensor.array.shape[1]
    return tensor.names if len(tensor.names) == count else [str(index) for index in range(count)]


def place_of(column: str, names: Sequence[str]) -> int:
    """The place of a column, by name, else by its number. Raises BadInput where it is not there."""
    if column in names:
        return names.index(column)
    if column.isascii() and column.isdigit() and len(column) < 9 and int(column) < len(names):
        return int(column)
    raise BadInput(f"there is no column '{column:.60}'; there are {listed(names)}")


def settled(column: Array) -> Tensor:
    """A column in the dtype that fits what is in it: objects that are all numbers become FP64."""
    if column.dtype != object:
        return Tensor(dtype_of(column), column)
    kinds = {type(value) for value in column.flat}
    if kinds and kinds <= {int, float}:
        return Tensor("FP64", column.astype(np.float64))
    return Tensor("BYTES" if kinds <= {str, bytes, type(None)} else "JSON", column)


def _is_column(tensor: Tensor) -> bool:
    shape = tensor.array.shape
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
