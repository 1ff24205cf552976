"""A TreeModel's nodes as steps: strategies for missing values and for children none of which is TRUE are ways on.

Specification: TreeModel, "Missing Value Strategies" and "No True Child Strategies".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from salver.formats.pmml.element import short
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.trees.branches import Branches, complements
from salver.formats.pmml.trees.field_steps import FieldSteps
from salver.formats.pmml.trees.nodes import Nodes
from salver.formats.trees.steps import NOTHING, Way

STEPWISE: Final = ("none", "lastPrediction", "nullPrediction", "defaultChild")
"""Missing value strategies that lead to one node."""
SPREADING: Final = ("weightedConfidence", "aggregateNodes")
"""Those that take several nodes together."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """What a TreeModel says of doubtful cases."""

    missing: str
    no_true_child: str
    penalty: float


def read_strategy(nodes: Nodes) -> Strategy:
    """A TreeModel's strategies. Raises BadInput for words that are none."""
    model = nodes.model
    return Strategy(
        model.choice("missingValueStrategy", (*STEPWISE, *SPREADING), "none"),
        model.choice("noTrueChildStrategy", ("returnNullPrediction", "returnLastPrediction"), "returnNullPrediction"),
        model.number("missingValuePenalty", 1.0),
    )


def children_of(nodes: Nodes) -> list[list[int]]:
    """The children of each node, in order."""
    children: list[list[int]] = [[] for _ in range(len(nodes))]
    for node, parent in enumerate(nodes.parent):
        if parent >= 0:
            children[parent].append(node)
    return children


def grow(nodes: Nodes, scope: Scope, builder: FieldSteps, payload: int) -> None:
    """Adds a tree. The payload of a leaf is `payload` plus the node that is found there; NOTHING for none."""
    _Growing(nodes, scope, builder, payload).grow()


class _Growing:
    def __init__(self, nodes: Nodes, scope: Scope, builder: FieldSteps, payload: int) -> None:
        self._nodes = nodes
        self._strategy = read_strategy(nodes)
        self._children = children_of(nodes)
        self._builder = builder
        self._branches = Branches(builder, scope)
        self._payload = payload
        self._entries: list[Way] = [(0, 0)] * len(nodes)
        self._keeps_last = self._strategy.no_true_child == "returnLastPrediction"

    def grow(self) -> None:
        """From the last node to the first: children lie after their parents."""
        for node in range(len(self._nodes) - 1, -1, -1):
            self._entries[node] = self._entry(node)
        nothing = self._nothing()
        self._builder.finish(self._tested(0, self._entries[0], nothing, nothing))

    def _leaf(self, node: int) -> Way:
        return self._builder.leaf(self._payload + node)

    def _nothing(self) -> Way:
        return self._builder.leaf(NOTHING)

    def _entry(self, node: int) -> Way:
        """Where to go when a node's predicate is TRUE."""
        children = self._children[node]
        if not children:
            return self._leaf(node)
        way = self._leaf(node) if self._keeps_last and self._nodes.score[node] is not None else self._nothing()
        simple, entries = self._nodes.simple, self._entries
        place = len(children) - 1
        while place >= 0:
            child = children[place]
            unknown = self._unknown(node, way)
            before = children[place - 1] if place else -1
            if before >= 0 and complements(simple[before], simple[child]):
                way = self._tested(before, entries[before], entries[child], unknown)
                place -= 2
            else:
                way = self._tested(child, entries[child], way, unknown)
                place -= 1
        return way

    def _unknown(self, node: int, following: Way) -> Way:
        """Where to go from a node when a child's predicate is UNKNOWN."""
        match self._strategy.missing:
            case "lastPrediction":
                return self._leaf(node)
            case "nullPrediction":
                return self._nothing()
            case "defaultChild":
                return self._default(node)
            case _:
                return following

    def _default(self, node: int) -> Way:
        name = self._nodes.default_child.get(node)
        if name is None:
            return self._nothing()
        child = next((child for child in self._children[node] if self._nodes.id[child] == name), None)
        if child is None:
            self._nodes.place(node).refuse(f"defaultChild={short(name)} is no child of the node")
        target, levels = self._entries[child]
        return target, levels + 1

    def _tested(self, node: int, true: Way, false: Way, unknown: Way) -> Way:
        """The predicate of a node, before its entry."""
        nodes = self._nodes
        simple = nodes.simple[node]
        if simple is not None:
            found = self._branches.quick(*simple)
            if found is None:
                return self._branches.simple(*simple, nodes.place(node), true, false, unknown)
            column, threshold, is_upper = found
            if is_upper:
                return self._builder.step(column, threshold, true, false, unknown)
            return self._builder.step(column, threshold, false, true, unknown)
        other = nodes.other.get(node)
        if other is not None:
            return self._branches.other(other, true, false, unknown)
        if not nodes.has_predicate[node]:
            nodes.place(node).refuse("a Node needs a predicate")
        return true
