"""The syntax of expressions: text becomes a small tree, and whatever is not on the list is refused. Computes nothing.

The words are Python's, but few of them. What remains in the tree are constants, names, operators and calls of our own
functions; an attribute `a.b` becomes the plain name "a.b", so nothing of an object can ever be reached.
"""

from __future__ import annotations

import ast
import math
import warnings
from dataclasses import dataclass, field
from typing import Any, Final

from salver.core.errors import BadInput
from salver.graph.expression_functions import FUNCTIONS, OPERATORS

MAX_CHARACTERS: Final = 1000
MAX_DEPTH: Final = 60
MAX_EXPONENT: Final = 64
MAX_INTEGER: Final = 2**63 - 1
_INSTEAD: Final[dict[type[ast.AST], str]] = {
    ast.BitAnd: "write `and`",
    ast.BitOr: "write `or`",
    ast.Invert: "write `not`",
    ast.Is: "write `==`",
    ast.IsNot: "write `!=`",
    ast.Lambda: "there are only the functions listed",
    ast.JoinedStr: "text is only compared",
    ast.NamedExpr: "nothing is assigned",
    ast.Starred: "values are written out one by one",
}


@dataclass(slots=True)
class Parsed:
    """A tree that is safe to evaluate, and the names in it, in the order in which they appear."""

    tree: ast.expr
    names: dict[str, None] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    """By the name that stands in the tree: the header's, in lower case."""


def parse(text: str, *, with_headers: bool = False) -> Parsed:
    """The tree of a text. Raises BadInput that says what is not allowed, and at which column (from 1)."""
    if len(text) > MAX_CHARACTERS:
        raise BadInput(f"an expression must be {MAX_CHARACTERS} characters at most, got {len(text)}")
    source = text.strip()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        raise _refused(source, (error.lineno or 1, error.offset or 1), f"this is no expression: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"expression {source!r:.80}: this is no expression: {error}") from None
    parser = _Parser(source, with_headers)
    parser.parsed.tree = parser.expression(tree, 1)
    return parser.parsed


class _Parser:
    """Rebuilds the tree of what is allowed."""

    def __init__(self, source: str, with_headers: bool) -> None:
        self.source = source
        self.with_headers = with_headers
        self.parsed = Parsed(ast.Constant(False))

    def expression(self, node: ast.expr, depth: int) -> ast.expr:
        if depth > MAX_DEPTH:
            raise self.error(node, f"nested more than {MAX_DEPTH} deep")
        deeper = depth + 1
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name():
                return self.name(node.id)
            case ast.Attribute():
                return self.name(self.address(node))
            case ast.UnaryOp():
                self.operator(node, node.op)
                return ast.UnaryOp(node.op, self.expression(node.operand, deeper))
            case ast.BinOp():
                self.operator(node, node.op)
                left, right = self.expression(node.left, deeper), self.expression(node.right, deeper)
                if isinstance(node.op, ast.Pow):
                    self.check_exponent(node.right)
                return ast.BinOp(left, node.op, right)
            case ast.BoolOp():
                return ast.BoolOp(node.op, [self.expression(value, deeper) for value in node.values])
            case ast.Compare():
                return self.compare(node, deeper)
            case ast.IfExp():
                test, body = self.expression(node.test, deeper), self.expression(node.body, deeper)
                return ast.IfExp(test, body, self.expression(node.orelse, deeper))
            case ast.Subscript():
                return ast.Subscript(self.expression(node.value, deeper), self.index(node.slice), ast.Load())
            case ast.Call():
                return self.call(node, deeper)
        raise self.unknown(node, node)

    def constant(self, node: ast.Constant) -> ast.Constant:
        value = node.value
        if isinstance(value, (bool, str)) or (type(value) is int and abs(value) <= MAX_INTEGER):
            return node
        if type(value) is float and math.isfinite(value):
            return node
        if value is None:
            raise self.error(node, "None is no value here; write `isnan(x)`")
        raise self.error(node, f"wanted text, a finite number of 64 bits, True or False, got {value!r:.40}")

    def name(self, name: str) -> ast.Name:
        self.parsed.names[name] = None
        return ast.Name(name, ast.Load())

    def address(self, node: ast.Attribute) -> str:
        if isinstance(node.value, ast.Name):
            return f"{node.value.id}.{node.attr}"
        if isinstance(node.value, ast.Attribute):
            return f"{self.address(node.value)}.{node.attr}"
        raise self.error(node, "values have no attributes; a dot only joins names: `step.tensor`")

    def compare(self, node: ast.Compare, depth: int) -> ast.expr:
        left = self.expression(node.left, depth)
        rights: list[ast.expr] = []
        for op, right in zip(node.ops, node.comparators, strict=True):
            self.operator(right, op)
            is_in = isinstance(op, (ast.In, ast.NotIn))
            if is_in and len(node.ops) > 1:
                raise self.error(right, "`in` stands alone; join comparisons with `and`")
            rights.append(self.members(right) if is_in else self.expression(right, depth))
        return ast.Compare(left, node.ops, rights)

    def members(self, node: ast.expr) -> ast.Constant:
        """What stands after `in`."""
        if not isinstance(node, (ast.Tuple, ast.List, ast.Set)) or not node.elts:
            raise self.error(node, "after `in` constants are listed: `x in ('a', 'b')`; for text: contains(x, 'part')")
        members: Any = frozenset(self.literal(one) for one in node.elts)
        return ast.Constant(members)

    def literal(self, node: ast.expr) -> Any:
        """A constant that may have a sign."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            value: Any = self.constant(node.operand).value
            if type(value) in (int, float):
                return -value
        if isinstance(node, ast.Constant):
            return self.constant(node).value
        raise self.error(node, "wanted a constant")

    def index(self, node: ast.expr) -> ast.Constant:
        value = self.literal(node)
        if type(value) is not int:
            raise self.error(node, "in brackets stands the number of a column, from 0; for a name: column('name')")
        return ast.Constant(value)

    def check_exponent(self, node: ast.expr) -> None:
        value = self.literal(node)
        if isinstance(value, str) or abs(value) > MAX_EXPONENT:
            raise self.error(node, f"after ** stands a number from -{MAX_EXPONENT} to {MAX_EXPONENT}")

    def call(self, node: ast.Call, depth: int) -> ast.expr:
        if not isinstance(node.func, ast.Name):
            raise self.error(node, "only functions by name are called; values have no methods")
        name = node.func.id
        if node.keywords:
            raise self.error(node, f"{name} takes values by place, not by name")
        if name == "column" or (name == "header" and self.with_headers):
            return self.named(node, name)
        function = FUNCTIONS.get(name)
        if function is None:
            raise self.error(node, f"there is no function '{name}'; there are {', '.join((*FUNCTIONS, 'column'))}")
        if not function.least <= len(node.args) <= function.most:
            wanted = f"{function.least}" if function.least == function.most else f"{function.least} to {function.most}"
            raise self.error(node, f"{name} takes {wanted} values, got {len(node.args)}")
        return ast.Call(ast.Name(name, ast.Load()), [self.expression(one, depth) for one in node.args], [])

    def named(self, node: ast.Call, function: str) -> ast.Name:
        """`column("odd name")`, `header("x-user")`: a name in quotes."""
        if len(node.args) != 1 or not isinstance(node.args[0], ast.Constant) or type(node.args[0].value) is not str:
            raise self.error(node, f"{function} takes one name, in quotes")
        name: str = node.args[0].value
        if function == "column":
            return self.name(name)
        key = f"header({name!r})"
        self.parsed.headers[key] = name.lower()
        return ast.Name(key, ast.Load())

    def operator(self, node: ast.expr, op: ast.AST) -> None:
        if type(op) not in OPERATORS:
            raise self.unknown(node, op)

    def unknown(self, node: ast.expr, what: ast.AST) -> BadInput:
        instead = _INSTEAD.get(type(what))
        return self.error(node, f"{type(what).__name__} is not allowed{f'; {instead}' if instead else ''}")

    def error(self, node: ast.expr, message: str) -> BadInput:
        line = self.source.splitlines()[node.lineno - 1]
        return _refused(
            self.source, (node.lineno, len(line.encode()[: node.col_offset].decode(errors="ignore")) + 1), message
        )


def _refused(source: str, place: tuple[int, int], message: str) -> BadInput:
    line = f"line {place[0]}, " if place[0] > 1 else ""
    return BadInput(f"expression {source!r:.80}, {line}column {place[1]}: {message}")
