"""Symbols: seen, made and set; blocks."""

from __future__ import annotations

from salver.formats.pfa.avro.accepts import accepts
from salver.formats.pfa.avro.types import BOTTOM, NULL, Type
from salver.formats.pfa.compiler.body import NOTHING, Body, compiles
from salver.formats.pfa.compiler.code import Code, Scope, Symbol
from salver.formats.pfa.errors import PFASemanticError
from salver.formats.pfa.library.registry import UNKNOWN
from salver.formats.pfa.syntax.node import Node


@compiles("symbol")
def _symbol(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    name = node["name"]
    symbol = scope.get(name)
    if symbol is None:
        raise PFASemanticError(f"there is no symbol {name!r} here" + _hint(body, name), node.path)
    if name in ("actionsStarted", "actionsFinished"):
        body.unit.uses.add(name)
    return Code(symbol.text, symbol.type, simple=True, constant=symbol.constant)


def _hint(body: Body, name: str) -> str:
    if name in body.unit.cells:
        return f'; the cell of that name is {{"cell": "{name}"}}'
    if f"u.{name}" in body.unit.functions:
        return f'; the function of that name is {{"fcn": "u.{name}"}}'
    return f'; a text is written ["{name}"] or {{"string": "{name}"}}'


def declare(scope: Scope, name: str, of: Type, text: str, path: str) -> None:
    """Makes a symbol. Raises PFASemanticError where one is seen that has the name."""
    if scope.get(name) is not None:
        raise PFASemanticError(f"the symbol {name!r} is there already; it can be set, not made anew", path)
    scope.symbols[name] = Symbol(of, text)


@compiles("let")
def _let(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    if scope.sealed_within:
        raise PFASemanticError("no symbol can be made here; put it into a 'do' with what uses it", node.path)
    made: list[tuple[str, Symbol]] = []
    for name, one in node["let"].items():
        place = f"{node.path}.let.{name}"
        if scope.get(name) is not None:
            raise PFASemanticError(f"the symbol {name!r} is there already; it can be set, not made anew", place)
        code = body.compile(one, scope.argument())
        if code.type is BOTTOM:
            raise PFASemanticError(f"what {name!r} should be never gives a value", place)
        made.append((name, Symbol(code.type, body.temp(code.text, place, name))))
    scope.symbols.update(made)
    return NOTHING


@compiles("set")
def _set(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    assign(body, node["set"], scope, f"{node.path}.set")
    return NOTHING


def assign(body: Body, values: dict[str, Node], scope: Scope, path: str) -> None:
    """Sets symbols that are there, all at once: each value sees what was before."""
    codes = []
    for name, one in values.items():
        place = f"{path}.{name}"
        symbol = scope.get(name)
        if symbol is None:
            raise PFASemanticError(f"there is no symbol {name!r} to set; 'let' makes one", place)
        if not scope.writable(name):
            raise PFASemanticError(f"the symbol {name!r} lies outside and cannot be set from here", place)
        code = body.compile(one, scope.argument())
        if not accepts(symbol.type, code.type):
            raise PFASemanticError(f"the symbol {name!r} is {symbol.type!r} and cannot be set to {code.type!r}", place)
        code = body.convert(code, symbol.type, place)
        if len(values) > 1:
            code = Code(body.temp(code.text, place), code.type, True, UNKNOWN)
        codes.append((symbol, code, place))
    for symbol, code, place in codes:
        body.add(f"{symbol.text} = {code.text}", place)


@compiles("do")
def _do(body: Body, node: Node, scope: Scope, use: bool) -> Code:
    code = body.block(node["do"], scope.block(), use)
    return Code(code.text, NULL, simple=True, constant=None) if code.type is BOTTOM else code
