"""MiningModels that are nothing but trees which all take part: compiled as one table of steps.

What needs a tree of its own (outputs, targets, strategies that mix nodes) goes the way of any segment.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import Kernel, Model, One, Result, best
from salver.formats.pmml.predicates import TAGS
from salver.formats.pmml.segments.numbers import Absence, join_numbers, read_absence
from salver.formats.pmml.segments.parts import model_element
from salver.formats.pmml.segments.votes import VOTING, join_shares, join_votes
from salver.formats.pmml.trees.features import Features
from salver.formats.pmml.trees.field_steps import FieldSteps
from salver.formats.pmml.trees.forest import FieldForest
from salver.formats.pmml.trees.grow import SPREADING, grow, read_strategy
from salver.formats.pmml.trees.model import nodes_of
from salver.formats.pmml.trees.nodes import Nodes
from salver.formats.pmml.trees.scores import Shares, numbers_of, shares_of
from salver.formats.trees.forest import Sum, Totals

_SUMS: Final = ("sum", "average", "weightedSum", "weightedAverage", "x-weightedSum")
_CHUNK: Final = 4_000_000
"""Numbers of a table of [rows, trees, classes] that are kept at a time."""
_TOLERANCE: Final = 1e-14


def compile_forest(model: Model, segmentation: Element, method: str) -> Kernel | None:
    """The kernel of a forest; None for segments that are none."""
    segments = list(segmentation.all("Segment"))
    if not segments or not all(map(_is_plain_tree, segments)) or _reads_segments(model.element):
        return None
    inner = [model.prepare(model_element(segment), model.scope) for segment in segments]
    nodes = [nodes_of(tree) for tree in inner]
    if any(read_strategy(tree).missing in SPREADING for tree in nodes):
        return None
    forest, offsets = _plant(inner, nodes, model)
    weights = np.array([segment.number("weight", 1.0) for segment in segments])
    absence = read_absence(segmentation)
    if model.is_classification:
        shares = [shares_of(tree, one.target) for tree, one in zip(nodes, inner, strict=True)]
        return _classifier(forest, model, shares, method, weights, absence)
    if method in VOTING:
        return None
    values = np.concatenate([*(numbers_of(tree) for tree in nodes), [np.nan]])
    single = model.element.get("x-mathContext") == "float"
    return NumberForest(forest, values, method, weights, absence, _owner(offsets, len(values)), single=single)


def _is_plain_tree(segment: Element) -> bool:
    if segment.need(*TAGS).tag != "True" or segment.first("VariableWeight") is not None:
        return False
    tree = model_element(segment)
    return tree.tag == "TreeModel" and tree.first("Output", "Targets") is None


def _reads_segments(model: Element) -> bool:
    output = model.first("Output")
    return output is not None and any("segmentId" in field.attributes for field in output.all("OutputField"))


def _plant(inner: Sequence[Model], nodes: Sequence[Nodes], model: Model) -> tuple[FieldForest, list[int]]:
    """All trees in one table; a leaf's payload is the node's number, counted over all trees."""
    features = Features(model.scope.counter)
    builder = FieldSteps(features)
    offsets = [0]
    for tree, its_nodes in zip(inner, nodes, strict=True):
        grow(its_nodes, tree.scope, builder, offsets[-1])
        offsets.append(offsets[-1] + len(its_nodes))
    return FieldForest(builder.build(), features, model.scope.counter), offsets


def _owner(offsets: list[int], size: int) -> Array:
    """The tree of each payload."""
    return np.append(np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)), 0)[:size]


class NumberForest:
    """Trees of numbers, added up or averaged."""

    classes: tuple[Any, ...] = ()
    entities: tuple[str, ...] = ()

    def __init__(
        self,
        forest: FieldForest,
        values: Array,
        method: str,
        weights: Array,
        absence: Absence,
        owner: Array,
        *,
        single: bool,
    ) -> None:
        self.forest = forest
        self.values = values
        """By payload: the score of a node."""
        self.method = method
        self.weights = weights
        self.absence = absence
        self.added = values * weights[owner] if "eighted" in method else values
        """By payload: what a node adds to the sum, where there is one."""
        self.precision = "float32" if single and forest.features.is_single else "float64"
        """In which it is added up."""
        self._sum: Sum | None = None
        self.divisor = _divisor(method, weights)
        if method in _SUMS and absence.treatment != "skipSegment":
            self._sum = forest.summing(self.added, self.precision)
        else:
            forest.find_leaves()

    @property
    def is_quick(self) -> bool:
        return self._sum is not None

    def one(self, frame: Frame) -> One:
        """One row."""
        total = self._sum.one(self.forest.matrix(frame)) if self._sum is not None else math.nan
        return total / self.divisor, None

    def __call__(self, frame: Frame) -> Result:
        matrix = self.forest.matrix(frame)
        if self._sum is not None:
            total = self._sum(matrix)
            return Result(value=total if self.divisor == 1 else total / self.divisor)
        values = self.values[self.forest.payloads(matrix)]
        part = np.ones(values.shape, bool)
        return Result(value=join_numbers(self.method, values, part, self.weights, self.absence))


def _divisor(method: str, weights: Array) -> float:
    if method == "average":
        return float(len(weights))
    return float(np.add.accumulate(weights)[-1]) if method == "weightedAverage" else 1.0


def _classifier(
    forest: FieldForest, model: Model, shares: list[Shares], method: str, weights: Array, absence: Absence
) -> Kernel:
    classes = tuple(dict.fromkeys([label for tree in shares for label in tree.classes]))
    places = {label: place for place, label in enumerate(classes)}
    maps = [np.array([places[label] for label in tree.classes], np.intp) for tree in shares]
    winner = np.concatenate(
        [*(np.append(mapping, -1)[tree.winner] for mapping, tree in zip(maps, shares, strict=True)), [-1]]
    )
    probability = np.full((len(winner), len(classes)), np.nan)
    start = 0
    for mapping, tree in zip(maps, shares, strict=True):
        end = start + len(tree.winner)
        if tree.probability is not None:
            probability[start:end] = 0.0
            probability[start:end, mapping] = tree.probability
            probability[start:end][np.isnan(tree.probability).any(axis=1)] = np.nan
        start = end
    if method == "average" and len(classes) == 2 and absence.treatment != "skipSegment":
        pairs = probability[~np.isnan(probability[:, 0])]
        if (np.abs(pairs.sum(axis=1) - 1) <= _TOLERANCE).all():
            return TwoClassForest(forest, classes, probability)
    return ClassForest(forest, classes, winner, probability, method, weights, absence)


class TwoClassForest:
    """The mean of distributions over two classes: one sum says both."""

    is_quick = True
    entities: tuple[str, ...] = ()

    def __init__(self, forest: FieldForest, classes: tuple[Any, ...], probability: Array) -> None:
        self.forest = forest
        self.classes = classes
        self.shares = probability
        """By payload: the distribution of a node."""
        self._sum = forest.summing(probability[:, 0])

    def one(self, frame: Frame) -> One:
        """One row."""
        share = self._sum.one(self.forest.matrix(frame)) / self.forest.trees
        return (int(1.0 - share > share) if share == share else -1), (share, 1.0 - share)

    def __call__(self, frame: Frame) -> Result:
        matrix = self.forest.matrix(frame)
        first = self._sum(matrix) / self.forest.trees
        probability = np.empty((len(first), 2))
        probability[:, 0] = first
        np.subtract(1.0, first, out=probability[:, 1])
        winner = (probability[:, 1] > first).astype(np.intp)
        winner[first != first] = -1
        return Result(winner=winner, probability=probability)


class ClassForest:
    """Votes, or distributions taken together."""

    entities: tuple[str, ...] = ()

    def __init__(
        self,
        forest: FieldForest,
        classes: tuple[Any, ...],
        winner: Array,
        probability: Array,
        method: str,
        weights: Array,
        absence: Absence,
    ) -> None:
        self.forest = forest
        self.classes = classes
        self.winner = winner
        """By payload: the place of a node's class."""
        self.shares = probability
        self.method = method
        self.weights = weights
        self.absence = absence
        self.counts_votes = method in VOTING
        self._totals: Totals | None = None
        if method == "average" and absence.treatment != "skipSegment":
            self._totals = forest.totalling(probability)
        else:
            forest.find_leaves()

    @property
    def is_quick(self) -> bool:
        return self._totals is not None

    def one(self, frame: Frame) -> One:
        """One row."""
        assert self._totals is not None  # noqa: S101 - the caller has looked
        mean: list[float] = (self._totals.one(self.forest.matrix(frame)) / self.forest.trees).tolist()
        largest = max(mean)
        # Where a tree has no answer all are NaN, which no comparison finds.
        return (mean.index(largest) if largest == largest else -1), mean

    def __call__(self, frame: Frame) -> Result:
        matrix = self.forest.matrix(frame)
        size = max(1, _CHUNK // (self.forest.trees * max(len(self.classes), 1)))
        if len(matrix) <= size:
            return self._part(matrix)
        parts = [self._part(matrix[start : start + size]) for start in range(0, len(matrix), size)]
        return Result(
            winner=np.concatenate([part.winner for part in parts if part.winner is not None]),
            probability=np.concatenate([part.probability for part in parts if part.probability is not None]),
        )

    def _part(self, matrix: Array) -> Result:
        if self._totals is not None:
            mean = self._totals(matrix) / self.forest.trees
            return Result(winner=best(mean), probability=mean)
        found = self.forest.payloads(matrix)
        part = np.ones(found.shape, bool)
        if self.method in VOTING:
            winner = self.winner[found]
            return join_votes(self.method, winner, part, self.weights, len(self.classes), self.absence)
        return join_shares(self.method, self.shares[found], part, self.weights, self.absence)
