"""Operators written in place rather than called: arithmetic, comparison, logic, and a few more that are hot.

Numbers that are not floating are kept within their bits; NaN is compared as Avro orders it, which Python does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from salver.formats.pfa.avro.types import BOOLEAN, BYTES, DOUBLE, FLOAT, FLOATING, INT, LONG, STRING, Type
from salver.formats.pfa.compiler.body import Body
from salver.formats.pfa.compiler.branches import Arm, arm, choose
from salver.formats.pfa.compiler.calls import INLINE, WHOLE, Inline
from salver.formats.pfa.compiler.code import Code, Scope
from salver.formats.pfa.errors import PFASemanticError
from salver.formats.pfa.library.registry import UNKNOWN
from salver.formats.pfa.library.unify import Match
from salver.formats.pfa.run.paths import missing
from salver.formats.pfa.syntax.node import Node
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN, float32

_BOUNDS: Final[dict[Type, tuple[int, int]]] = {INT: (INT_MIN, INT_MAX), LONG: (LONG_MIN, LONG_MAX)}
_NATURAL: Final = (INT, LONG, STRING, BYTES, BOOLEAN)
"""Types that Python compares as Avro does."""


def _inline(*names: str) -> Callable[[Inline], Inline]:
    def register(write: Inline) -> Inline:
        for name in names:
            INLINE[name] = write
        return write

    return register


def _deepest(codes: Sequence[Code]) -> int:
    return max(code.depth for code in codes) + 1


def _known(codes: Sequence[Code]) -> bool:
    """Whether all arguments are known: then the call is folded, not written."""
    return all(code.constant is not UNKNOWN for code in codes)


@_inline("+", "-", "*")
def _arithmetic(body: Body, node: Node, matched: Match, codes: list[Code]) -> Code | None:
    if _known(codes):
        return None
    of, operator = matched.ret, node["name"]
    text = f"{codes[0].text} {operator} {codes[1].text}"
    depth = _deepest(codes)
    if of is DOUBLE:
        return Code(f"({text})", of, depth=depth)
    if of is FLOAT:
        return Code(f"{body.unit.bind(float32, 'float32')}({text})", of, depth=depth)
    return _bounded(body, node, text, of, {"+": 18000, "-": 18010, "*": 18020}[operator], depth)


def _bounded(body: Body, node: Node, text: str, of: Type, code: int, depth: int) -> Code:
    """A whole number, or the error that it has too many bits: the next code is that for long."""
    low, high = _BOUNDS[of]
    name = body.unit.names.new("sum")
    overflow = f"{body.at(node.path)}{body.unit.bind(missing, 'overflow')}({code + (of is LONG)})"
    return Code(f"({name} if {low} <= ({name} := {text}) <= {high} else {overflow})", of, depth=depth + 1)


@_inline("u-")
def _minus(body: Body, node: Node, matched: Match, codes: list[Code]) -> Code | None:
    if _known(codes):
        return None
    if matched.ret in FLOATING:
        return Code(f"(-{codes[0].text})", matched.ret, depth=_deepest(codes))
    return _bounded(body, node, f"-{codes[0].text}", matched.ret, 18050, _deepest(codes))


@_inline("/")
def _divide(_body: Body, _node: Node, matched: Match, codes: list[Code]) -> Code | None:
    divisor = codes[1].constant
    if _known(codes) or divisor is UNKNOWN or divisor == 0.0 or divisor != divisor:
        return None
    return Code(f"({codes[0].text} / {codes[1].text})", matched.ret, depth=_deepest(codes))


_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_DENIED: Final = {">": "<=", ">=": "<"}
"""What must not hold, for NaN, which is greater than all, to be greater than a finite number."""


@_inline("<", "<=", ">", ">=", "==", "!=")
def _compare(_body: Body, node: Node, matched: Match, codes: list[Code]) -> Code | None:
    if _known(codes):
        return None
    of, operator = matched.params[0], node["name"]
    x, y = codes
    depth = _deepest(codes)
    if of in _NATURAL or (of in FLOATING and _finite(y)):
        if of in FLOATING and operator in _DENIED:
            return Code(f"(not {x.text} {_DENIED[operator]} {y.text})", BOOLEAN, depth=depth)
        return Code(f"({x.text} {operator} {y.text})", BOOLEAN, depth=depth)
    if of in FLOATING and _finite(x):
        operator = _MIRRORED[operator]
        if operator in _DENIED:
            return Code(f"(not {y.text} {_DENIED[operator]} {x.text})", BOOLEAN, depth=depth)
        return Code(f"({y.text} {operator} {x.text})", BOOLEAN, depth=depth)
    return None


def _finite(code: Code) -> bool:
    return isinstance(code.constant, float) and code.constant - code.constant == 0


@_inline("max", "min")
def _extreme(body: Body, node: Node, matched: Match, codes: list[Code]) -> Code | None:
    of = matched.ret
    x, y = codes
    if _known(codes) or of not in (DOUBLE, INT, LONG) or (of is DOUBLE and not _finite(y)):
        return None
    x, y = body.spill(x, node.path), body.spill(y, node.path)
    less, other = (y, x) if node["name"] == "max" else (x, y)
    return Code(f"({less.text} if {x.text} < {y.text} else {other.text})", of, depth=1)


@_inline("!")
def _not(_body: Body, _node: Node, matched: Match, codes: list[Code]) -> Code | None:
    return None if _known(codes) else Code(f"(not {codes[0].text})", matched.ret, depth=_deepest(codes))


@_inline("a.len", "map.len", "s.len", "bytes.len")
def _length(_body: Body, _node: Node, matched: Match, codes: list[Code]) -> Code | None:
    return None if _known(codes) else Code(f"len({codes[0].text})", matched.ret, depth=_deepest(codes))


def _lazy(body: Body, node: Node, scope: Scope, _use: bool) -> Code | None:
    """&& and ||: the second argument is computed only where the first does not decide."""
    arguments: Sequence[Node] = node["args"]
    if len(arguments) != 2:
        return None
    first = body.compile(arguments[0], scope.argument())
    second = arm(body, lambda: body.compile(arguments[1], scope.argument()))
    for code, one in ((first, arguments[0]), (second.code, arguments[1])):
        if code.type is not BOOLEAN:
            raise PFASemanticError(f"{node['name']!r} takes booleans, not {code.type!r}", one.path)
    both = node["name"] == "&&"
    if not second.lines:
        operator = "and" if both else "or"
        text = f"({first.text} {operator} {second.code.text})"
        return Code(text, BOOLEAN, depth=max(first.depth, second.code.depth) + 1)
    decided = Arm([], Code("False" if both else "True", BOOLEAN, simple=True))
    then, other = (second, decided) if both else (decided, second)
    return choose(body, first.text, then, other, BOOLEAN, node, use=True)


WHOLE["&&"] = WHOLE["||"] = _lazy
