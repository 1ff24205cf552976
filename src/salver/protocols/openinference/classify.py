"""The classification extension: an output of scores answered as its best classes. Pure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from salver.core.tensor import Tensor, objects


def classified(tensor: Tensor, count: int, batched: bool) -> Tensor:
    """The `count` greatest scores as BYTES `"score:index"`, best first, equal ones by index, NaN last.

    Of a batched tensor each row is a question of its own and the answer is [rows, count], else [count].
    """
    scores = tensor.values
    in_rows = batched and scores.ndim > 0
    rows, classes = (scores.shape[0], math.prod(scores.shape[1:])) if in_rows else (1, scores.size)
    texts = [text for row in scores.reshape(rows, classes) for text in _best(row, count)]
    width = min(count, classes)
    return Tensor("BYTES", objects(texts).reshape((rows, width) if in_rows else (width,)))


def _best(row: np.ndarray[Any, Any], count: int) -> list[str]:
    values = row.tolist()
    order = sorted(range(len(values)), key=lambda index: _rank(values[index]))[:count]
    return [f"{row[index]}:{index}" for index in order]


def _rank(value: float) -> tuple[bool, float]:
    return value != value, -value
