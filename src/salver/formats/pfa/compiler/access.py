"""The way into values: attr, cell and pool, to read and to change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from salver.formats.pfa.avro.accepts import accepts
from salver.formats.pfa.avro.types import INTEGERS, NULL, STRING, Array, Function, Map, Record, Type
from salver.formats.pfa.compiler.body import Body, compiles
from salver.formats.pfa.compiler.code import Code, Scope
from salver.formats.pfa.compiler.source import Line
from salver.formats.pfa.compiler.unit import Restriction, Storage
from salver.formats.pfa.errors import PFASemanticError
from salver.formats.pfa.library.registry import UNKNOWN
from salver.formats.pfa.run import paths
from salver.formats.pfa.syntax.node import FUNCTIONS, Node


@compiles("attr")
def _attr(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    inner = scope.argument()
    base_node: Node = node["attr"]
    base, *steps = body.ordered((base_node, *node["path"]), [inner] * (1 + len(node["path"])))
    if not isinstance(base.type, (Array, Map, Record)):
        raise PFASemanticError(
            f"there is no way into {base.type!r}, only into arrays, maps and records", base_node.path
        )
    if base_node.kind == "symbol" and base.text == body.unit.input_text and isinstance(base.type, Record) and steps:
        field = _field_name(base.type, steps[0], node["path"][0])
        base, steps = body.input_field(field, base.type.types[field], node.path), steps[1:]
        return _get(body, base, steps, node["path"][1:], paths.ATTR, node.path)
    return _get(body, base, steps, node["path"], paths.ATTR, node.path)


@compiles("cell")
def _cell(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    cell = _storage(body, node, "cell")
    given: tuple[Node, ...] = node.get("path") or ()
    steps = body.ordered(given, [scope.argument()] * len(given))
    if cell.constant is not UNKNOWN:
        base = body.constant(cell.constant, cell.type, node["cell"])
    else:
        base = Code(f"{cell.text}.value", cell.type)
    return _get(body, base, steps, given, paths.CELL, node.path)


@compiles("pool")
def _pool(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    pool = _storage(body, node, "pool")
    steps = body.ordered(node["path"], [scope.argument()] * len(node["path"]))
    base = Code(f"{pool.text}.value", Map(pool.type))
    return _get(body, base, steps, node["path"], paths.POOL, node.path)


def _storage(body: Body, node: Node, kind: str) -> Storage:
    known = body.unit.cells if kind == "cell" else body.unit.pools
    name = node[kind]
    if name not in known:
        there = ", ".join(sorted(known)[:10])
        raise PFASemanticError(f"there is no {kind} {name!r}" + (f"; there are {there}" if there else ""), node.path)
    body.unit.effects.add(node.kind)
    return known[name]


def _field_name(of: Record, step: Code, node: Node) -> str:
    if step.type is not STRING or step.constant is UNKNOWN:
        raise PFASemanticError(f"the way into {of!r} is the literal name of a field", node.path)
    if step.constant not in of.types:
        raise PFASemanticError(
            f"{of!r} has no field {step.constant!r}; it has {', '.join(of.types) or 'none'}", node.path
        )
    return str(step.constant)


def _next(of: Type, step: Code, node: Node) -> Type:
    """The type one step further in."""
    if isinstance(of, Record):
        return of.types[_field_name(of, step, node)]
    if isinstance(of, Array):
        if step.type not in INTEGERS:
            raise PFASemanticError(f"the way into an array is an index, an int or a long, not {step.type!r}", node.path)
        return of.items
    if isinstance(of, Map):
        if step.type is not STRING:
            raise PFASemanticError(f"the way into a map is a key, a string, not {step.type!r}", node.path)
        return of.values
    raise PFASemanticError(f"there is no way into {of!r}, only into arrays, maps and records", node.path)


def _get(
    body: Body, base: Code, steps: Sequence[Code], nodes: Sequence[Node], codes: tuple[int, int], path: str
) -> Code:
    for step, node in zip(steps, nodes, strict=True):
        base = _one_step(body, base, step, _next(base.type, step, node), codes, path)
    return base


def _one_step(body: Body, base: Code, step: Code, of: Type, codes: tuple[int, int], path: str) -> Code:
    inside = base.type
    if base.constant is not UNKNOWN and step.constant is not UNKNOWN:
        found = _constant_item(base.constant, step.constant)
        if found is not UNKNOWN:
            return body.constant(found, of, "k")
    if isinstance(inside, Record):
        return Code(f"{base.text}[{step.text}]", of, depth=base.depth)
    if isinstance(inside, Array) and (step.constant is UNKNOWN or step.constant < 0):
        item = body.unit.bind(paths.item, "item")
        return Code(f"{body.at(path)}{item}({base.text}, {step.text}, {codes[0]})", of, depth=base.depth + 1)
    base, step = body.spill(base, path), body.spill(step, path)
    there = f"{step.text} in {base.text}" if isinstance(inside, Map) else f"len({base.text}) > {step.text}"
    missing = body.unit.bind(paths.missing, "missing")
    code = codes[1] if isinstance(inside, Map) else codes[0]
    text = f"({base.text}[{step.text}] if {there} else {body.at(path)}{missing}({code}))"
    return Code(text, of, depth=base.depth + 1)


def _constant_item(base: Any, step: Any) -> Any:
    try:
        return base[step]
    except (IndexError, KeyError):
        return UNKNOWN


@compiles("attr-to")
def _attr_to(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    given: tuple[Node, ...] = node["path"]
    base, *steps, to = _with_change(body, node, (node["attr"], *given), scope)
    if not isinstance(base.type, (Array, Map, Record)):
        raise PFASemanticError(
            f"there is no way into {base.type!r}, only into arrays, maps and records", node["attr"].path
        )
    to = _fitting(body, to, _end(base.type, steps, given), node)
    change = paths.changed if node["to"].kind in FUNCTIONS else paths.replaced
    call = body.unit.bind(change, change.__name__)
    text = f"{body.at(node.path)}{call}({base.text}, {_steps(steps)}, {to.text}, {paths.ATTR_TO})"
    return Code(text, base.type, depth=1 + max(base.depth, to.depth))


@compiles("cell-to")
def _cell_to(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    cell = _storage(body, node, "cell")
    given: tuple[Node, ...] = node.get("path") or ()
    *steps, to = _with_change(body, node, given, scope)
    to = _fitting(body, to, _end(cell.type, steps, given), node)
    if not given and node["to"].kind not in FUNCTIONS:
        return Code(f"{cell.text}.put({to.text})", cell.type, depth=to.depth + 1)
    change = _as_change(body, node, to)
    return Code(f"{body.at(node.path)}{cell.text}.change({_steps(steps)}, {change})", cell.type, depth=to.depth + 1)


@compiles("pool-to")
def _pool_to(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    pool = _storage(body, node, "pool")
    given: tuple[Node, ...] = node["path"]
    *steps, to = _with_change(body, node, given, scope)
    to = _fitting(body, to, _end(Map(pool.type), steps, given), node)
    steps, to = (
        [body.spill(step, node.path) for step in steps],
        Code(_as_change(body, node, to), to.type, depth=to.depth),
    )
    init = _init(body, node, pool, scope)
    text = f"{body.at(node.path)}{pool.text}.change({_steps(steps)}, {to.text}, {init})"
    return Code(text, pool.type, depth=to.depth + 1)


def _init(body: Body, node: Node, pool: Storage, scope: Scope) -> str:
    """What makes a new item of a pool: it is only computed where it is wanted."""
    inner = Body(body.unit, body.indent + 1, outer=body, nested=body.nested or body.loops > 0)
    init = inner.compile(node["init"], scope.argument())
    if not accepts(pool.type, init.type):
        raise PFASemanticError(f"the items of the pool are {pool.type!r}, not {init.type!r}", node["init"].path)
    init = inner.convert(init, pool.type, node.path)
    if not inner.lines:
        return f"lambda: {init.text}"
    inner.add(f"return {init.text}", node["init"].path)
    name = body.unit.names.new("init")
    body.lines.append(Line(body.indent, f"def {name}():", node["init"].path))
    body.lines.extend((*inner.entry, *inner.lines))
    return name


@compiles("pool-del")
def _pool_del(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    pool = _storage(body, node, "pool")
    item = body.compile(node["del"], scope.argument())
    if item.type is not STRING:
        raise PFASemanticError(f"an item of a pool is named by a string, not {item.type!r}", node["del"].path)
    return Code(f"{pool.text}.delete({item.text})", NULL, depth=item.depth + 1)


def _with_change(body: Body, node: Node, first: Sequence[Node], scope: Scope) -> list[Code]:
    """The values of some nodes and then what is put there; a function there may not write cells itself."""
    codes = body.ordered(first, [scope.argument()] * len(first))
    mark = len(body.lines)
    outer, body.unit.effects = body.unit.effects, set()
    to = body.compile(node["to"], scope)
    inner, body.unit.effects = body.unit.effects, outer
    body.unit.effects |= inner
    if node["to"].kind in FUNCTIONS:
        if node.kind != "attr-to":
            body.unit.restrictions.append(Restriction(frozenset(inner), f"{node.path}.to"))
    elif not to.simple:
        to = body.spill(to, node["to"].path)
    if len(body.lines) > mark:
        body.settle(codes, mark, first, symbols=True)
    return [*codes, to]


def _end(of: Type, steps: Sequence[Code], nodes: Sequence[Node]) -> Type:
    for step, node in zip(steps, nodes, strict=True):
        of = _next(of, step, node)
    return of


def _fitting(body: Body, to: Code, of: Type, node: Node) -> Code:
    """What is put there, or the function that changes what is there."""
    wanted = Function([of], of) if node["to"].kind in FUNCTIONS else of
    if not accepts(wanted, to.type):
        raise PFASemanticError(f"wanted {wanted!r} here, not {to.type!r}", f"{node.path}.to")
    return body.convert(to, wanted, node.path)


def _as_change(body: Body, node: Node, to: Code) -> str:
    if node["to"].kind in FUNCTIONS:
        return to.text
    return f"lambda _: {body.spill(to, node.path).text}"


def _steps(steps: Sequence[Code]) -> str:
    return f"({''.join(f'{step.text}, ' for step in steps)})"
