"""Isolation forest: rows that random cuts part from the rest early.

F. T. Liu, K. M. Ting, Z.-H. Zhou, Isolation Forest, ICDM 2008. A cut is made only in columns that vary within its node.
All trees are complete, so that a row goes down all of them at once, one level a step: where a tree ends early, what
lies below repeats its end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.graph.guards.bounds import between, check_learn_rows, within
from salver.graph.guards.outlier_guard import OutlierGuard, Outliers
from salver.graph.guards.reference import Reference
from salver.graph.guards.rows import Matrix

_Array = np.ndarray[Any, Any]
_ROWS_AT_ONCE: Final = 1024


@dataclass(frozen=True, slots=True)
class IsolationForest:
    """Rows that are few and different, whatever the shape of the rest."""

    columns: tuple[str, ...] = ()
    """The columns to look at, by name or number from 0; all by default."""
    reference: Reference | None = None
    """A file of ordinary rows."""
    learn_rows: int = 1000
    """Without a reference, so many rows of the first requests are taken for ordinary."""
    trees: int = 100
    """How many, 1 to 1000."""
    sample_rows: int = 256
    """Rows that each tree is made of, 2 to 1024."""
    quantile: float = 0.99
    """The part of the ordinary rows, as they were learnt, that passes."""
    threshold: float | None = None
    """A score between 0 and 1 that ordinary rows do not exceed, instead of the quantile: 0.5 is the middle, near 1 is
    certainly alone."""
    seed: int = 0
    """Of the random cuts."""
    refuse: bool = False
    """Whether a request with an outlier is refused."""

    def __post_init__(self) -> None:
        check_learn_rows(self)
        within(self, 1, 1000, "trees")
        within(self, 2, 1024, "sample_rows")
        within(self, 0, 2**63, "seed")
        between(self, 0, 1, "quantile", *(["threshold"] if self.threshold is not None else []))

    def __call__(self, name: str) -> OutlierGuard:
        outliers = Outliers(self._fit, self.columns, self.learn_rows, self.refuse, self.reference, may_be_slow=True)
        return OutlierGuard(name, outliers)

    def _fit(self, rows: Matrix) -> Forest:
        forest = Forest(rows, self.trees, self.sample_rows, np.random.default_rng(self.seed))
        threshold = self.threshold
        forest.threshold = float(np.quantile(forest.score(rows), self.quantile)) if threshold is None else threshold
        return forest


class Forest:
    """Trees as heaps: the children of node i are 2i + 1 and 2i + 2."""

    threshold = 0.5

    def __init__(self, rows: Matrix, trees: int, sample_rows: int, random: np.random.Generator) -> None:
        size = min(sample_rows, len(rows))
        self._levels = max(1, math.ceil(math.log2(size)))
        self._nodes = 2 ** (self._levels + 1) - 1
        self._usual = average_path(size)
        self._column = np.zeros((trees, self._nodes), dtype=np.intp)
        self._cut = np.full((trees, self._nodes), np.inf)
        self._length = np.full((trees, self._nodes), np.nan)
        self._grow(np.stack([rows[random.choice(len(rows), size, replace=False)] for _ in range(trees)]), random)

    def score(self, rows: Matrix) -> _Array:
        """Between 0 and 1, by the length of the way to a row's end: 2 to the power of -mean / usual."""
        parts = range(0, len(rows), _ROWS_AT_ONCE)
        lengths = [self._mean_length(rows[start : start + _ROWS_AT_ONCE]) for start in parts]
        return np.exp2(-np.concatenate([np.empty(0), *lengths]) / self._usual)

    def _mean_length(self, rows: Matrix) -> _Array:
        trees = len(self._cut)
        tree = np.arange(trees) * self._nodes
        place = np.zeros((len(rows), trees), dtype=np.intp)
        row = np.arange(len(rows))[:, None]
        column, cut = self._column.ravel(), self._cut.ravel()
        for _ in range(self._levels):
            node = place + tree
            place = 2 * place + 1 + (rows[row, column[node]] >= cut[node])
        return np.asarray(self._length.ravel()[place + tree].mean(axis=1))

    def _grow(self, samples: _Array, random: np.random.Generator) -> None:
        """Cuts all trees level by level. `samples` has shape [trees, rows, columns]."""
        trees, size, width = samples.shape
        points = samples.reshape(-1, width)
        tree = np.repeat(np.arange(trees), size)
        place = np.zeros(trees * size, dtype=np.intp)
        for level in range(self._levels + 1):
            nodes, at, counts = np.unique(tree * self._nodes + place, return_inverse=True, return_counts=True)
            low, high = _extents(points, at, counts)
            column, cut = _random_cuts(low, high, random)
            is_end = (low == high).all(axis=1) | (level == self._levels) | ~np.isnan(self._length.flat[nodes])
            self._column.flat[nodes] = column
            self._cut.flat[nodes] = np.where(is_end, np.inf, cut)
            self._end(level, nodes[is_end], counts[is_end])
            place = 2 * place + 1 + (points[np.arange(len(points)), column[at]] >= self._cut.flat[nodes[at]])

    def _end(self, level: int, ends: _Array, counts: _Array) -> None:
        """Ends trees at nodes of a level, each with so many points left, where they have not ended above."""
        length = self._length
        ends_here = np.isnan(length.flat[ends])
        length.flat[ends[ends_here]] = level + _average_paths(counts[ends_here])
        if level < self._levels:
            start, stop = 2**level - 1, 2 ** (level + 1) - 1
            length[:, 2 * start + 1 : 2 * stop + 1] = np.repeat(length[:, start:stop], 2, axis=1)
        else:
            length[np.isnan(length)] = level  # no point came here, but a row may


def average_path(rows: int) -> float:
    """c(n): the average path of an unsuccessful search in a binary search tree of so many rows."""
    if rows < 2:
        return 0.0
    return 2.0 * sum(1 / i for i in range(1, rows)) - 2.0 * (rows - 1) / rows


def _average_paths(counts: _Array) -> _Array:
    known = {int(count): average_path(int(count)) for count in np.unique(counts)}
    return np.array([known[int(count)] for count in counts])


def _extents(points: _Array, at: _Array, counts: _Array) -> tuple[_Array, _Array]:
    """The least and the largest value of each column among the points of each node."""
    ordered = points[np.argsort(at, kind="stable")]
    starts = np.cumsum(counts) - counts
    return np.minimum.reduceat(ordered, starts), np.maximum.reduceat(ordered, starts)


def _random_cuts(low: _Array, high: _Array, random: np.random.Generator) -> tuple[_Array, _Array]:
    """For each node one of the columns that vary in it, and a place between its least and largest value."""
    column = np.where(low < high, random.random(low.shape), -1.0).argmax(axis=1)
    node = np.arange(len(low))
    least, largest = low[node, column], high[node, column]
    return column, least + (1 - random.random(len(low))) * (largest - least)
