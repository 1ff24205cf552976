"""Many trees that never change, over many rows at once: for batches of documents that are one call of trees each.

The rows come as a matrix of floats, so only trees of numeric tests are taken. NaN is less than nothing, greater than
nothing and equal to nothing, as in `tree_tests.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from salver.formats.onnx_options import OnnxOptions
from salver.formats.pfa.avro.types import NUMBERS, Array, Record, Type, Union
from salver.formats.trees.forest import Forest
from salver.formats.trees.steps import StepsBuilder, Way

Node = Mapping[str, Any]
Matrix = npt.NDArray[np.float64]
_EXACT: Final = 2**53
"""Whole numbers beyond are not all floats."""


@dataclass(slots=True)
class _Sessions:
    """None is opened: for few rows, onnxruntime gains too little here to be worth its memory."""

    onnx: OnnxOptions = field(default_factory=OnnxOptions)
    sessions: int = 0


class Leaves:
    """What the rows of a matrix find in each tree: [rows, trees], or [rows, trees, k] where the leaves are arrays of k
    numbers."""

    def __init__(self, trees: Forest, table: Matrix) -> None:
        self._trees = trees
        self._table = table
        self.rank = table.ndim
        """1 where a leaf is a number, 2 where it is an array of them."""
        self._found: Callable[[Matrix], Matrix] | None = None
        self._added: Callable[[Matrix], Matrix] | None = None

    def __call__(self, matrix: Matrix) -> Matrix:
        if self._found is None:
            self._found = self._trees.looking_up(self._table)
        return self._found(matrix)

    def added(self, matrix: Matrix) -> Matrix:
        """[rows] The sums of numbers over all trees, in their order, sooner than they are found and added."""
        if self._added is None:
            # Every row comes to a leaf; the last entry stands for those that come to none.
            self._added = self._trees.summing(np.concatenate([self._table, self._table[:1]]))
        return self._added(matrix)


class _Odd(Exception):
    """A tree that is not one of numeric tests and numeric leaves."""


def forest(trees: Sequence[Node], tree_type: Record, columns: Sequence[str]) -> Leaves | None:
    """What finds the leaf of each row in each tree, for fields of numbers that are the columns of the matrix, in their
    order; ints and longs among them must be floats exactly. None where the trees test or hold anything else."""
    value = tree_type.types["value"]
    if not trees or not (value in NUMBERS or (isinstance(value, Union) and "double" in value.branches)):
        return None
    planting = _Planting(tree_type, {name: place for place, name in enumerate(columns)})
    try:
        for tree in trees:
            planting.plant(tree)
        table = planting.table()
    except _Odd:
        return None
    return Leaves(Forest(planting.builder.build(), len(columns), _Sessions()), table)


class _Planting:
    """Makes steps of trees; what is found at a leaf is a row of a table."""

    def __init__(self, tree_type: Record, columns: Mapping[str, int]) -> None:
        self.builder = StepsBuilder()
        self._tag, self._columns = tree_type.tag, columns
        self._is_union = isinstance(tree_type.types["value"], Union)
        self._rows: dict[Any, int] = {}
        self._check_leaves(tree_type)

    def _check_leaves(self, tree_type: Record) -> None:
        self._leaf_types: set[str] = set()
        for way in ("pass", "fail"):
            of = tree_type.types[way]
            for branch in of.types if isinstance(of, Union) else ():
                if _is_numeric(branch):
                    self._leaf_types.add(branch.tag)

    def plant(self, root: Node) -> None:
        """Adds a tree, from its leaves up."""
        order = [root]
        for node in order:
            order.extend(onward[1] for onward in (node["pass"], node["fail"]) if self._is_node(onward))
        ways: dict[int, Way] = {}
        for node in reversed(order):
            ways[id(node)] = self._tested(node, self._way(node["pass"], ways), self._way(node["fail"], ways))
        self.builder.finish(ways[id(root)])

    def _is_node(self, onward: Any) -> bool:
        return onward is not None and onward[0] == self._tag

    def _way(self, onward: Any, ways: Mapping[int, Way]) -> Way:
        if self._is_node(onward):
            return ways[id(onward[1])]
        if onward is None or onward[0] not in self._leaf_types:
            raise _Odd
        found = onward[1]
        key = tuple(found) if isinstance(found, list) else (found,)
        if any(isinstance(one, int) and abs(one) > _EXACT for one in key):
            raise _Odd
        return self.builder.leaf(self._rows.setdefault((isinstance(found, list), key), len(self._rows)))

    def table(self) -> Matrix:
        """[leaves] or [leaves, k]"""
        if len({(is_list, len(row)) for is_list, row in self._rows}) != 1:
            raise _Odd
        is_list = next(iter(self._rows))[0]
        return np.array([row if is_list else row[0] for _, row in self._rows], np.float64)

    def _tested(self, node: Node, passed: Way, failed: Way) -> Way:
        if node["operator"] in ("alwaysTrue", "alwaysFalse"):
            return passed if node["operator"] == "alwaysTrue" else failed
        column, value = self._columns.get(node["field"]), node["value"]
        if self._is_union and isinstance(value, tuple):
            value = value[1]
        if column is None or not isinstance(value, (int, float)) or isinstance(value, bool):
            raise _Odd
        if isinstance(value, int) and abs(value) > _EXACT:
            raise _Odd
        return self._compared(column, node["operator"], float(value), passed, failed)

    def _compared(self, column: int, operator: str, value: float, passed: Way, failed: Way) -> Way:
        """Comparisons up to a threshold, and what NaN makes of them: it passes where it is to be unequal."""
        step, below = self.builder.step, math.nextafter(value, -math.inf)
        if operator == "!=":
            return self._equal(column, value, failed, passed)
        if operator == "==":
            return self._equal(column, value, passed, failed)
        if operator not in ("<=", "<", ">", ">="):
            raise _Odd
        if value != value:
            return failed
        if operator in ("<=", ">"):
            true, false = (passed, failed) if operator == "<=" else (failed, passed)
            return step(column, value, true, false, failed)
        if below == value:
            return failed if operator == "<" else step(column, math.inf, passed, passed, failed)
        true, false = (passed, failed) if operator == "<" else (failed, passed)
        return step(column, below, true, false, failed)

    def _equal(self, column: int, value: float, equal: Way, other: Way) -> Way:
        step, below = self.builder.step, math.nextafter(value, -math.inf)
        if value != value:
            return other
        if below == value:
            return step(column, value, equal, other, other)
        return step(column, value, step(column, below, other, equal, other), other, other)


def _is_numeric(of: Type) -> bool:
    return of in NUMBERS or (isinstance(of, Array) and of.items in NUMBERS)
