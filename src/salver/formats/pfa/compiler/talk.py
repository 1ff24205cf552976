"""Forms that only talk: doc and log."""

from __future__ import annotations

from salver.formats.pfa.avro.types import BOTTOM, NULL
from salver.formats.pfa.compiler.body import NOTHING, Body, compiles
from salver.formats.pfa.compiler.code import Code, Scope
from salver.formats.pfa.syntax.node import Node
from salver.formats.pfa.values.encode import encoder


@compiles("doc")
def _doc(_body: Body, _node: Node, _scope: Scope, _use: bool) -> Code:
    return NOTHING


@compiles("log")
def _log(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    codes = body.ordered(node["log"], [scope.argument()] * len(node["log"]))
    body.unit.uses.add("log")
    texts = [
        f"{body.unit.bind(encoder(code.type), 'encode')}({code.text})" for code in codes if code.type is not BOTTOM
    ]
    return Code(f"log({node.get('namespace') or ''!a}, [{', '.join(texts)}])", NULL, depth=1)
