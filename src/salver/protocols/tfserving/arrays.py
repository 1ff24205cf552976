"""The NumPy arrays that `jsondoc.read` puts in place of large lists of numbers: made one, or made lists again."""

from __future__ import annotations

from typing import Any

import numpy as np

from salver.protocols.jsontensor import MAX_JSON_DEPTH


def plain(value: Any, depth: int = MAX_JSON_DEPTH) -> Any:
    """The value with lists in place of arrays, down to a depth that no dtype allows anyway."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if depth and type(value) is list:
        return [plain(item, depth - 1) for item in value] if _may_hold_arrays(value) else value
    if depth and type(value) is dict:
        return {key: plain(item, depth - 1) for key, item in value.items()}
    return value


def stacked(rows: list[Any]) -> Any:
    """Rows ready for `to_tensor`: one array where all are arrays of one shape and type, else lists."""
    first = rows[0] if rows else None
    if type(first) is np.ndarray and all(
        type(row) is np.ndarray and row.shape == first.shape and row.dtype == first.dtype for row in rows
    ):
        return np.stack(rows)
    return plain(rows) if np.ndarray in map(type, rows) else rows


def _may_hold_arrays(items: list[Any]) -> bool:
    return not {list, dict, np.ndarray}.isdisjoint(map(type, items))
