"""Loops: while, until, for, foreach, forkey. Each round counts, and now and then the clock is asked."""

from __future__ import annotations

from typing import Final

from salver.formats.pfa.avro.types import BOTTOM, STRING, Array, Map, Type
from salver.formats.pfa.compiler.body import NOTHING, Body, compiles
from salver.formats.pfa.compiler.branches import arm, condition
from salver.formats.pfa.compiler.code import Code, Scope
from salver.formats.pfa.compiler.symbols import assign, declare
from salver.formats.pfa.errors import PFASemanticError
from salver.formats.pfa.syntax.node import Node

_ROUNDS: Final = 63
"""The clock is asked after so many rounds, and one."""


def _count(body: Body, path: str) -> None:
    """Writes, at the head of a loop, that a round begins."""
    rounds = body.rounds(path)
    body.add(f"{rounds} += 1", path)
    body.add(f"if not {rounds} & {_ROUNDS}: {body.at(path)}tick()", path)


@compiles("while")
def _while(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    path = node.path
    loop = scope.block()
    body.add("while True:", path)
    with body.loop(path), body.inner() as lines:
        _count(body, path)
        test = condition(body, node["while"], loop)
        body.add(f"if not {test.text}: break", path)
        body.block(node["do"], loop, use=False)
    body.close(lines, path)
    return NOTHING


@compiles("until")
def _until(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    path = node.path
    loop = scope.block()
    body.add("while True:", path)
    with body.loop(path), body.inner() as lines:
        _count(body, path)
        body.block(node["do"], loop, use=False)
        test = condition(body, node["until"], loop)
        body.add(f"if {test.text}: break", path)
    body.close(lines, path)
    return NOTHING


@compiles("for")
def _for(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    path = node.path
    loop = scope.block()
    for name, of, text in [_begun(body, name, one, loop) for name, one in node["for"].items()]:
        declare(loop, name, of, text, f"{path}.for.{name}")
    body.add("while True:", path)
    with body.loop(path), body.inner() as lines:
        _count(body, path)
        test = condition(body, node["while"], loop)
        body.add(f"if not {test.text}: break", path)
        body.block(node["do"], loop.block(), use=False)
        assign(body, node["step"], loop, f"{path}.step")
    body.close(lines, path)
    return NOTHING


def _begun(body: Body, name: str, node: Node, scope: Scope) -> tuple[str, Type, str]:
    """What a symbol of a loop is at first; it does not see the others."""
    code = body.compile(node, scope.argument())
    if code.type is BOTTOM:
        raise PFASemanticError(f"what {name!r} should be never gives a value", node.path)
    return name, code.type, body.temp(code.text, node.path, name)


@compiles("foreach")
def _foreach(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    path, name = node.path, node["foreach"]
    loop = scope.child(above=node.get("seq") is False, within=False)
    items = body.compile(node["in"], loop.argument())
    if not isinstance(items.type, Array):
        raise PFASemanticError(f"'in' is an array, not {items.type!r}", node["in"].path)
    variable = body.unit.names.new(name)
    declare(loop, name, items.type.items, variable, path)
    watched = body.nested or body.loops > 0
    body.add(f"for {variable} in {items.text}:", path)
    with body.loop(path):
        inner = arm(body, lambda: _round(body, node, loop.block(), watched))
    body.close(inner.lines, path)
    return NOTHING


@compiles("forkey")
def _forkey(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    path = node.path
    loop = scope.block()
    items = body.compile(node["in"], loop.argument())
    if not isinstance(items.type, Map):
        raise PFASemanticError(f"'in' is a map, not {items.type!r}", node["in"].path)
    key, value = body.unit.names.new(node["forkey"]), body.unit.names.new(node["forval"])
    declare(loop, node["forkey"], STRING, key, path)
    declare(loop, node["forval"], items.type.values, value, path)
    watched = body.nested or body.loops > 0
    body.add(f"for {key}, {value} in {items.text}.items():", path)
    with body.loop(path):
        inner = arm(body, lambda: _round(body, node, loop.block(), watched))
    body.close(inner.lines, path)
    return NOTHING


def _round(body: Body, node: Node, scope: Scope, watched: bool) -> Code:
    if watched:
        _count(body, node.path)
    return body.block(node["do"], scope, use=False)
