"""A tree that never changes as Python: one expression, in which each test is a condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from salver.formats.pfa.avro.accepts import accepts
from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BYTES,
    NUMBERS,
    STRING,
    Array,
    Enum,
    Fixed,
    Record,
    Type,
    Union,
)
from salver.formats.pfa.library.tree_tests import OPERATORS
from salver.formats.pfa.library.trees import TWO_WAYS, leaf_finishes

Node = Mapping[str, Any]
Field = Callable[[str], str]
"""The source of a field of the datum."""
Literal = Callable[[Any, Type], str]
"""The source of a value of a type."""

MAX_NODES: Final = 20_000
MAX_DEPTH: Final = 60
_PLAIN: Final = (STRING, BYTES, BOOLEAN)


def tree_source(
    datum: Record, tree: Record, root: Node, leaf: Type, field: Field, literal: Literal, most: int = MAX_NODES
) -> str | None:
    """The expression of what `model.tree.simpleTree` finds; `leaf` is the type of the result. None where the tree has
    more nodes than `most`, is too deep, or has a test that had better be left to the library, to fail or not."""
    if not 0 < node_count(root, tree.tag, most) <= most:
        return None
    return _Writing(datum, tree, leaf, field, literal).node(root)


def node_count(root: Node, tag: str, most: int) -> int:
    """The number of inner nodes; 0 where the tree is too deep. Stops beyond `most`."""
    count, depth, level = 0, 0, [root]
    while level:
        count, depth = count + len(level), depth + 1
        if depth > MAX_DEPTH:
            return 0
        if count > most:
            break
        ways = [node[way] for node in level for way in TWO_WAYS]
        level = [way[1] for way in ways if way is not None and way[0] == tag]
    return count


class _Writing:
    def __init__(self, datum: Record, tree: Record, leaf: Type, field: Field, literal: Literal) -> None:
        self._fields, self._tag, self._value = datum.types, tree.tag, tree.types["value"]
        self._leaf, self._finishes = leaf, leaf_finishes(tree, leaf)
        self._field, self._literal = field, literal

    def node(self, node: Node) -> str | None:
        """A node with all below it."""
        condition = self._condition(node["field"], node["operator"], node["value"])
        if condition is None:
            return None
        passed, failed = self._way(node, "pass"), self._way(node, "fail")
        if passed is None or failed is None:
            return None
        return f"({passed} if {condition} else {failed})"

    def _way(self, node: Node, way: str) -> str | None:
        onward = node[way]
        if onward is not None and onward[0] == self._tag:
            return self.node(onward[1])
        return self._literal(self._finishes[way](onward), self._leaf)

    def _condition(self, name: str, operator: str, value: Any) -> str | None:
        """A test that is sure not to fail; None for any other."""
        if operator in ("alwaysTrue", "alwaysFalse"):
            return str(operator == "alwaysTrue")
        field, x = self._fields[name], self._field(name)
        if operator in ("isMissing", "notMissing"):
            return f"{x} is{' not' if operator == 'notMissing' else ''} None"
        of = self._value
        if isinstance(of, Union):
            if value is None:
                return None
            of, value = of.branches[value[0]], value[1]
        if operator in ("in", "notIn"):
            return self._membership(field, x, of, value, operator)
        if operator not in OPERATORS or not self._comparable(field, of):
            return None
        return f"{x} {operator} {self._literal(value, of)}"

    def _comparable(self, field: Type, of: Type) -> bool:
        """Whether Python compares the two as the library does."""
        if field in NUMBERS:
            return of in NUMBERS and (of is self._value or accepts(self._value, field))
        return (field in _PLAIN or isinstance(field, Fixed)) and field == of

    def _membership(self, field: Type, x: str, of: Type, value: list[Any], operator: str) -> str | None:
        if not isinstance(of, Array) or not self._countable(field, of.items):
            return None
        kept = [one for one in dict.fromkeys(value) if one == one]
        if not kept:
            return str(operator == "notIn")
        listed = ", ".join(self._literal(one, of.items) for one in kept)
        return f"{x} {'not in' if operator == 'notIn' else 'in'} {{{listed}}}"

    def _countable(self, field: Type, items: Type) -> bool:
        """Whether Python finds a field in a set as the library does in an array."""
        if field in NUMBERS:
            return items in NUMBERS and accepts(items, field)
        return (field in _PLAIN or isinstance(field, (Enum, Fixed))) and field == items
