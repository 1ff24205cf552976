"""Comparison measures: how far rows are from references, or how like them. Specification: ClusteringModel,
"Comparison measures and compare functions"; NearestNeighborModel uses the same.

Fields that are missing in a row are left out, and what the others sum up to is scaled up by the share of the
MissingValueWeights that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array
from salver.formats.pmml.models.compare import COMPARE_FUNCTIONS, Comparison, compile_compare

Compute: TypeAlias = Callable[[Array], Array]
"""Rows [n, fields] to [n, references]; NaN for a row of which nothing is known."""

_CHUNK: Final = 1 << 18
"""How many differences are in memory at once: a few MiB."""
_DISTANCES: Final = ("euclidean", "squaredEuclidean", "chebychev", "cityBlock", "minkowski")
_BINARY: Final = {
    "simpleMatching": ((1, 0, 0, 1), (1, 1, 1, 1)),
    "jaccard": ((1, 0, 0, 0), (1, 1, 1, 0)),
    "tanimoto": ((1, 0, 0, 1), (1, 2, 2, 1)),
}
"""What the counts a11, a10, a01 and a00 are multiplied with, above and below the line."""
_COUNTS: Final = ("11", "10", "01", "00")


@dataclass(frozen=True, slots=True)
class Measure:
    """A compiled ComparisonMeasure."""

    is_similarity: bool
    """Whether the largest is the best."""
    against: Callable[[Array], Compute]
    """References [k, fields] to a function of rows. What it computes may warn: call it within `np.errstate`."""

    def order(self, affinity: Array) -> Array:
        """The same, so that the smallest is the best."""
        return -affinity if self.is_similarity else affinity

    def best(self, affinity: Array) -> Array:
        """[n] The place of each row's best reference, the first of equals; -1 where nothing could be compared."""
        order = self.order(affinity)
        unknown = np.isnan(order)
        if not unknown.any():
            nearest: Array = order.argmin(axis=1)
            return nearest
        nearest = np.where(unknown, np.inf, order).argmin(axis=1)
        return np.where(unknown.all(axis=1), -1, nearest)


def default_function(element: Element) -> str:
    """A ComparisonMeasure's compareFunction, for fields that name none."""
    return element.choice("compareFunction", COMPARE_FUNCTIONS, "absDiff")


def compile_measure(
    element: Element, comparisons: Sequence[Comparison], missing_weights: Sequence[float] | None = None
) -> Measure:
    """A ComparisonMeasure of these fields. Raises BadInput."""
    is_similarity = element.choice("kind", ("distance", "similarity"), "distance") == "similarity"
    kind = element.need(*_DISTANCES, *_BINARY, "binarySimilarity")
    if kind.tag not in _DISTANCES:
        above, below = _BINARY.get(kind.tag) or _parameters(kind)
        return Measure(True, lambda references: _chunked(_binary(above, below, references), references))
    shares = np.array(missing_weights if missing_weights is not None else [1.0] * len(comparisons))
    weights = np.array([comparison.weight for comparison in comparisons])
    compare = compile_compare(comparisons)
    collect = _collect(kind, weights, shares)
    finish = _finish(kind)

    def against(references: Array) -> Compute:
        columns = np.ascontiguousarray(references.T)[None]
        return _chunked(lambda rows: finish(collect(compare(rows[:, :, None], columns))), references)

    return Measure(is_similarity, against)


def _chunked(compute: Compute, references: Array) -> Compute:
    """The same, some rows at a time."""
    step = max(1, _CHUNK // max(1, references.size))

    def whole(rows: Array) -> Array:
        if len(rows) <= step:
            return compute(rows)
        return np.concatenate([compute(rows[start : start + step]) for start in range(0, len(rows), step)])

    return whole


# Distances.

_Collect: TypeAlias = Callable[[Array], Array]
"""Compared values [n, fields, k] to [n, k]."""


def _power(kind: Element) -> float:
    if kind.tag != "minkowski":
        return 2.0 if kind.tag in ("euclidean", "squaredEuclidean") else 1.0
    power: float = kind.number("p-parameter")
    if power <= 0:
        kind.refuse(f"p-parameter={power}, wanted more than 0")
    return power


def _collect(kind: Element, weights: Array, shares: Array) -> _Collect:
    """Fields are added one after the other, as the document has them: distances that are equal on paper are often made
    unequal by rounding, and then the order of adding decides which neighbour is nearer."""
    power = _power(kind)
    reduce = np.maximum.reduce if kind.tag == "chebychev" else np.add.reduce
    by_field = None if (weights == 1).all() else weights[:, None]

    def collect(compared: Array) -> Array:
        if power == 2:
            compared = compared * compared
        elif power != 1:
            compared = compared**power
        if by_field is not None:
            compared = compared * by_field
        total: Array = reduce(compared, axis=1)
        if not np.isnan(total).any():
            return total
        known = compared == compared
        filled: Array = reduce(np.where(known, compared, 0.0), axis=1)
        return filled * _scaling(known, shares)

    return collect


def _scaling(known: Array, shares: Array) -> Array:
    """How much larger all fields weigh than those that are known; NaN, by way of infinity, once none is."""
    scaling: Array = shares.sum() / (shares @ known.astype(np.float64))
    return scaling


def _finish(kind: Element) -> Compute:
    if kind.tag == "euclidean":
        return np.sqrt
    if kind.tag == "minkowski":
        root = 1.0 / _power(kind)
        return lambda total: total**root
    return lambda total: total


# Similarities of binary fields.


def _parameters(kind: Element) -> tuple[tuple[float, ...], tuple[float, ...]]:
    above, below = (tuple(kind.number(f"{letter}{count}-parameter") for count in _COUNTS) for letter in "cd")
    return above, below


def _binary(above: Sequence[float], below: Sequence[float], references: Array) -> Compute:
    """Both lines are linear in the counts, and a count is a product: one multiplication of matrices does it all.

    A field is 1 where its value is not 0."""
    count = len(references)
    ones, zeros = _bits(references.T)
    table = np.concatenate([_lines(above, ones, zeros), _lines(below, ones, zeros)], axis=1)

    def compute(rows: Array) -> Array:
        bits = np.empty((len(rows), 2 * rows.shape[1]))
        bits[:, : rows.shape[1]], bits[:, rows.shape[1] :] = _bits(rows)
        lines = bits @ table
        similarity: Array = lines[:, :count] / lines[:, count:]
        return similarity

    return compute


def _bits(values: Array) -> tuple[Array, Array]:
    """Where values are 1, where 0; neither where missing."""
    return np.abs(values) > 0, values == 0


def _lines(factors: Sequence[float], ones: Array, zeros: Array) -> Array:
    both, first, second, neither = factors
    return np.concatenate([both * ones + first * zeros, second * ones + neither * zeros])
