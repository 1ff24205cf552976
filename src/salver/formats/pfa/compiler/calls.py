"""Calls: of library functions, of the document's own, and of one of those chosen at run time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from salver.formats.pfa.avro.accepts import NoSupertype, accepts, supertype
from salver.formats.pfa.avro.types import FLOAT, NULL, Enum, Function, Type
from salver.formats.pfa.compiler.body import Body, compiles
from salver.formats.pfa.compiler.code import Code, Scope
from salver.formats.pfa.compiler.functions import library_function, make
from salver.formats.pfa.compiler.unit import UserFunction
from salver.formats.pfa.errors import PFAError, PFASemanticError
from salver.formats.pfa.library.registry import Call, LibraryFunction
from salver.formats.pfa.library.unify import Match, match
from salver.formats.pfa.syntax.node import Node
from salver.formats.pfa.values.floats import float32

Inline = Callable[[Body, Node, Match, list[Code]], Code | None]
"""Writes a call in place; None where it had better be a call."""
Whole = Callable[[Body, Node, Scope, bool], Code | None]
"""Writes a call from its nodes, before its arguments are; None where it is a call like any other."""

INLINE: Final[dict[str, Inline]] = {}
WHOLE: Final[dict[str, Whole]] = {}
_SCALARS: Final = (bool, int, float, str)
_MAX_FOLDED: Final = 1000


@compiles("apply")
def _apply(body: Body, node: Node, scope: Scope, use: bool) -> Code:
    name = node["name"]
    body.unit.effects.add(name)
    if name in WHOLE:
        written = WHOLE[name](body, node, scope, use)
        if written is not None:
            return written
    arguments: Sequence[Node] = node["args"]
    codes = body.ordered(arguments, [scope.argument()] * len(arguments))
    user = body.unit.functions.get(name)
    if user is not None:
        return _call_user(body, node, user, codes)
    if name == "emit" and body.unit.document.method == "emit":
        return _emit(body, node, codes)
    known = library_function(name, node.path)
    at, matched = _matched(known, codes, node)
    codes = [body.convert(code, of, node.path) for code, of in zip(codes, matched.params, strict=True)]
    inline = INLINE.get(name)
    written = inline(body, node, matched, codes) if inline is not None else None
    return written if written is not None else _call_library(body, node, known, at, matched, codes)


def _matched(known: LibraryFunction, codes: Sequence[Code], node: Node) -> tuple[int, Match]:
    given = [code.type for code in codes]
    for at, signature in enumerate(known.signatures):
        matched = match(signature, given)
        if matched is not None:
            return at, matched
    takes = " or ".join(signature.text for signature in known.signatures)
    raise PFASemanticError(f"{known.name!r} takes {takes}, not ({', '.join(map(repr, given))})", node.path)


def _call_library(
    body: Body, node: Node, known: LibraryFunction, at: int, matched: Match, codes: Sequence[Code]
) -> Code:
    constants = tuple(code.constant for code in codes)
    made = make(known, Call(matched.letters, matched.params, matched.ret, constants, at), node.path)
    folded = _folded(body, known, made, codes, matched.ret)
    if folded is not None:
        return folded
    body.unit.uses.update(known.needs)
    arguments = ", ".join((*known.needs, *(code.text for code in codes)))
    depth = max((code.depth for code in codes), default=0) + 1
    text = f"{body.at(node.path)}{body.unit.bind(made, known.name)}({arguments})"
    if matched.ret is FLOAT:
        text = f"{body.unit.bind(float32, 'float32')}({text})"
    return Code(text, matched.ret, depth=depth)


def _folded(
    body: Body, known: LibraryFunction, made: Callable[..., Any], codes: Sequence[Code], ret: Type
) -> Code | None:
    """The result of a call all of whose arguments are known scalars."""
    if known.needs or not codes or not all(isinstance(code.constant, _SCALARS) for code in codes):
        return None
    try:
        value: Any = made(*(code.constant for code in codes))
    except (PFAError, ArithmeticError, ValueError):
        return None
    if ret is FLOAT:
        return body.constant(float32(value), ret)
    small = isinstance(value, _SCALARS) and not (isinstance(value, str) and len(value) > _MAX_FOLDED)
    return body.constant(value, ret) if small else None


def _call_user(body: Body, node: Node, user: UserFunction, codes: Sequence[Code]) -> Code:
    arguments = ", ".join(code.text for code in _arguments(body, user, codes, node))
    depth = max((code.depth for code in codes), default=0) + 1
    return Code(f"{body.at(node.path)}{user.text}({arguments})", user.type.ret, depth=depth)


def _arguments(body: Body, user: UserFunction, codes: Sequence[Code], node: Node) -> list[Code]:
    wanted = user.type.params
    if len(wanted) != len(codes) or not all(map(accepts, wanted, (code.type for code in codes))):
        given = ", ".join(repr(code.type) for code in codes)
        raise PFASemanticError(f"the function takes ({', '.join(map(repr, wanted))}), not ({given})", node.path)
    return [body.convert(code, of, node.path) for code, of in zip(codes, wanted, strict=True)]


def _emit(body: Body, node: Node, codes: Sequence[Code]) -> Code:
    if len(codes) != 1 or not accepts(body.unit.output, codes[0].type):
        given = ", ".join(repr(code.type) for code in codes)
        raise PFASemanticError(f"emit takes ({body.unit.output!r}), not ({given})", node.path)
    body.unit.uses.add("emit")
    value = body.convert(codes[0], body.unit.output, node.path)
    return Code(f"emit({value.text})", NULL, depth=value.depth + 1)


@compiles("call")
def _call(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    arguments: Sequence[Node] = node["args"]
    chosen, *codes = body.ordered((node["call"], *arguments), [scope.argument()] * (1 + len(arguments)))
    if not isinstance(chosen.type, Enum):
        raise PFASemanticError(f"the function to call is named by an enum, not by {chosen.type!r}", node["call"].path)
    users: dict[str, UserFunction] = {}
    for symbol in chosen.type.symbols:
        user = body.unit.functions.get(f"u.{symbol}")
        if user is None:
            raise PFASemanticError(
                f"there is no function {symbol!r} in 'fcns', as {chosen.type!r} says", node["call"].path
            )
        users[symbol] = user
        body.unit.effects.add(f"u.{symbol}")
        _arguments(body, user, codes, node)
    try:
        ret = supertype([user.type.ret for user in users.values()])
    except NoSupertype as error:
        raise PFASemanticError(f"the functions cannot be of one type: {error}", node.path) from None
    wanted = Function([code.type for code in codes], ret)
    table = ", ".join(
        f"{symbol!r}: {body.convert(Code(u.text, u.type), wanted, '').text}" for symbol, u in users.items()
    )
    name = body.unit.names.new("functions")
    body.unit.tables.append(f"{name} = {{{table}}}")
    text = f"{body.at(node.path)}{name}[{chosen.text}]({', '.join(code.text for code in codes)})"
    return Code(text, ret, depth=max(code.depth for code in (chosen, *codes)) + 1)
