"""A tree that never changes as flat lists: for those that are too big, too deep or too odd to become code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from salver.formats.pfa.library.tree_tests import OPERATORS, NodeTests, Test

Walk = Callable[[Mapping[str, Any]], Any]


def flat_walk(
    root: Mapping[str, Any], tag: str, tests: NodeTests, finishes: Mapping[str, Callable[[Any], Any]]
) -> Walk:
    """What finds the leaf of a datum in a tree. Inner nodes bear the tag; `finishes` make the result of a leaf that
    passed, and of one that failed."""
    nodes, passes, fails, leaves = [root], [], [], []

    def place(node: Mapping[str, Any], way: str) -> int:
        """Where it goes on: the place of a node, or of a leaf, counted from -1 down."""
        onward = node[way]
        if onward is not None and onward[0] == tag:
            nodes.append(onward[1])
            return len(nodes) - 1
        leaves.append(finishes[way](onward))
        return -len(leaves)

    for node in nodes:
        passes.append(place(node, "pass"))
        fails.append(place(node, "fail"))
    leaves.reverse()
    fields = [node["field"] for node in nodes]
    values = [node["value"] for node in nodes]
    made = [tests[node["field"], node["operator"]] for node in nodes]
    return _walk(fields, made, values, passes, fails, leaves)


def _walk(
    fields: list[str], tests: list[Test], values: list[Any], passes: list[int], fails: list[int], leaves: list[Any]
) -> Walk:
    if all(test is OPERATORS["<="] for test in tests):

        def up_to(datum: Mapping[str, Any]) -> Any:
            at = 0
            while at >= 0:
                at = passes[at] if datum[fields[at]] <= values[at] else fails[at]
            return leaves[at]

        return up_to

    def walk(datum: Mapping[str, Any]) -> Any:
        at = 0
        while at >= 0:
            at = passes[at] if tests[at](datum[fields[at]], values[at]) else fails[at]
        return leaves[at]

    return walk
