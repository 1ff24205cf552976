"""Several trees together: which node each row comes to in each tree, or the sum of what the nodes weigh.

onnxruntime does it for few rows, the descent for many in which nothing is missing, the walk where a missing value goes
a way of its own. All give the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np

from salver.formats.onnx_options import OnnxOptions
from salver.formats.trees.descent import Descent
from salver.formats.trees.ensemble import Ensemble, Layout, lay_out, write_ensemble
from salver.formats.trees.steps import INNER, Array, Steps
from salver.formats.trees.walk import Walk

_FEW_ROWS: Final = 96
"""Up to here onnxruntime finds leaves faster; beyond, a column a tree costs it more than it gains."""
_MANY_ROWS: Final = 400
"""From here on the descent adds up faster than one thread of onnxruntime."""
_MAX_SESSIONS: Final = 32
"""Of one document: each is some megabytes. Trees beyond them are walked."""


_OUT: Final = ["y"]


class Sessions(Protocol):
    """How the sessions of one document are set up, and how many there are."""

    onnx: OnnxOptions
    sessions: int


class Forest:
    """The trees of one table of steps."""

    __slots__ = (
        "_columns",
        "_descent",
        "_finder",
        "_is_blind",
        "_layout",
        "_payload",
        "_sessions",
        "has_session",
        "steps",
        "trees",
        "walk",
    )

    def __init__(self, steps: Steps, columns: int, sessions: Sessions) -> None:
        self.steps = steps
        self.trees = len(steps.roots)
        self.walk = Walk(steps)
        self._sessions = sessions
        self._payload = steps.payload
        self._is_blind = steps.is_blind
        self._columns = max(columns, 1)
        self._layout: Layout | None = lay_out(steps)
        self._descent = Descent(steps, self._layout) if self._layout is not None else None
        self._finder: Ensemble | None = None
        self.has_session = False
        """Whether onnxruntime does some of the work."""

    def find_leaves(self) -> None:
        """Makes ready for `payloads` of few rows."""
        self._finder = self._ensemble(self._payload.astype(np.float64), "float64", by_tree=True)

    def payloads(self, matrix: Array) -> Array:
        """[n, trees] The payload of the leaf of each row in each tree, NOTHING for none."""
        finder = self._finder
        if finder is not None and len(matrix) <= _FEW_ROWS:
            found = finder(matrix)
            if self._is_blind:
                return found.astype(np.intp)
            minded = found[:, -1] != found[:, -1]
            if not minded.any():
                return found[:, :-1].astype(np.intp)
        descent = self.descent(matrix)
        return self._payload.take(self.walk.leaves(matrix) if descent is None else descent.leaves(matrix))

    def payloads_of_one(self, matrix: Array) -> Array:
        """[trees] The same of a single row."""
        if self._finder is not None:
            found: Array = self._finder.run(_OUT, {"x": matrix}, None)[0][0]
            minded = 0.0 if self._is_blind else found.item(-1)
            if minded == minded:
                return found[: self.trees].astype(np.intp)
        walked: Array = self._payload.take(self.walk.leaves(matrix)[0])
        return walked

    def descent(self, matrix: Array) -> Descent | None:
        """The descent, where it can take these rows."""
        return None if self._descent is None or np.isnan(matrix).any() else self._descent

    def summing(self, weights: Array, dtype: str = "float64") -> Sum:
        """What adds up the weights of the leaves: an entry a payload, the last for NOTHING."""
        by_step = weights[np.where(self._payload == INNER, 0, self._payload)]
        return Sum(self, by_step, self._ensemble(by_step, dtype, by_tree=False), dtype, self._is_blind)

    def totalling(self, table: Array) -> Totals:
        """What adds up rows of a table: a row a payload, the last for NOTHING."""
        self.find_leaves()
        return Totals(self, table, table[np.where(self._payload == INNER, 0, self._payload)])

    def looking_up(self, table: Array) -> Callable[[Array], Array]:
        """What finds the rows of a table, a row a payload, for each row of a matrix in each tree: [n, trees, ...]."""
        by_step = table[np.where(self._payload == INNER, 0, self._payload)]

        def found(matrix: Array) -> Array:
            descent = self.descent(matrix)
            if descent is None:
                return by_step.take(self.walk.leaves(matrix), axis=0)
            return descent.looked_up(matrix, by_step)

        return found

    def _ensemble(self, weights: Array, dtype: str, *, by_tree: bool) -> Ensemble | None:
        if self._layout is None or self._sessions.sessions >= _MAX_SESSIONS:
            return None
        self._sessions.sessions += 1
        self.has_session = True
        model = write_ensemble(
            self.steps, self._layout, self._columns, weights, dtype, by_tree=by_tree, guarded=not self._is_blind
        )
        return Ensemble(model, self._sessions.onnx)


class Sum:
    """Adds up the weights of the leaves that a row comes to, tree by tree in their order, in one precision."""

    __slots__ = ("_by_step", "_ensemble", "_forest", "_is_blind", "_is_single")

    def __init__(self, forest: Forest, by_step: Array, ensemble: Ensemble | None, dtype: str, is_blind: bool) -> None:
        self._forest = forest
        self._by_step = by_step.astype(dtype)
        self._ensemble = ensemble
        self._is_single = dtype == "float32"
        self._is_blind = is_blind

    def __call__(self, matrix: Array) -> Array:
        """[n], NaN where a tree has no answer."""
        ensemble = self._ensemble
        if len(matrix) >= _MANY_ROWS and (ensemble is None or ensemble.has_one_thread):
            descent = self._forest.descent(matrix)
            if descent is not None:
                return descent.sums(matrix, self._by_step).astype(np.float64, copy=False)
        if ensemble is None:
            return self.walked(matrix)
        total = ensemble(matrix.astype(np.float32) if self._is_single else matrix)[:, 0]
        if not self._is_blind:
            minded = total != total
            if minded.any():
                total[minded] = self.walked(matrix[minded])
        return total.astype(np.float64, copy=False)

    def one(self, matrix: Array) -> float:
        """The same of a single row."""
        if self._ensemble is None:
            return float(self.walked(matrix)[0])
        given = matrix.astype(np.float32) if self._is_single else matrix
        total: float = self._ensemble.run(_OUT, {"x": given}, None)[0].item()
        return total if total == total or self._is_blind else float(self.walked(matrix)[0])

    def walked(self, matrix: Array) -> Array:
        """The same without onnxruntime."""
        forest = self._forest
        total = np.empty(len(matrix))
        size = max(1, 1_000_000 // max(forest.trees, 1))
        for start in range(0, len(matrix), size):
            part = np.ascontiguousarray(matrix[start : start + size], np.float64)
            weights = self._by_step.take(forest.walk.leaves(part))
            # A running sum adds in order; `sum` would pair.
            total[start : start + size] = np.add.accumulate(weights, axis=1)[:, -1]
        return total


class Totals:
    """Adds up the rows of a table that belong to the leaves that a row comes to, tree by tree in their order."""

    __slots__ = ("_by_step", "_forest", "_table")

    def __init__(self, forest: Forest, table: Array, by_step: Array) -> None:
        self._forest = forest
        self._table = table
        self._by_step = by_step

    def __call__(self, matrix: Array) -> Array:
        """[n, columns], NaN where a tree has no answer."""
        descent = self._forest.descent(matrix) if len(matrix) >= _MANY_ROWS else None
        if descent is not None:
            return descent.sums(matrix, self._by_step)
        total: Array = np.add.reduce(self._table[self._forest.payloads(matrix)], axis=1)
        return total

    def one(self, matrix: Array) -> Array:
        """[columns] The same of a single row."""
        rows = self._table.take(self._forest.payloads_of_one(matrix), axis=0, mode="wrap")
        total: Array = np.add.reduce(rows, axis=0)
        return total
