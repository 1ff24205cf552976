"""Many rows, some at a time, where a step needs much more memory than the rows themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from salver.formats.pmml.frame import Array

_NUMBERS: Final = 1 << 15
"""How many are in memory at once: 256 KiB, which caches hold. Products of matrices as small as that are also left to
one thread by most libraries: a server has better use for its others."""


def in_chunks(compute: Callable[[Array], Array], rows: Array, width: int) -> Array:
    """What `compute` makes of the rows, which needs memory for `width` numbers a row."""
    step = max(1, _NUMBERS // max(1, width))
    if len(rows) <= step:
        return compute(rows)
    return np.concatenate([compute(rows[start : start + step]) for start in range(0, len(rows), step)])
