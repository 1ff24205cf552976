"""Sums of floating numbers, added from left to right as a loop would: Python's own `sum` is more exact from 3.12 on,
and an answer must not depend on the Python below."""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterable
from functools import reduce
from typing import Final

_IN_ORDER: Final = sys.version_info < (3, 12)
"""Whether Python's own sum goes from left to right, with nothing kept beside it: it is sooner done."""


def added(values: Iterable[float], start: float = 0.0) -> float:
    """The sum of some numbers, in their order."""
    return sum(values, start) if _IN_ORDER else reduce(operator.add, values, start)


def dot(x: Iterable[float], y: Iterable[float]) -> float:
    """The sum of the products; where one is longer, the rest of it is left out."""
    return added(map(operator.mul, x, y))


def squared_distance(x: Iterable[float], y: Iterable[float]) -> float:
    """The sum of the squared differences; where one is longer, the rest of it is left out."""
    total = 0.0
    for one, other in zip(x, y, strict=False):
        difference = one - other
        total += difference * difference
    return total
