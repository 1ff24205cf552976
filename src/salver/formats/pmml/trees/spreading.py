"""Trees that take several nodes together where a value is missing: weightedConfidence and aggregateNodes.

Row by row, since such rows are few. Specification: TreeModel, "Missing Value Strategies".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import Model, Result, best
from salver.formats.pmml.predicates import Masks, compile_predicate
from salver.formats.pmml.trees.grow import Strategy, children_of
from salver.formats.pmml.trees.nodes import Nodes
from salver.formats.pmml.trees.scores import numbers_of, shares_of


class SpreadingTree:
    """A tree whose doubtful rows get an answer mixed from several of its nodes."""

    def __init__(self, nodes: Nodes, model: Model, strategy: Strategy, ids: tuple[str, ...]) -> None:
        self._nodes = nodes
        self._children = children_of(nodes)
        self._aggregates = strategy.missing == "aggregateNodes"
        self._keeps_last = strategy.no_true_child == "returnLastPrediction"
        self._predicates = [compile_predicate(predicate_holder(nodes, node), model.scope) for node in range(len(nodes))]
        self._counts = np.nan_to_num(np.array(nodes.record_count))
        self.entities = ids
        self.classes: tuple[Any, ...] = ()
        self._values: Array | None = None
        if model.is_classification:
            shares = shares_of(nodes, model.target)
            self.classes = shares.classes
            self._winner = shares.winner
            self._probability = shares.probability
            self._confidence = shares.confidence if shares.confidence is not None else shares.probability
            self._class_counts = shares.count
        else:
            self._values = numbers_of(nodes)

    def __call__(self, frame: Frame) -> Result:
        masks = [predicate(frame) for predicate in self._predicates]
        found = [self._find(row, masks) for row in range(frame.rows)]
        entity = np.array([node for node, _ in found], np.intp)
        if self._values is not None:
            return Result(value=np.array([self._number(*one) for one in found], np.float64), entity=entity)
        return self._classified(found, entity)

    def _find(self, row: int, masks: list[Masks]) -> tuple[int, list[tuple[int, float]]]:
        """The node a row comes to; -1 where it is in doubt, and the nodes that are mixed then with their weights."""
        if not masks[0][0][row]:
            return -1, []
        node = 0
        while self._children[node]:
            onward = -1
            for place, child in enumerate(self._children[node]):
                true, false = masks[child][0][row], masks[child][1][row]
                if true:
                    onward = child
                    break
                if not false:
                    return -1, self._mixture(self._children[node][place:], row, masks)
            if onward < 0:
                keeps = self._keeps_last and self._nodes.score[node] is not None
                return (node, []) if keeps else (-1, [])
            node = onward
        return node, []

    def _mixture(self, open_nodes: list[int], row: int, masks: list[Masks]) -> list[tuple[int, float]]:
        """The leaves that are reached from these without a FALSE, each with its weight: the share of training rows at
        each fork (weightedConfidence), or its own training rows (aggregateNodes)."""
        leaves: list[tuple[int, float]] = []
        waiting = [(open_nodes, 1.0)]
        while waiting:
            nodes, weight = waiting.pop()
            some = [node for node in nodes if not masks[node][1][row]]
            certain = next((node for node in some if masks[node][0][row]), None)
            if certain is not None and some[0] == certain:
                some = [certain]
            total = sum(self._counts[node] for node in some)
            for node in some:
                share = weight * (self._counts[node] / total if total else 1 / len(some))
                if self._children[node]:
                    waiting.append((self._children[node], share))
                else:
                    leaves.append((node, self._counts[node] if self._aggregates else share))
        return sorted(leaves)

    def _number(self, node: int, mixture: list[tuple[int, float]]) -> float:
        values = self._values
        if values is None or (node < 0 and not mixture):
            return np.nan
        if node >= 0:
            return float(values[node])
        total = sum(weight for _, weight in mixture)
        return float(sum(values[leaf] * weight for leaf, weight in mixture) / total) if total else np.nan

    def _classified(self, found: list[tuple[int, list[tuple[int, float]]]], entity: Array) -> Result:
        size = (len(found), len(self.classes))
        probability, confidence = np.full(size, np.nan), np.full(size, np.nan)
        winner = np.full(len(found), -1)
        for row, (node, mixture) in enumerate(found):
            if node >= 0:
                winner[row] = self._winner[node]
                if self._probability is not None:
                    probability[row] = self._probability[node]
                if self._confidence is not None:
                    confidence[row] = self._confidence[node]
            elif mixture:
                probability[row], confidence[row] = self._mixed(mixture)
                winner[row] = best(probability[row : row + 1])[0]
        return Result(winner=winner, probability=probability, confidence=confidence, entity=entity)

    def _mixed(self, mixture: list[tuple[int, float]]) -> tuple[Array, Array]:
        if self._aggregates:
            counts = np.sum([self._class_counts[node] for node, _ in mixture], axis=0)
            total = counts.sum()
            shares = counts / total if total else counts * np.nan
            return shares, shares
        weights = np.array([weight for _, weight in mixture])
        places = [node for node, _ in mixture]
        return self._weighed(self._probability, places, weights), self._weighed(self._confidence, places, weights)

    def _weighed(self, table: Array | None, places: list[int], weights: Array) -> Array:
        if table is None:
            return np.full(len(self.classes), np.nan)
        mean: Array = weights @ table[places]
        return mean


def predicate_holder(nodes: Nodes, node: int) -> Element:
    """A node's predicate as the child of an element."""
    holder = nodes.place(node)
    simple, other = nodes.simple[node], nodes.other.get(node)
    if simple is not None:
        field, operator, value = simple
        attributes = {"field": field, "operator": operator} | ({} if value is None else {"value": value})
        other = Element("SimplePredicate", attributes, nodes.line[node], holder)
    elif other is None:
        if not nodes.has_predicate[node]:
            holder.refuse("a Node needs a predicate")
        other = Element("True", {}, nodes.line[node], holder)
    holder.children.append(other)
    return holder
