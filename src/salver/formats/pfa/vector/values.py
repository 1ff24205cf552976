"""A value for all rows of a batch: what the numbers of an array mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Compute = Callable[[Matrix], Matrix]
"""The numbers of the input, [rows, columns], to a value for each row."""


@dataclass(frozen=True, slots=True)
class Rowwise:
    """A value under way. `rank` 0 is a number for each row [rows], 1 a list of numbers [rows, k], 2 a list of such
    lists [rows, m, k]; every row has as many."""

    rank: int
    compute: Compute
    added: Compute | None = None
    """The sums over axis 1, from left to right, where there is a shorter way to them."""


def constant(value: float) -> Rowwise:
    """The same number for each row."""
    return Rowwise(0, lambda x: np.full(len(x), value))
