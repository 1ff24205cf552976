"""Reference: the rows that a guard takes for ordinary, from a file or from the first requests."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from salver.core.bounds import positive
from salver.core.errors import BadInput
from salver.core.tensor import Tensor, dtype_of
from salver.graph.guards.rows import Matrix

MAX_LEARNT: Final = 100_000
"""Rows that may be learnt from requests."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A file of ordinary rows: CSV, or a matrix that NumPy saved (`.npy`)."""

    path: str
    """Where it is. A name that ends in `.npy` is read as NumPy's format, any other as CSV."""
    header: bool = True
    """Whether the first line of a CSV names its columns. Named columns are looked for by name in requests that name
    theirs."""
    delimiter: str = ","
    """What stands between two values of a CSV."""
    max_bytes: int = 64 * 2**20
    """A larger file is refused."""

    def __post_init__(self) -> None:
        positive(self, "max_bytes")
        if len(self.delimiter) != 1:
            raise BadInput(f"delimiter must be one character, got {self.delimiter!r:.60}")

    def read(self) -> Tensor:
        """A matrix with the names of its columns; of a CSV that is not all numbers, text (BYTES). Empty values are
        missing: NaN, or None. Raises BadInput for a file that is not there, too large or no table."""
        path = Path(self.path)
        try:
            size = path.stat().st_size
            if size > self.max_bytes:
                raise BadInput(f"reference {path} has {size} bytes, more than max_bytes ({self.max_bytes})")
            table = _saved(path) if path.suffix == ".npy" else self._csv(path)
        except (OSError, ValueError, csv.Error) as error:
            raise BadInput(f"reference {path} cannot be read: {error}") from None
        if table.array.ndim != 2 or 0 in table.array.shape:
            raise BadInput(f"reference {path} must be a matrix [n, k], got shape {list(table.array.shape)}")
        return table

    def _csv(self, path: Path) -> Tensor:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [line for line in csv.reader(file, delimiter=self.delimiter) if line]
        names = tuple(name.strip() for name in lines.pop(0)) if self.header and lines else ()
        for number, line in enumerate(lines):
            if len(line) != len(lines[0]) or (names and len(line) != len(names)):
                raise ValueError(f"row {number} has {len(line)} values, wanted {len(names or lines[0])}")
        return Tensor(*_typed([[value.strip() for value in line] for line in lines]), names)


class Learning:
    """Gathers the rows of the first requests till there are enough: at least two for each column.

    Rows of other columns than the last ones begin anew.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._parts: list[Matrix] = []
        self._columns: object = None
        self.wanted = rows

    def take(self, rows: Matrix, columns: object) -> None:
        if columns != self._columns:
            self._parts, self._columns = [], columns
            self.wanted = max(self._rows, 2 * rows.shape[1])
        if not len(rows):
            return  # or requests without a whole row would add up for ever
        self._parts.append(rows[: self.wanted].copy())
        self.wanted -= len(self._parts[-1])

    def learnt(self) -> Matrix:
        """All that was gathered; then it begins anew, in case nothing can be made of these."""
        rows = np.concatenate(self._parts)
        self._parts, self._columns, self.wanted = [], None, self._rows
        return rows


def _saved(path: Path) -> Tensor:
    array = np.load(path, allow_pickle=False)
    return Tensor(dtype_of(array), array.astype(object) if array.dtype.kind in "SU" else array)


def _typed(lines: list[list[str]]) -> tuple[str, np.ndarray[Any, Any]]:
    try:
        return "FP64", np.array([[float(value or "nan") for value in line] for line in lines])
    except ValueError:
        return "BYTES", np.array([[value or None for value in line] for line in lines], dtype=object)
