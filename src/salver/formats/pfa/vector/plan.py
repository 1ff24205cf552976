"""Finds out whether a document can be computed for many rows at once, and how.

It can where it is a chain of sums, products and trees over the numbers of its input, as exported models are, and its
cells are never written. For anything else there is no plan, and rows are answered one by one. A plan gives the same
bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from salver.formats.pfa.avro.types import DOUBLE, Array, Record, Type, Union
from salver.formats.pfa.compiler.program import Program
from salver.formats.pfa.library.forest_rows import forest
from salver.formats.pfa.syntax.node import Node
from salver.formats.pfa.vector.functions import added_up, combined
from salver.formats.pfa.vector.values import Matrix, Rowwise, constant

Plan = Callable[[Matrix], Matrix]
"""[rows, columns] to [rows], or [rows, k]."""

_TREE: Final = "model.tree.simpleTree"
_Known = tuple[Any, Type]


class _NoPlan(Exception):
    """The document does something else."""


def plan_of(program: Program, cells: dict[str, Any]) -> Plan | None:
    """How all rows of a batch are answered at once; the columns are the fields of the input, in order. None where that
    is not known."""
    document = program.document
    if not program.pure or program.uses or not isinstance(program.input, Record):
        return None
    if not all(kind is DOUBLE for kind in program.input.types.values()):
        return None
    wanted = 0 if program.output is DOUBLE else 1
    if wanted and not (isinstance(program.output, Array) and program.output.items is DOUBLE):
        return None
    known = {name: (cells[name], cell.type.type) for name, cell in document.cells.items()}
    try:
        answer = _Planning(program.input, known).block(document.action)
    except _NoPlan:
        return None
    return answer.compute if answer.rank == wanted else None


class _Planning:
    """Goes through a document."""

    def __init__(self, of: Record, cells: dict[str, _Known]) -> None:
        self._columns = {name: at for at, name in enumerate(of.types)}
        self._cells = cells
        self._symbols: dict[str, Rowwise] = {}
        self._trees = 0

    def block(self, nodes: Sequence[Node]) -> Rowwise:
        """The value of the last of some expressions; those before it are definitions."""
        *before, last = nodes
        for node in before:
            if node.kind != "let":
                raise _NoPlan
            for name, one in node["let"].items():
                self._symbols[name] = self._value(one)
        found = self._value(last)
        if not self._trees:
            # Without trees a row is soon done: nothing is gained.
            raise _NoPlan
        return found

    def _value(self, node: Node) -> Rowwise:
        match node.kind:
            case "symbol":
                return self._found(self._symbols.get(node["name"]))
            case "double":
                return constant(node["double"])
            case "attr":
                return self._field(node)
            case "cell" if not node.get("path"):
                value, of = self._cells[node["cell"]]
                return constant(value) if of is DOUBLE else self._found(None)
            case "apply":
                return self._applied(node["name"], node["args"])
        raise _NoPlan

    def _found(self, value: Rowwise | None) -> Rowwise:
        if value is None:
            raise _NoPlan
        return value

    def _field(self, node: Node) -> Rowwise:
        """A field of the input."""
        base, path = node["attr"], node["path"]
        if base.kind != "symbol" or base["name"] != "input" or len(path) != 1 or path[0].kind != "string":
            raise _NoPlan
        at = self._columns[path[0]["string"]]
        return Rowwise(0, lambda x: x[:, at])

    def _applied(self, name: str, arguments: Sequence[Node]) -> Rowwise:
        if name == _TREE:
            tree = self._cell_at(arguments[1])
            leaves = self._forest([tree[0]], tree[1])
            return Rowwise(leaves.rank - 1, lambda x: leaves.compute(x)[:, 0])
        if name == "a.map" and len(arguments) == 2:
            return self._mapped(arguments)
        if name == "a.reduce" and len(arguments) == 2:
            lists = self._value(arguments[0])
            return self._found(added_up(lists) if lists.rank == 2 and _adds(arguments[1]) else None)
        if all(one.kind == "int" for one in arguments):
            raise _NoPlan
        return self._found(combined(name, [self._argument(one) for one in arguments]))

    def _argument(self, node: Node) -> Rowwise:
        """An argument beside floating ones: whole numbers become such."""
        return constant(float(node["int"])) if node.kind == "int" else self._value(node)

    def _mapped(self, arguments: Sequence[Node]) -> Rowwise:
        """An array of trees, each walked for the input."""
        trees, of = self._cell_at(arguments[0])
        function = arguments[1]
        if function.kind != "function" or len(function["do"]) != 1 or not isinstance(of, Array):
            raise _NoPlan
        (walk,), params = function["do"], list(function["params"])
        if walk.kind != "apply" or walk["name"] != _TREE or len(params) != 1:
            raise _NoPlan
        datum, tree = walk["args"]
        named = [one["name"] if one.kind == "symbol" else "" for one in (datum, tree)]
        if named != ["input", params[0]]:
            raise _NoPlan
        return self._forest(trees, of.items)

    def _cell_at(self, node: Node) -> _Known:
        if node.kind != "cell" or node.get("path"):
            raise _NoPlan
        return self._cells[node["cell"]]

    def _forest(self, trees: Sequence[Any], of: Type) -> Rowwise:
        leaves = forest(trees, of, list(self._columns)) if isinstance(of, Record) else None
        if leaves is None or not isinstance(of, Record) or not _leaves_are_doubles(of):
            raise _NoPlan
        self._trees += len(trees)
        return Rowwise(leaves.rank, leaves, leaves.added if leaves.rank == 1 else None)


def _leaves_are_doubles(tree: Record) -> bool:
    """Whether what is found at the leaves are floating numbers, or arrays of them: whole ones overflow."""
    for way in ("pass", "fail"):
        of = tree.types[way]
        for branch in of.types if isinstance(of, Union) else ():
            if (
                branch is not DOUBLE
                and branch.tag != tree.tag
                and not (isinstance(branch, Array) and branch.items is DOUBLE)
            ):
                return False
    return True


def _adds(function: Node) -> bool:
    """Whether a function just adds its two arguments, which are vectors."""
    if function.kind == "reference":
        return bool(function["fcn"] == "la.add")
    if function.kind != "function" or len(function["do"]) != 1 or len(function["params"]) != 2:
        return False
    (call,) = function["do"]
    named = [one["name"] if one.kind == "symbol" else "" for one in call["args"]] if call.kind == "apply" else []
    return call.kind == "apply" and call["name"] == "la.add" and named == list(function["params"])
