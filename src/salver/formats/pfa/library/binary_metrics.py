"""metric: how alike two vectors of booleans are, by how often both, one or neither is true."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Final

from salver.formats.pfa.library.core import divide
from salver.formats.pfa.library.registry import fail, function

Vector = Sequence[bool]
_TWO: Final = "(x: array(boolean), y: array(boolean)) -> double"
_DIFFERENT: Final = "dimensions of vectors do not match"


@function("metric.simpleMatching", _TWO, errors={28080: _DIFFERENT})
def _simple_matching(x: Vector, y: Vector) -> float:
    neither, second, first, both = _counts(x, y, 28080)
    return divide(both + neither, both + first + second + neither)


@function("metric.jaccard", _TWO, errors={28090: _DIFFERENT})
def _jaccard(x: Vector, y: Vector) -> float:
    _, second, first, both = _counts(x, y, 28090)
    return divide(both, both + first + second)


@function("metric.tanimoto", _TWO, errors={28100: _DIFFERENT})
def _tanimoto(x: Vector, y: Vector) -> float:
    neither, second, first, both = _counts(x, y, 28100)
    return divide(both + neither, both + 2.0 * (first + second) + neither)


@function(
    "metric.binarySimilarity",
    "(x: array(boolean), y: array(boolean), c00: double, c01: double, c10: double, c11: double, "
    "d00: double, d01: double, d10: double, d11: double) -> double",
    errors={28110: _DIFFERENT},
)
def _binary_similarity(
    x: Vector,
    y: Vector,
    c00: float,
    c01: float,
    c10: float,
    c11: float,
    d00: float,
    d01: float,
    d10: float,
    d11: float,
) -> float:
    """The ratio of two weighted sums of the counts."""
    a00, a01, a10, a11 = _counts(x, y, 28110)
    return divide(c11 * a11 + c10 * a10 + c01 * a01 + c00 * a00, d11 * a11 + d10 * a10 + d01 * a01 + d00 * a00)


def _counts(x: Vector, y: Vector, code: int) -> tuple[float, float, float, float]:
    """How often neither is true, only the second, only the first, both."""
    if len(x) != len(y):
        fail(code)
    both, first, second = sum(map(operator.and_, x, y)), sum(x), sum(y)
    return float(len(x) - first - second + both), float(second - both), float(first - both), float(both)
