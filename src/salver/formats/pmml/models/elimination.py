"""Exact inference over discrete variables: factors are multiplied and summed out, variable by variable.

For many rows at once. Pure; knows nothing of documents.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from salver.formats.pmml.frame import Array

MAX_CELLS: Final = 1 << 22
"""Of all tables together, for one row."""
MAX_AXES: Final = 24
_MANY: Final = 30
"""Of so many factors the product may be less than a double holds."""
_ROW: Final = 0
"""The label of the axis of rows; a variable's is 1 and more within a step."""


class TooLarge(Exception):
    """The variables hang together too closely: the tables would be too large."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A table over some variables, an axis each; before these an axis of rows, where it differs from row to row."""

    variables: tuple[int, ...]
    table: Array
    has_rows: bool


class Inference:
    """The distribution of one variable, given what is known of some others. `factors` are those of every row; what they
    alone say of unobserved variables is computed here, once. Raises TooLarge."""

    __slots__ = ("_fixed", "_is_scaled", "_order", "_turn", "cells")

    def __init__(
        self, cardinalities: Sequence[int], factors: Sequence[Factor], kept: int, observed: frozenset[int]
    ) -> None:
        self._order, self.cells = plan(cardinalities, [factor.variables for factor in factors], kept)
        """`cells` counts the largest table of one row."""
        self._turn = {variable: place for place, variable in enumerate(self._order)}
        self._is_scaled = len(factors) + len(observed) > _MANY
        waiting = self._sorted(factors)
        self._fixed: list[Factor | None] = []
        varies = {self._place(Factor((variable,), np.empty(0), has_rows=True)) for variable in observed}
        for place, variable in enumerate(self._order):
            joined = _joined(waiting[place])
            self._fixed.append(joined if place in varies else None)
            if joined is None:
                continue
            left = Factor(tuple(other for other in joined.variables if other != variable), np.empty(0), has_rows=True)
            if place in varies:
                varies.add(self._place(left))
            else:
                waiting[self._place(left)].append(self._scaled(_summed_out(variable, [joined])))
        self._fixed.append(_joined(waiting[-1]))

    def __call__(self, evidence: Sequence[Factor], rows: int) -> Array:
        """[rows, values] How likely each value is; NaN where evidence and factors allow none. To be called within
        `np.errstate`."""
        waiting = self._sorted(evidence)
        for place, fixed in enumerate(self._fixed):
            if fixed is not None:
                waiting[place].insert(0, fixed)
        for place, variable in enumerate(self._order):
            if waiting[place]:
                left = self._scaled(_summed_out(variable, waiting[place]))
                waiting[self._place(left)].append(left)
        likely = np.ones((rows, 1))
        for factor in waiting[-1]:
            likely = likely * _by_row(factor)
        shares: Array = likely / likely.sum(axis=1, keepdims=True)
        return shares

    def _sorted(self, factors: Sequence[Factor]) -> list[list[Factor]]:
        """Each factor waits where its first variable is summed out; what is over no such variable, at the end."""
        waiting: list[list[Factor]] = [[] for _ in range(len(self._order) + 1)]
        for factor in factors:
            waiting[self._place(factor)].append(factor)
        return waiting

    def _place(self, factor: Factor) -> int:
        last = len(self._order)
        return min((self._turn.get(variable, last) for variable in factor.variables), default=last)

    def _scaled(self, factor: Factor) -> Factor:
        """Of many factors: with the largest entry of each row 1."""
        if not self._is_scaled:
            return factor
        axes = tuple(range(int(factor.has_rows), factor.table.ndim))
        largest = factor.table.max(axis=axes, keepdims=True)
        return Factor(factor.variables, factor.table / np.where(largest > 0, largest, 1.0), factor.has_rows)


def plan(cardinalities: Sequence[int], scopes: Sequence[tuple[int, ...]], kept: int) -> tuple[tuple[int, ...], int]:
    """The order in which the next variable is always the one that needs the smallest table, and the cells of the
    largest. Raises TooLarge."""
    neighbors: list[set[int]] = [set() for _ in cardinalities]
    for scope in scopes:
        for variable in scope:
            neighbors[variable].update(scope)
    order: list[int] = []
    largest, together = cardinalities[kept], 0
    left = set(range(len(cardinalities))) - {kept}
    while left:
        variable = min(left, key=lambda one: (_cells(neighbors[one], one, cardinalities), one))
        around = neighbors[variable] | {variable}
        cells = _cells(neighbors[variable], variable, cardinalities)
        largest, together = max(largest, cells), together + cells
        if together > MAX_CELLS or len(around) > MAX_AXES:
            raise TooLarge
        for other in around - {variable}:
            neighbors[other] |= around
            neighbors[other].discard(variable)
        left.discard(variable)
        order.append(variable)
    return tuple(order), largest


def _cells(neighbors: set[int], variable: int, cardinalities: Sequence[int]) -> int:
    return math.prod(cardinalities[other] for other in neighbors | {variable})


def _by_row(factor: Factor) -> Array:
    """A factor over one variable or none: [rows or 1, values or 1]."""
    shape = factor.table.shape
    return factor.table.reshape(shape[0] if factor.has_rows else 1, math.prod(shape[int(factor.has_rows) :]))


def _joined(factors: list[Factor]) -> Factor | None:
    """The product of factors; None of none."""
    if not factors:
        return None
    product = factors[0]
    for factor in factors[1:]:
        product = _product(product, factor, _union(product, factor))
    return product


def _summed_out(variable: int, factors: list[Factor]) -> Factor:
    """The product of these factors, without the variable."""
    product = _joined(factors[:-1])
    last = factors[-1]
    if product is None:
        axis = last.variables.index(variable) + last.has_rows
        left = tuple(other for other in last.variables if other != variable)
        return Factor(left, last.table.sum(axis=axis), last.has_rows)
    return _product(product, last, tuple(other for other in _union(product, last) if other != variable))


def _union(first: Factor, second: Factor) -> tuple[int, ...]:
    return (*first.variables, *(other for other in second.variables if other not in first.variables))


def _product(first: Factor, second: Factor, variables: tuple[int, ...]) -> Factor:
    """The product over these variables; what else the factors have is summed out."""
    label = {variable: place for place, variable in enumerate(_union(first, second), 1)}
    has_rows = first.has_rows or second.has_rows
    axes = [*([_ROW] if has_rows else []), *(label[variable] for variable in variables)]
    table = np.einsum(first.table, _axes(first, label), second.table, _axes(second, label), axes)
    return Factor(variables, table, has_rows)


def _axes(factor: Factor, label: dict[int, int]) -> list[int]:
    return [*([_ROW] if factor.has_rows else []), *(label[variable] for variable in factor.variables)]
