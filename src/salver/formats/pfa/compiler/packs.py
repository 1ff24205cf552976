"""Bytes from values and back: pack and unpack."""

from __future__ import annotations

from salver.formats.pfa.avro.accepts import accepts
from salver.formats.pfa.avro.types import BYTES, NULL
from salver.formats.pfa.compiler.body import NOTHING, Body, compiles
from salver.formats.pfa.compiler.branches import Arm, arm, choose, common_type
from salver.formats.pfa.compiler.code import Code, Scope, Symbol
from salver.formats.pfa.errors import PFASemanticError
from salver.formats.pfa.run.packing import Packing, packing, unpacker
from salver.formats.pfa.syntax.node import Node


@compiles("pack")
def _pack(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    given = node["pack"]
    ways = [_way(form, f"{node.path}.pack[{at}]") for at, (form, _) in enumerate(given)]
    nodes = [one for _, one in given]
    codes = body.ordered(nodes, [scope.argument()] * len(nodes))
    pieces = []
    for way, code, one in zip(ways, codes, nodes, strict=True):
        if not accepts(way.type, code.type):
            raise PFASemanticError(f"the format wants {way.type!r}, not {code.type!r}", one.path)
        value = body.convert(code, way.type, one.path)
        pieces.append(f"{body.at(one.path)}{body.unit.bind(way.write, 'write')}({value.text})")
    joined = f"b''.join(({', '.join(pieces)},))"
    return Code(joined, BYTES, depth=max(code.depth for code in codes) + 2)


@compiles("unpack")
def _unpack(body: Body, node: Node, scope: Scope, use: bool) -> Code:
    data = body.compile(node["unpack"], scope.argument())
    if data.type is not BYTES:
        raise PFASemanticError(f"what is unpacked is bytes, not {data.type!r}", node["unpack"].path)
    ways = [_way(form, f"{node.path}.format[{at}]") for at, (_, form) in enumerate(node["format"])]
    if any(way.read is None for way in ways):
        raise PFASemanticError("'raw' says no size, so that it cannot be read; 'raw 8' does", f"{node.path}.format")
    values = body.temp(f"{body.unit.bind(unpacker(ways), 'unpack')}({data.text})", node.path, "unpacked")
    inner = scope.block()
    for at, ((name, _), way) in enumerate(zip(node["format"], ways, strict=True)):
        if scope.get(name) is not None or name in inner.symbols:
            raise PFASemanticError(f"the symbol {name!r} is there already", f"{node.path}.format[{at}]")
        inner.symbols[name] = Symbol(way.type, f"{values}[{at}]")
    otherwise = node.get("else")
    use = use and otherwise is not None

    def then_block() -> Code:
        for name, symbol in inner.symbols.items():
            inner.symbols[name] = Symbol(symbol.type, body.temp(symbol.text, node.path, name))
        return body.block(node["then"], inner.block(), use)

    then = arm(body, then_block)
    other = Arm([], NOTHING) if otherwise is None else arm(body, lambda: body.block(otherwise, scope.block(), use))
    of = NULL if otherwise is None else common_type((then.code, other.code), node.path)
    return choose(body, f"{values} is not None", then, other, of, node, use)


def _way(form: str, path: str) -> Packing:
    way = packing(form)
    if way is None:
        raise PFASemanticError(f"there is no binary format {form!r}", path)
    return way
