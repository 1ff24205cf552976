"""The walk: all trees at once, for chunks of rows, in plain NumPy, whatever is missing."""

from __future__ import annotations

from typing import Final

import numpy as np

from salver.formats.trees.steps import INNER, Array, Steps

_CHUNK: Final = 65_536
"""Positions that are kept at a time (rows x trees): what fits the cache."""


class Walk:
    """Finds the leaf of each row in each tree."""

    __slots__ = ("_feature", "_steps", "_threshold", "_ways")

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._feature = steps.feature
        self._threshold = steps.threshold
        self._ways = steps.ways.reshape(-1)

    def leaves(self, matrix: Array) -> Array:
        """[n, trees]: steps that are leaves. `matrix` is [n, features]."""
        rows = len(matrix)
        trees = len(self._steps.roots)
        out = np.empty((rows, trees), np.intp)
        size = max(1, _CHUNK // max(trees, 1))
        for start in range(0, rows, size):
            out[start : start + size] = self._chunk(matrix[start : start + size])
        return out

    def levels(self, matrix: Array) -> tuple[Array, Array]:
        """Leaves, and how many missing levels were passed on the way to each: both [n, trees]."""
        changes = self._steps.levels
        at, flat, base = self._start(matrix)
        count = np.zeros(len(at), np.int64)
        for _ in range(self._steps.depth):
            outcome = self._outcome(flat, base, at)
            if changes is not None:
                count += changes.reshape(-1).take(3 * at + outcome)
            at = self._ways.take(3 * at + outcome)
        shape = (len(matrix), len(self._steps.roots))
        return at.reshape(shape), count.reshape(shape)

    def looked_at(self, matrix: Array, marked: Array) -> tuple[Array, Array]:
        """Of the entries that are marked, [n, features], those that are looked at on the way: rows and features."""
        at, flat, base = self._start(matrix)
        marks = np.ascontiguousarray(marked).reshape(-1)
        seen = np.zeros(marks.shape, bool)
        for _ in range(self._steps.depth):
            place = base + self._feature.take(at)
            seen[place[marks.take(place) & (self._steps.payload.take(at) == INNER)]] = True
            at = self._ways.take(3 * at + self._outcome(flat, base, at))
        rows, features = np.nonzero(seen.reshape(marked.shape))
        return rows, features

    def _chunk(self, matrix: Array) -> Array:
        at, flat, base = self._start(matrix)
        for _ in range(self._steps.depth):
            at = self._ways.take(3 * at + self._outcome(flat, base, at))
        return at.reshape(len(matrix), len(self._steps.roots))

    def _start(self, matrix: Array) -> tuple[Array, Array, Array]:
        rows, trees = len(matrix), len(self._steps.roots)
        flat = np.ascontiguousarray(matrix).reshape(-1)
        base = np.repeat(np.arange(0, rows * matrix.shape[1], max(matrix.shape[1], 1)), trees)
        return np.tile(self._steps.roots, rows), flat, base

    def _outcome(self, flat: Array, base: Array, at: Array) -> Array:
        value = flat.take(base + self._feature.take(at))
        outcome: Array = (value <= self._threshold.take(at)) + 2 * (value != value)
        return outcome
