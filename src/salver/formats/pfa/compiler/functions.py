"""Functions as arguments: defined where they stand, named, and named with some arguments filled in."""

from __future__ import annotations

from functools import partial
from typing import Any

from salver.formats.pfa.avro.accepts import accepts
from salver.formats.pfa.avro.types import BOTTOM, NULL, Array, Function, Map, Type, Union
from salver.formats.pfa.compiler.body import Body, compiles
from salver.formats.pfa.compiler.code import Code, Scope, Symbol
from salver.formats.pfa.compiler.source import Line
from salver.formats.pfa.errors import PFASemanticError
from salver.formats.pfa.library.known import KnownFunction, Param
from salver.formats.pfa.library.patterns import ArrayOf, Exact, MapOf, Pattern, UnionOf
from salver.formats.pfa.library.registry import UNKNOWN, Call, Implementation, LibraryFunction
from salver.formats.pfa.library.table import find
from salver.formats.pfa.library.unify import Match, match
from salver.formats.pfa.syntax.node import Node
from salver.formats.pfa.values.order import NoOrder

_MAX_PARAMS = 22
"""As many parameters as a function may have (PFA 0.8.1, "Function definitions")."""


def signature_of(node: Node) -> tuple[Function, dict[str, Type]]:
    """The type of a function that is defined, and its parameters."""
    params = {name: place.type for name, place in node["params"].items()}
    if len(params) > _MAX_PARAMS:
        raise PFASemanticError(f"a function has {_MAX_PARAMS} parameters at most", f"{node.path}.params")
    return Function(tuple(params.values()), node["ret"].type), params


def write_function(body: Body, node: Node, scope: Scope) -> Code:
    """Writes the whole body of a function, of which `body` holds nothing yet; gives its result, already of its type."""
    _, params = signature_of(node)
    inner = scope.child(above=True, within=False)
    for name, of in params.items():
        inner.symbols[name] = Symbol(of, body.unit.names.new(name))
    result = body.block(node["do"], inner)
    wanted: Type = node["ret"].type
    if result.type is not BOTTOM and not accepts(wanted, result.type):
        raise PFASemanticError(f"the function says it gives {wanted!r}, but gives {result.type!r}", node.path)
    body.params = [symbol.text for name, symbol in inner.symbols.items() if name in params][: len(params)]
    return body.convert(result, wanted, node.path)


@compiles("function")
def _function(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    signature, _ = signature_of(node)
    inner = Body(body.unit, body.indent + 1, outer=body, nested=True)
    nested = body.nested or body.loops > 0
    if nested:
        body.unit.uses.add("tick")
        inner.add(f"{body.at(node.path)}tick()", node.path)
    result = write_function(inner, node, scope)
    known = KnownFunction(params=tuple(node["params"]), body=described(node))
    if not inner.lines:
        params = ", ".join(inner.params)
        text = f"(lambda {params}: {result.text})" if params else f"(lambda: {result.text})"
        return Code(text, signature, constant=known, depth=result.depth + 1)
    name = body.unit.names.new("function")
    body.lines.append(Line(body.indent, f"def {name}({', '.join(inner.params)}):", node.path))
    body.lines.extend((*inner.entry, *inner.lines))
    body.lines.append(Line(body.indent + 1, f"return {result.text}", node.path))
    return Code(name, signature, simple=True, constant=known)


@compiles("reference")
def _reference(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    name = node["fcn"]
    user = body.unit.functions.get(name)
    body.unit.effects.add(name)
    if user is not None:
        return Code(user.text, user.type, simple=True)
    if name == "emit" and body.unit.document.method == "emit":
        body.unit.uses.add("emit")
        return Code("emit", Function([body.unit.output], NULL), simple=True)
    known = library_function(name, f"{node.path}.fcn")
    params = _plain_params(known, node)
    ret = _plain(known.signatures[0].ret, known.name, node)
    made = make(known, Call({}, tuple(params), ret), node.path)
    text = with_needs(body, known, body.unit.bind(made, name))
    constant = KnownFunction(library_name=name, params=tuple(name for name, _ in known.signatures[0].params))
    return Code(text, Function(params, ret), simple=not known.needs, constant=constant)


@compiles("fill")
def _fill(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    name, fills = node["fcn"], node["fill"]
    body.unit.effects.add(name)
    codes = dict(zip(fills, body.ordered(list(fills.values()), [scope.argument()] * len(fills)), strict=True))
    user = body.unit.functions.get(name)
    names = user.params if user else tuple(one for one, _ in _only_signature(library_function(name, node.path), node))
    if unknown := [one for one in fills if one not in names]:
        raise PFASemanticError(
            f"{name!r} has no parameter {unknown[0]!r}; it has {', '.join(names)}", f"{node.path}.fill"
        )
    left = [one for one in names if one not in fills]
    if not left:
        raise PFASemanticError(f"all parameters of {name!r} are filled; call it instead", f"{node.path}.fill")
    if user is not None:
        types = dict(zip(user.params, user.type.params, strict=True))
        for one, code in codes.items():
            if not accepts(types[one], code.type):
                raise PFASemanticError(f"wanted {types[one]!r} here, not {code.type!r}", f"{node.path}.fill.{one}")
        called, ret = user.text, user.type.ret
    else:
        known = library_function(name, node.path)
        types, made, matched = _filled(known, codes, node)
        called, ret = with_needs(body, known, body.unit.bind(made, name)), matched.ret
    texts = {
        one: body.spill(body.convert(code, types[one], node.path), node.path, one).text for one, code in codes.items()
    }
    params = {one: body.unit.names.new(one) for one in left}
    arguments = ", ".join(texts.get(one) or params[one] for one in names)
    constant = KnownFunction(
        library_name="" if user else name, params=tuple(left), fills={one: code.constant for one, code in codes.items()}
    )
    text = f"(lambda {', '.join(params.values())}: {called}({arguments}))"
    return Code(text, Function([types[one] for one in left], ret), constant=constant, depth=1)


def _filled(
    known: LibraryFunction, codes: dict[str, Code], node: Node
) -> tuple[dict[str, Type], Implementation, Match]:
    """The types of all parameters of a library function some of which are filled, and what computes it."""
    signature = known.signatures[0]
    given = [
        codes[name].type if name in codes else _plain(pattern, known.name, node) for name, pattern in signature.params
    ]
    matched = match(signature, given)
    if matched is None:
        raise PFASemanticError(f"{known.name!r} takes {signature.text}, not {given!r}", f"{node.path}.fill")
    constants = tuple(codes[name].constant if name in codes else UNKNOWN for name, _ in signature.params)
    made = make(known, Call(matched.letters, matched.params, matched.ret, constants), node.path)
    return dict(zip([name for name, _ in signature.params], matched.params, strict=True)), made, matched


def library_function(name: str, path: str) -> LibraryFunction:
    """A function of the library. Raises PFASemanticError where there is none of that name."""
    known = find(name)
    if known is None:
        hint = "; a function of the document is named u.<name>" if "." not in name else ""
        raise PFASemanticError(f"there is no function {name!r}{hint}", path)
    return known


def make(known: LibraryFunction, call: Call, path: str) -> Implementation:
    """What computes a call. Raises PFASemanticError where it wants an order that there is not."""
    try:
        return known.make(call)
    except NoOrder as error:
        raise PFASemanticError(f"{known.name!r} compares values, but {error}", path) from None


def with_needs(body: Body, known: LibraryFunction, text: str) -> str:
    """A function with what the engine puts before its arguments."""
    if not known.needs:
        return text
    body.unit.uses.update(known.needs)
    return f"{body.unit.bind(partial, 'partial')}({text}, {', '.join(known.needs)})"


def _only_signature(known: LibraryFunction, node: Node) -> tuple[tuple[str, Pattern], ...]:
    if len(known.signatures) > 1:
        raise PFASemanticError(
            f"{known.name!r} has several signatures and cannot be named; define a function that calls it", node.path
        )
    return known.signatures[0].params


def _plain_params(known: LibraryFunction, node: Node) -> list[Type]:
    return [_plain(pattern, known.name, node) for _, pattern in _only_signature(known, node)]


def _plain(pattern: Pattern, name: str, node: Node) -> Type:
    """The type that a pattern without letters stands for."""
    match pattern:
        case Exact(of):
            return of
        case ArrayOf(items):
            return Array(_plain(items, name, node))
        case MapOf(values):
            return Map(_plain(values, name, node))
        case UnionOf(types):
            return Union([_plain(one, name, node) for one in types])
    raise PFASemanticError(
        f"{name!r} takes any type and cannot be named; define a function of the types wanted that calls it", node.path
    )


def described(node: Node) -> Any:
    """What a function of one simple call does, as nested tuples; None for anything else."""
    if len(node["do"]) != 1:
        return None
    return _described(node["do"][0], frozenset(node["params"]))


def _described(node: Node, params: frozenset[str]) -> Any:
    match node.kind:
        case "symbol" if node["name"] in params:
            return Param(node["name"])
        case "int" | "long" | "float" | "double":
            return node[node.kind]
        case "reference":
            return ("fcn", node["fcn"])
        case "attr" if all(step.kind == "string" for step in node["path"]):
            base = _described(node["attr"], params)
            return None if base is None else ("attr", base, *(step["string"] for step in node["path"]))
        case "apply":
            arguments = [_described(one, params) for one in node["args"]]
            return None if None in arguments else (node["name"], *arguments)
    return None
