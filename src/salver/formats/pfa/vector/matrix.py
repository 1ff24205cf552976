"""The numbers of a batch as one matrix, where they are all numbers of the types that the fields of the input have."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from salver.formats.pfa.avro.types import DOUBLE, Record
from salver.formats.pfa.vector.values import Matrix


def of_columns(columns: Mapping[str, npt.NDArray[Any]], of: Record) -> Matrix | None:
    """[rows, fields] of columns by field; None where a column is not plainly of its type."""
    found = []
    for name, kind in of.types.items():
        column = columns.get(name)
        if column is None or column.ndim != 1:
            return None
        if kind is not DOUBLE or column.dtype.kind not in "fiu":
            return None
        found.append(column)
    if len({len(column) for column in found}) != 1:
        return None
    return np.stack([column.astype(np.float64) for column in found], axis=1)


def of_rows(rows: Sequence[Any], of: Record) -> Matrix | None:
    """[rows, fields] of data; None where one is not plainly a record of floating numbers."""
    names = tuple(of.types)
    if any(kind is not DOUBLE for kind in of.types.values()) or len(names) < 2:
        return None
    pick = itemgetter(*names)
    try:
        if set(map(len, rows)) != {len(names)}:
            return None
        numbers = list(chain.from_iterable(map(pick, rows)))
    except (KeyError, TypeError):
        return None
    if set(map(type, numbers)) != {float}:
        return None
    return np.ndarray((len(rows), len(names)), np.float64, array("d", numbers))
