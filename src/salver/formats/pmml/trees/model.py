"""TreeModel: one tree. Specification: TreeModel."""

from __future__ import annotations

from typing import Any

import numpy as np

from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import Kernel, Model, Result
from salver.formats.pmml.trees.features import Features
from salver.formats.pmml.trees.field_steps import FieldSteps
from salver.formats.pmml.trees.forest import FieldForest
from salver.formats.pmml.trees.grow import SPREADING, Strategy, grow, read_strategy
from salver.formats.pmml.trees.nodes import Nodes
from salver.formats.pmml.trees.scores import Shares, numbers_of, shares_of
from salver.formats.pmml.trees.spreading import SpreadingTree


def nodes_of(model: Model) -> Nodes:
    """The nodes of a TreeModel. Raises BadInput where there are none."""
    nodes = model.element.table
    if not isinstance(nodes, Nodes):
        model.element.refuse("a TreeModel needs a Node")
    return nodes


def compile_tree(model: Model) -> Kernel:
    """The kernel of one tree."""
    nodes = nodes_of(model)
    strategy = read_strategy(nodes)
    ids = tuple(name if name is not None else str(place) for place, name in enumerate(nodes.id, 1))
    if strategy.missing in SPREADING:
        return SpreadingTree(nodes, model, strategy, ids)
    features = Features(model.scope.counter)
    builder = FieldSteps(features)
    grow(nodes, model.scope, builder, 0)
    forest = FieldForest(builder.build(), features, model.scope.counter)
    forest.find_leaves()
    if model.is_classification:
        return ClassificationTree(forest, shares_of(nodes, model.target), strategy, ids)
    return RegressionTree(forest, numbers_of(nodes), ids)


class _Tree:
    """Finds the node of each row."""

    __slots__ = ("classes", "entities", "forest")

    def __init__(self, forest: FieldForest, ids: tuple[str, ...]) -> None:
        self.forest = forest
        self.entities = ids
        self.classes: tuple[Any, ...] = ()

    def nodes(self, frame: Frame) -> Array:
        """[n] The node that each row comes to, -1 for none."""
        return self.forest.payloads(self.forest.matrix(frame))[:, 0]


class RegressionTree(_Tree):
    """Gives a node's score."""

    __slots__ = ("values",)

    def __init__(self, forest: FieldForest, values: Array, ids: tuple[str, ...]) -> None:
        super().__init__(forest, ids)
        self.values = np.append(values, np.nan)

    def __call__(self, frame: Frame) -> Result:
        node = self.nodes(frame)
        return Result(value=self.values[node], entity=node)


class ClassificationTree(_Tree):
    """Gives a node's label and distribution."""

    __slots__ = ("confidence", "penalty", "probability", "shares", "winner")

    def __init__(self, forest: FieldForest, shares: Shares, strategy: Strategy, ids: tuple[str, ...]) -> None:
        super().__init__(forest, ids)
        self.shares = shares
        self.classes = shares.classes
        # By node, the last entry for no node at all.
        self.winner = np.append(shares.winner, -1)
        self.probability = _with_nothing(shares.probability)
        self.confidence = _with_nothing(shares.confidence)
        self.penalty = strategy.penalty if forest.steps.levels is not None and shares.confidence is not None else 1.0

    def __call__(self, frame: Frame) -> Result:
        confidence = self.confidence
        if self.penalty == 1:
            node = self.nodes(frame)
            told = None if confidence is None else confidence[node]
        else:
            leaves, levels = self.forest.walk.levels(self.forest.matrix(frame))
            node = self.forest.steps.payload.take(leaves[:, 0])
            told = None if confidence is None else confidence[node] * self.penalty**levels
        return Result(
            winner=self.winner[node],
            probability=None if self.probability is None else self.probability[node],
            confidence=told,
            entity=node,
        )


def _with_nothing(table: Array | None) -> Array | None:
    """A last row for the rows that come to no node."""
    return None if table is None else np.append(table, np.full((1, table.shape[1]), np.nan), axis=0)
