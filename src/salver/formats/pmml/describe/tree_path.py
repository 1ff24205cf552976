"""The way of one row through one tree, predicate by predicate, by the letter of the specification.

Specification: TreeModel, "Missing Value Strategies" and "No True Child Strategies".
"""

from __future__ import annotations

from typing import Any

from salver.formats.pmml.describe.explanations import FALSE, TRUE, UNKNOWN, Test, TreePath
from salver.formats.pmml.describe.predicate_text import fields_of, predicate_text
from salver.formats.pmml.frame import Frame
from salver.formats.pmml.predicates import compile_predicate
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.trees.grow import SPREADING, children_of, read_strategy
from salver.formats.pmml.trees.nodes import Nodes
from salver.formats.pmml.trees.spreading import predicate_holder
from salver.formats.pmml.values import shown_as


class TreeWalk:
    """Walks one row, and keeps a record."""

    def __init__(self, nodes: Nodes, scope: Scope, frame: Frame) -> None:
        self._nodes = nodes
        self._scope = scope
        self._frame = frame
        self._children = children_of(nodes)
        self._strategy = read_strategy(nodes)
        self.tests: list[Test] = []
        self.remarks: list[str] = []

    def node(self) -> int:
        """The node that the row comes to, -1 for none."""
        if self._test(0) != TRUE:
            self.remarks.append("the root's predicate does not hold: no answer")
            return -1
        node = 0
        while self._children[node]:
            onward = self._onward(node)
            if onward == node:
                return node
            if onward < 0:
                return -1
            node = onward
        return node

    def _onward(self, node: int) -> int:
        """The next node; the same one where it stays there, -1 where there is no answer."""
        for child in self._children[node]:
            outcome = self._test(child)
            if outcome == TRUE:
                return child
            if outcome == UNKNOWN and self._strategy.missing != "none":
                return self._unknown(node)
        name, stays = self._name(node), self._strategy.no_true_child == "returnLastPrediction"
        if stays and self._nodes.score[node] is not None:
            self.remarks.append(f"no child of node {name} is TRUE: its own score (returnLastPrediction)")
            return node
        self.remarks.append(f"no child of node {name} is TRUE: no answer ({self._strategy.no_true_child})")
        return -1

    def _unknown(self, node: int) -> int:
        strategy = self._strategy.missing
        if strategy == "lastPrediction":
            self.remarks.append(f"UNKNOWN at node {self._name(node)}: its own score (lastPrediction)")
            return node
        if strategy in SPREADING:
            self.remarks.append(f"UNKNOWN at node {self._name(node)}: the nodes below are mixed ({strategy})")
            return -1
        default = self._nodes.default_child.get(node) if strategy == "defaultChild" else None
        found = [child for child in self._children[node] if default is not None and self._nodes.id[child] == default]
        if found:
            self.remarks.append(f"UNKNOWN at node {self._name(node)}: on to its default child {default}")
            return found[0]
        self.remarks.append(f"UNKNOWN at node {self._name(node)}: no answer ({strategy})")
        return -1

    def _test(self, node: int) -> str:
        holder = predicate_holder(self._nodes, node)
        predicate = holder.children[-1]
        if predicate.tag == "True":
            return TRUE
        true, false = compile_predicate(holder, self._scope)(self._frame)
        outcome = TRUE if true[0] else FALSE if false[0] else UNKNOWN
        values = {name: value_of(name, self._scope, self._frame) for name in fields_of(predicate)}
        self.tests.append(Test(self._name(node), predicate_text(predicate), values, outcome))
        return outcome

    def _name(self, node: int) -> str:
        return node_name(self._nodes, node)


def node_name(nodes: Nodes, node: int) -> str:
    """A node's id, else its place in document order from 1."""
    return nodes.id[node] or str(node + 1)


def value_of(name: str, scope: Scope, frame: Frame) -> Any:
    """A field's value in the only row, as Python says it; None where it is missing."""
    field = scope.find(name)
    return None if field is None else shown_as(frame.column(field).item(0), field.type)


def tree_path(nodes: Nodes, scope: Scope, frame: Frame, shares: dict[int, dict[str, float]]) -> TreePath:
    """The way of the only row of a frame. `shares` has each node's distribution, as its kernel knows it."""
    walk = TreeWalk(nodes, scope, frame)
    node = walk.node()
    if node < 0:
        return TreePath(tuple(walk.tests), tuple(walk.remarks), None, "", None, None, {})
    count = nodes.record_count[node]
    return TreePath(
        tuple(walk.tests),
        tuple(walk.remarks),
        node_name(nodes, node),
        nodes.path(node),
        nodes.score[node],
        count if count == count else None,
        shares.get(node, {}),
    )
