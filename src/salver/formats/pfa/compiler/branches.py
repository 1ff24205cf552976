"""Branches: if, cond, ifnotnull, cast, upcast, try, error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from salver.formats.pfa.avro.accepts import NoSupertype, accepts, optional, supertype
from salver.formats.pfa.avro.types import BOOLEAN, BOTTOM, NULL, Type, Union
from salver.formats.pfa.compiler.body import NOTHING, Body, compiles
from salver.formats.pfa.compiler.code import Code, Scope, Symbol
from salver.formats.pfa.compiler.source import Line
from salver.formats.pfa.errors import PFARuntimeError, PFASemanticError, PFAUserError
from salver.formats.pfa.library.registry import UNKNOWN
from salver.formats.pfa.syntax.node import Node

_MAX_CHAIN = 50
"""As many cases as are written as one chain: Python nests them."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One branch: the statements it takes, and its value."""

    lines: list[Line]
    code: Code


def arm(body: Body, write: Callable[[], Code]) -> Arm:
    """Writes one branch to lines of its own."""
    with body.inner() as lines:
        code = write()
    return Arm(lines, code)


def shifted(lines: Sequence[Line], indent: int) -> list[Line]:
    """The same statements, the outermost of them at another depth."""
    least = min((line.indent for line in lines), default=0)
    return [Line(line.indent - least + indent, line.text, line.path) for line in lines]


def common_type(codes: Sequence[Code], path: str) -> Type:
    """The type of what one of these gives. Raises PFASemanticError where there is none."""
    types = [code.type for code in codes]
    if all(one is BOTTOM for one in types):
        return NULL
    try:
        return supertype(types)
    except NoSupertype as error:
        raise PFASemanticError(f"the branches cannot be of one type: {error}", path) from None


def choose(body: Body, test: str, then: Arm, other: Arm, of: Type, node: Node, use: bool) -> Code:
    """One of two branches. `test` is the text of a condition."""
    path = node.path
    if not use:
        body.add(f"if {test}:", path)
        body.close(then.lines, path)
        if other.lines:
            body.add("else:", path)
            body.lines.extend(other.lines)
        return Code("None", of, simple=True)
    if not then.lines and not other.lines:
        yes, no = body.convert(then.code, of, path), body.convert(other.code, of, path)
        depth = max(yes.depth, no.depth) + 1
        return Code(f"({yes.text} if {test} else {no.text})", of, depth=depth)
    result = body.unit.names.new("either")
    for branch, head in ((then, f"if {test}:"), (other, "else:")):
        body.add(head, path)
        body.lines.extend(branch.lines)
        _give(body, branch.code, of, result, path)
    return Code(result, of, simple=True)


def _give(body: Body, code: Code, of: Type, result: str, path: str) -> None:
    """Writes, one step further in, that a branch gives its value."""
    body.indent += 1
    body.add(f"{result} = {body.convert(code, of, path).text}", path)
    body.indent -= 1


def condition(body: Body, node: Node, scope: Scope) -> Code:
    """The value of what must be true or false."""
    code = body.compile(node, scope.argument())
    if code.type is not BOOLEAN:
        raise PFASemanticError(f"a condition is boolean, not {code.type!r}", node.path)
    return code


@compiles("if")
def _if(body: Body, node: Node, scope: Scope, use: bool) -> Code:
    test = condition(body, node["if"], scope)
    otherwise = node.get("else")
    use = use and otherwise is not None
    then = arm(body, lambda: body.block(node["then"], scope.block(), use))
    if otherwise is None:
        return choose(body, test.text, then, Arm([], NOTHING), NULL, node, use=False)
    other = arm(body, lambda: body.block(otherwise, scope.block(), use))
    of = common_type((then.code, other.code), node.path)
    return choose(body, test.text, then, other, of, node, use)


@compiles("cond")
def _cond(body: Body, node: Node, scope: Scope, use: bool) -> Code:
    otherwise = node.get("else")
    use = use and otherwise is not None
    arms: list[Arm] = []
    tests: list[tuple[Arm, Node]] = []
    for one in node["cond"]:
        tests.append((arm(body, lambda one=one: condition(body, one["if"], scope)), one))  # type: ignore[misc]
        arms.append(arm(body, lambda one=one: body.block(one["then"], scope.block(), use)))  # type: ignore[misc]
    last = Arm([], NOTHING) if otherwise is None else arm(body, lambda: body.block(otherwise, scope.block(), use))
    of = NULL if otherwise is None else common_type([one.code for one in (*arms, last)], node.path)
    tested = [one for one, _ in tests]
    if use and len(arms) <= _MAX_CHAIN and not any(one.lines for one in (*arms, last, *tested)):
        return _chain(body, tests, arms, last, of, node.path)
    result = body.unit.names.new("which") if use else ""
    if len(arms) > _MAX_CHAIN or any(one.lines for one in tested[1:]):
        _one_by_one(body, node, tests, arms, last, of, result)
    else:
        _elifs(body, node, tests, arms, last, of, result)
    return Code(result or "None", of, simple=True)


def _chain(body: Body, tests: Sequence[tuple[Arm, Node]], arms: Sequence[Arm], last: Arm, of: Type, path: str) -> Code:
    """A cond that takes no statements, as one expression."""
    codes = [body.convert(one.code, of, path) for one in (*arms, last)]
    steps = [f"{code.text} if {test.code.text} else " for code, (test, _) in zip(codes, tests, strict=False)]
    return Code(f"({''.join(steps)}{codes[-1].text})", of, depth=max(code.depth for code in codes) + 1)


def _elifs(
    body: Body, node: Node, tests: Sequence[tuple[Arm, Node]], arms: Sequence[Arm], last: Arm, of: Type, result: str
) -> None:
    """A cond as one statement. Only its first condition may take statements of its own."""
    for at, ((test, one), branch) in enumerate(zip(tests, arms, strict=True)):
        body.lines.extend(shifted(test.lines, body.indent))
        body.add(f"{'elif' if at else 'if'} {test.code.text}:", one.path)
        _arm_lines(body, branch, of, result, one.path)
    if result or last.lines:
        body.add("else:", node.path)
        _arm_lines(body, last, of, result, node.path)


def _one_by_one(
    body: Body, node: Node, tests: Sequence[tuple[Arm, Node]], arms: Sequence[Arm], last: Arm, of: Type, result: str
) -> None:
    """A cond of many cases, or whose conditions take statements: case after case in a block that the first to hold
    leaves."""
    body.add("while True:", node.path)
    body.indent += 1
    for (test, one), branch in zip(tests, arms, strict=True):
        body.lines.extend(shifted(test.lines, body.indent))
        body.add(f"if {test.code.text}:", one.path)
        _arm_lines(body, branch, of, result, one.path)
        body.add("    break", one.path)
    if result or last.lines:
        body.indent -= 1
        _arm_lines(body, last, of, result, node.path)
        body.indent += 1
    body.add("break", node.path)
    body.indent -= 1


def _arm_lines(body: Body, branch: Arm, of: Type, result: str, path: str) -> None:
    """The statements of a branch, at whatever depth the writing has got to."""
    body.lines.extend(shifted(branch.lines, body.indent + 1))
    if result:
        _give(body, branch.code, of, result, path)
    elif not branch.lines:
        body.lines.append(Line(body.indent + 1, "pass", path))


@compiles("ifnotnull")
def _ifnotnull(body: Body, node: Node, scope: Scope, use: bool) -> Code:
    given: dict[str, Node] = node["ifnotnull"]
    codes = body.ordered(list(given.values()), [scope.argument()] * len(given))
    inner = scope.block()
    tests, names = [], []
    for (name, one), code in zip(given.items(), codes, strict=True):
        if not isinstance(code.type, Union) or NULL not in code.type.types:
            raise PFASemanticError(f"{name!r} is {code.type!r}, no union with null", one.path)
        rest = [branch for branch in code.type.types if branch is not NULL]
        simple = _named(body, code, one.path, name)
        tests.append(f"{simple.text} is not None")
        if not rest:
            raise PFASemanticError(f"{name!r} is always null", one.path)
        inner.symbols[name] = Symbol(
            rest[0] if len(rest) == 1 else Union(rest), f"{simple.text}[1]" if len(rest) == 1 else simple.text
        )
        names.append(name)
    otherwise = node.get("else")
    use = use and otherwise is not None
    then = arm(body, lambda: _with_names(body, node, inner, use))
    other = Arm([], NOTHING) if otherwise is None else arm(body, lambda: body.block(otherwise, scope.block(), use))
    of = NULL if otherwise is None else common_type((then.code, other.code), node.path)
    return choose(body, " and ".join(tests), then, other, of, node, use)


def _named(body: Body, code: Code, path: str, word: str) -> Code:
    """The value under a name. A constant gets one too: that it is null must not show in what is never done with it."""
    if code.simple and code.constant is UNKNOWN:
        return code
    return Code(body.temp(code.text, path, word), code.type, True)


def _with_names(body: Body, node: Node, inner: Scope, use: bool) -> Code:
    """The branch in which the symbols are there. A symbol that is set there, or used often, gets a name of its own."""
    simple = use and len(node["then"]) == 1 and node["then"][0].kind in ("symbol", "apply", "attr")
    if not simple:
        for name, symbol in inner.symbols.items():
            inner.symbols[name] = Symbol(symbol.type, body.temp(symbol.text, node.path, name))
    return body.block(node["then"], inner.block(), use)


@compiles("cast")
def _cast(body: Body, node: Node, scope: Scope, use: bool) -> Code:
    given = _named(body, body.compile(node["cast"], scope.argument()), node.path, "cast")
    cases: tuple[Node, ...] = node["cases"]
    partial = bool(node.get("partial"))
    use = use and not partial
    for case in cases:
        if not accepts(given.type, case["as"].type):
            raise PFASemanticError(f"{given.type!r} is never {case['as'].type!r}", f"{case.path}.as")
    branches = given.type.types if isinstance(given.type, Union) else (given.type,)
    if not partial:
        for branch in branches:
            if not any(accepts(c["as"].type, branch) and accepts(branch, c["as"].type) for c in cases):
                raise PFASemanticError(f"no case is for {branch!r}; say 'partial': true where that is meant", node.path)
    arms = [arm(body, lambda case=case: _case_body(body, case, given, scope, use)) for case in cases]  # type: ignore[misc]
    of = NULL if partial else common_type([one.code for one in arms], node.path)
    result = body.unit.names.new("cast")
    first = True
    for case, one in zip(cases, arms, strict=True):
        test = _is_case(given, case["as"].type, branches)
        if test:
            body.add(f"{'if' if first else 'elif'} {test}:", case.path)
            _arm_lines(body, one, of, result if use else "", case.path)
            first = False
    if use and first:
        body.add(f"{result} = None", node.path)
    return Code(result if use else "None", of, simple=True)


def _is_case(given: Code, of: Type, branches: Sequence[Type]) -> str:
    """The text of whether a value is of a case's type; empty for never."""
    if not isinstance(given.type, Union):
        return "True" if accepts(of, given.type) else ""
    tags = [branch.tag for branch in branches if accepts(of, branch)]
    tests = [f"{given.text} is None"] if "null" in tags else []
    named = [tag for tag in tags if tag != "null"]
    if named:
        text = f"{given.text}[0] == {named[0]!r}" if len(named) == 1 else f"{given.text}[0] in {tuple(named)!r}"
        nullable = any(branch is NULL for branch in branches)
        tests.append(f"{given.text} is not None and {text}" if nullable else text)
    return " or ".join(tests)


def _case_body(body: Body, case: Node, given: Code, scope: Scope, use: bool) -> Code:
    inner = scope.block()
    of: Type = case["as"].type
    if not isinstance(given.type, Union) or isinstance(of, Union):
        text, has = given.text, given.type
    else:
        fitting = [branch for branch in given.type.types if accepts(of, branch)]
        text = "None" if of is NULL else f"{given.text}[1]"
        has = fitting[0] if len(fitting) == 1 else of
    if isinstance(of, Union) and isinstance(has, Union):
        has = Union([branch for branch in has.types if accepts(of, branch)])
    code = body.convert(Code(text, has), of, case.path) if accepts(of, has) else Code(text, of)
    inner.symbols[case["named"]] = Symbol(of, body.temp(code.text, case.path, case["named"]))
    return body.block(case["do"], inner, use)


@compiles("upcast")
def _upcast(body: Body, node: Node, scope: Scope, _use: bool) -> Code:
    code = body.compile(node["upcast"], scope.argument())
    of: Type = node["as"].type
    if not accepts(of, code.type):
        raise PFASemanticError(f"{code.type!r} is no {of!r}", node.path)
    return body.convert(code, of, node.path)


@compiles("error")
def _error(body: Body, node: Node, _scope: Scope, _use: bool) -> Code:
    error = body.unit.bind(PFAUserError, "PFAUserError")
    code = node.get("code")
    if code is not None and code >= 0:
        raise PFASemanticError(f"the code of an error of the document is negative, not {code}", f"{node.path}.code")
    body.add(f"raise {error}({node['error']!a}, {code!r}, {node.path!a})", node.path)
    return Code("None", BOTTOM, simple=True)


@compiles("try")
def _try(body: Body, node: Node, scope: Scope, use: bool) -> Code:
    result = body.unit.names.new("tried")
    path = node.path
    with body.loop(path):
        inner = arm(body, lambda: body.block(node["try"], scope.argument(), use=True))
    of = NULL if inner.code.type is BOTTOM else optional(inner.code.type)
    caught = f"({body.unit.bind(PFARuntimeError, 'PFARuntimeError')}, {body.unit.bind(PFAUserError, 'PFAUserError')})"
    body.add("try:", path)
    body.lines.extend(inner.lines)
    _give(body, inner.code, of, result, path)
    filters = node.get("filter")
    if filters is None:
        body.add(f"except {caught}:", path)
    else:
        known = body.unit.constant(frozenset(filters), "filter")
        body.add(f"except {caught} as error:", path)
        body.add(f"    if error.code not in {known} and error.message not in {known}: raise", path)
    body.add(f"    {result} = None", path)
    return Code(result if use else "None", of, simple=True)
