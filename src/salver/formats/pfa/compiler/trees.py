"""Trees that never change: written in place as conditions, and an array of them as an array of such expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from salver.formats.pfa.avro.types import Array, Record, Type
from salver.formats.pfa.compiler.body import Body
from salver.formats.pfa.compiler.branches import arm
from salver.formats.pfa.compiler.calls import INLINE, WHOLE
from salver.formats.pfa.compiler.code import Code, Scope
from salver.formats.pfa.compiler.functions import library_function
from salver.formats.pfa.library.registry import UNKNOWN
from salver.formats.pfa.library.tree_source import MAX_NODES, node_count, tree_source
from salver.formats.pfa.library.unify import Match, match
from salver.formats.pfa.syntax.node import Node

_TREE: Final = "model.tree.simpleTree"
_MAX_TREES: Final = 2000


def _tree(body: Body, node: Node, matched: Match, codes: list[Code]) -> Code | None:
    """One tree, where it never changes."""
    datum, tree = codes
    of, tree_type = datum.type, tree.type
    if tree.constant is UNKNOWN or not isinstance(of, Record) or not isinstance(tree_type, Record):
        return None
    left = MAX_NODES - body.unit.tree_nodes
    nodes = node_count(tree.constant, tree_type.tag, left)
    if not 0 < nodes <= left:
        return None
    text = tree_source(of, tree_type, tree.constant, matched.ret, _fields(body, node, datum, of), _literals(body), left)
    if text is None:
        return None
    body.unit.tree_nodes += nodes
    return Code(text, matched.ret, depth=1)


def _fields(body: Body, node: Node, datum: Code, of: Record) -> Any:
    """What gives the text of a field of the datum, each taken out of it once."""
    if datum.text == body.unit.input_text:
        return lambda name: body.input_field(name, of.types[name], node.path).text
    simple = body.spill(datum, node.path)
    known: dict[str, str] = {}

    def field(name: str) -> str:
        if name not in known:
            known[name] = body.temp(f"{simple.text}[{name!r}]", node.path, name)
        return known[name]

    return field


def _literals(body: Body) -> Any:
    return lambda value, of: body.constant(value, of, "leaf").text


def _trees(body: Body, node: Node, scope: Scope, _use: bool) -> Code | None:
    """a.map over an array of trees that never changes."""
    arguments: Sequence[Node] = node["args"]
    if len(arguments) != 2 or not _walks_its_parameter(arguments[1]):
        return None
    trees = _constant_cell(body, arguments[0])
    if trees is None or not 0 < len(trees.constant) <= _MAX_TREES or not isinstance(trees.type, Array):
        return None
    (place,) = arguments[1]["params"].values()
    of: Type = arguments[1]["ret"].type
    walk: Node = arguments[1]["do"][0]
    if place.type != trees.type.items:
        return None
    # The function is checked as any other is; what is written of it is left aside.
    arm(body, lambda: body.compile(arguments[1], scope.argument()))
    datum = body.compile(walk["args"][0], scope.argument())
    matched = match(library_function(_TREE, walk.path).signatures[0], [datum.type, place.type])
    if matched is None:
        return None
    written = []
    for tree in trees.constant:
        one = _tree(body, walk, matched, [datum, Code("", place.type, constant=tree)])
        if one is None:
            return None
        written.append(body.convert(one, of, node.path).text)
    return Code(f"[{', '.join(written)}]", Array(of), depth=2)


def _walks_its_parameter(function: Node) -> bool:
    """Whether a function does nothing but walk the tree that it is given."""
    if function.kind != "function" or len(function["params"]) != 1 or len(function["do"]) != 1:
        return False
    (walk,) = function["do"]
    if walk.kind != "apply" or walk["name"] != _TREE or len(walk["args"]) != 2:
        return False
    (name,) = function["params"]
    datum, tree = walk["args"]
    named = [one["name"] if one.kind == "symbol" else "" for one in (datum, tree)]
    return named[1] == name and named[0] not in ("", name)


def _constant_cell(body: Body, node: Node) -> Code | None:
    """The value of a cell that nothing writes."""
    cell = body.unit.cells.get(node["cell"]) if node.kind == "cell" and not node.get("path") else None
    if cell is None or cell.constant is UNKNOWN:
        return None
    return Code("", cell.type, constant=cell.constant)


INLINE[_TREE] = _tree
WHOLE["a.map"] = _trees
