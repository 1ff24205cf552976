"""Literals and what makes new values."""

from __future__ import annotations

from typing import Any

from salver.formats.pfa.avro.accepts import accepts
from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BYTES,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    NULL,
    STRING,
    Array,
    Map,
    Record,
    Type,
)
from salver.formats.pfa.compiler.body import Body, compiles
from salver.formats.pfa.compiler.code import Code, Scope
from salver.formats.pfa.errors import PFAInputError, PFASemanticError
from salver.formats.pfa.library.registry import UNKNOWN
from salver.formats.pfa.syntax.node import Node
from salver.formats.pfa.values.decode import decoder
from salver.formats.pfa.values.floats import float32

_TYPES = {
    "null": NULL,
    "boolean": BOOLEAN,
    "int": INT,
    "long": LONG,
    "double": DOUBLE,
    "string": STRING,
    "base64": BYTES,
}


@compiles("null", "boolean")
def _plain(body: Body, node: Node, _scope: Scope, _use: bool) -> Code:
    return body.constant(node["value"], _TYPES[node.kind])


@compiles("int", "long", "double", "string", "base64")
def _keyed(body: Body, node: Node, _scope: Scope, _use: bool) -> Code:
    return body.constant(node[node.kind], _TYPES[node.kind])


@compiles("float")
def _float(body: Body, node: Node, _scope: Scope, _use: bool) -> Code:
    return body.constant(float32(node["float"]), FLOAT)


@compiles("literal")
def _literal(body: Body, node: Node, _scope: Scope, _use: bool) -> Code:
    of: Type = node["type"].type
    return body.constant(value_of(node["value"], of, f"{node.path}.value"), of)


def value_of(value: Any, of: Type, path: str) -> Any:
    """A value that a document gives in Avro's JSON. Raises PFASemanticError where it does not fit its type."""
    try:
        return decoder(of, path)(value)
    except PFAInputError as error:
        raise PFASemanticError(error.message, error.path) from None


@compiles("new")
def _new(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    of: Type = node["type"].type
    given = node["new"]
    if isinstance(given, tuple):
        if not isinstance(of, Array):
            raise PFASemanticError(f"a list makes an array, not {of!r}", f"{node.path}.type")
        return _new_array(body, node, given, of, scope)
    if isinstance(of, Record):
        if set(given) != set(of.types):
            raise PFASemanticError(
                f"{of!r} has the fields {', '.join(of.types)}, not {', '.join(given) or 'none'}", f"{node.path}.new"
            )
        return _new_object(body, node, {name: (given[name], of.types[name]) for name in given}, of, scope)
    if isinstance(of, Map):
        return _new_object(body, node, {name: (one, of.values) for name, one in given.items()}, of, scope)
    raise PFASemanticError(f"an object makes a record or a map, not {of!r}", f"{node.path}.type")


def _new_array(body: Body, node: Node, given: tuple[Node, ...], of: Array, scope: Scope) -> Code:
    codes = _fitting(body, given, [of.items] * len(given), scope)
    if all(code.constant is not UNKNOWN for code in codes):
        return body.constant([code.constant for code in codes], of)
    return Code(f"[{', '.join(code.text for code in codes)}]", of, depth=_deepest(codes))


def _new_object(body: Body, node: Node, given: dict[str, tuple[Node, Type]], of: Type, scope: Scope) -> Code:
    codes = _fitting(body, [one for one, _ in given.values()], [kind for _, kind in given.values()], scope)
    if all(code.constant is not UNKNOWN for code in codes):
        made = {name: code.constant for name, code in zip(given, codes, strict=True)}
        return body.constant({name: made[name] for name in of.types} if isinstance(of, Record) else made, of)
    if isinstance(of, Record) and list(given) != list(of.types):
        # The fields are computed in the order of the document, and kept in that of the type.
        codes = [body.spill(code, node.path) for code in codes]
    by_name = {name: code.text for name, code in zip(given, codes, strict=True)}
    if isinstance(of, Record):
        by_name = {name: by_name[name] for name in of.types}
    return Code(f"{{{', '.join(f'{name!a}: {text}' for name, text in by_name.items())}}}", of, depth=_deepest(codes))


def _fitting(body: Body, nodes: list[Node] | tuple[Node, ...], wanted: list[Type], scope: Scope) -> list[Code]:
    codes = body.ordered(nodes, [scope.argument()] * len(nodes))
    for node, code, kind in zip(nodes, codes, wanted, strict=True):
        if not accepts(kind, code.type):
            raise PFASemanticError(f"wanted {kind!r} here, not {code.type!r}", node.path)
    return [body.convert(code, kind, node.path) for node, code, kind in zip(nodes, codes, wanted, strict=True)]


def _deepest(codes: list[Code]) -> int:
    return max((code.depth for code in codes), default=0) + 1
