"""The special forms of PFA that name, choose and repeat, for the interpreter in the tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pfa_interpreter_core import Code, Core, Run, form
from pfa_interpreter_matching import Failed
from pfa_interpreter_scope import Frame, Json, Scope
from pfa_interpreter_types import NOTHING, Refused, Type, accepts, branches, broadest, converted, is_alike, tag_of


@form("let")
def _let(core: Core, node: Json, scope: Scope) -> Code:
    if scope.is_sealed_within:
        raise Refused("nothing can be named here")
    codes = {name: core.expression(value, scope.argument()) for name, value in node["let"].items()}
    for name, (type_, _) in codes.items():
        if type_ == NOTHING:
            raise Refused(f"{name} has no value")
        scope.add(name, type_)

    def run(frame: Frame) -> None:
        frame.values.update({name: value(frame) for name, (_, value) in codes.items()})

    return "null", run


@form("set")
def _set(core: Core, node: Json, scope: Scope) -> Code:
    runs = {name: _assigned(core, name, value, scope) for name, value in node["set"].items()}

    def run(frame: Frame) -> None:
        for name, value in {name: value(frame) for name, value in runs.items()}.items():
            frame.set(name, value)

    return "null", run


def _assigned(core: Core, name: str, value: Any, scope: Scope) -> Run:
    type_ = scope.find(name)
    if type_ is None or not scope.may_set(name):
        raise Refused(f"{name} cannot be set here")
    return core.wanted(value, scope.argument(), type_)


@form("do")
def _do(core: Core, node: Json, scope: Scope) -> Code:
    type_, run = core.inner(node["do"], scope)
    return ("null" if type_ == NOTHING else type_), run


@form("if")
def _if(core: Core, node: Json, scope: Scope) -> Code:
    return _branches(core, [node], node.get("else"), scope, "else" in node)


@form("cond")
def _cond(core: Core, node: Json, scope: Scope) -> Code:
    return _branches(core, node["cond"], node.get("else"), scope, "else" in node)


def _branches(core: Core, ways: Sequence[Json], other: Any, scope: Scope, has_other: bool) -> Code:
    tests = [core.wanted(way["if"], scope.argument(), "boolean") for way in ways]
    codes = [core.inner(way["then"], scope) for way in ways]
    codes.append(core.inner(other, scope) if has_other else ("null", lambda frame: None))
    types = [type_ for type_, _ in codes]
    result = "null" if not has_other or all(type_ == NOTHING for type_ in types) else broadest(types)

    def run(frame: Frame) -> Any:
        at = next((at for at, test in enumerate(tests) if test(frame)), len(tests))
        value = codes[at][1](frame)
        return converted(value, types[at], result) if has_other else None

    return result, run


@form("ifnotnull")
def _ifnotnull(core: Core, node: Json, scope: Scope) -> Code:
    runs: dict[str, Code] = {}
    named = Scope(scope)
    for name, value in node["ifnotnull"].items():
        type_, run = core.expression(value, scope.argument())
        left = tuple(branch for branch in branches(type_) if branch != "null")
        if type_[0] != "union" or not 0 < len(left) < len(branches(type_)):
            raise Refused(f"{type_} is never null, or always")
        runs[name] = type_, run
        named.symbols[name] = left[0] if len(left) == 1 else ("union", left)
    codes = [core.inner(node["then"], named)]
    codes.append(core.inner(node["else"], scope) if "else" in node else ("null", lambda frame: None))
    result = broadest([type_ for type_, _ in codes]) if "else" in node else "null"

    def run_it(frame: Frame) -> Any:
        values = {name: run(frame) for name, (_, run) in runs.items()}
        if any(value is None for value in values.values()):
            return converted(codes[1][1](frame), codes[1][0], result)
        ready = {name: converted(value, runs[name][0], named.symbols[name]) for name, value in values.items()}
        value = codes[0][1](Frame(frame, ready))
        return converted(value, codes[0][0], result) if "else" in node else None

    return result, run_it


@form("cast")
def _cast(core: Core, node: Json, scope: Scope) -> Code:
    given, run = core.expression(node["cast"], scope.argument())
    cases: list[tuple[Type, str, Code]] = []
    for case in node["cases"]:
        type_ = core.types.read(case["as"])
        if not accepts(given, type_):
            raise Refused(f"{given} is never {type_}")
        named = Scope(scope, {case["named"]: type_})
        cases.append((type_, case["named"], core.block(case["do"], named)))
    is_partial = node.get("partial", False)
    if not is_partial and not all(any(is_alike(one, type_) for type_, _, _ in cases) for one in branches(given)):
        raise Refused(f"not every case of {given} is there")
    result = "null" if is_partial else broadest([code[0] for _, _, code in cases])

    def run_it(frame: Frame) -> Any:
        value = run(frame)
        type_ = given
        if given[0] == "union":
            tag, value = value if value is not None else ("null", None)
            type_ = next(one for one in given[1] if tag_of(one) == tag)
        for wanted, name, (body_type, body) in cases:
            if accepts(wanted, type_):
                found = body(Frame(frame, {name: converted(value, type_, wanted)}))
                return None if is_partial else converted(found, body_type, result)
        return None

    return result, run_it


@form("upcast")
def _upcast(core: Core, node: Json, scope: Scope) -> Code:
    type_ = core.types.read(node["as"])
    return type_, core.wanted(node["upcast"], scope.argument(), type_)


@form("try")
def _try(core: Core, node: Json, scope: Scope) -> Code:
    type_, run = core.block(node["try"], scope.argument())
    type_ = "null" if type_ == NOTHING else type_
    has_null = "null" in branches(type_)
    result = type_ if has_null else ("union", (*branches(type_), "null"))
    if type_ == "null":
        result = "null"
    only = node.get("filter")

    def run_it(frame: Frame) -> Any:
        try:
            return converted(run(frame), type_, result)
        except Failed as error:
            if only is not None and error.code not in only and error.message not in only:
                raise
            return None

    return result, run_it


@form("error")
def _error(core: Core, node: Json, scope: Scope) -> Code:
    def run(frame: Frame) -> Any:
        raise Failed(node.get("code"), node["error"])

    return NOTHING, run


@form("while")
def _while(core: Core, node: Json, scope: Scope) -> Code:
    loop = Scope(scope)
    test = core.wanted(node["while"], loop.argument(), "boolean")
    _, body = core.block(node["do"], loop)

    def run(frame: Frame) -> None:
        while test(frame):
            body(Frame(frame))

    return "null", run


@form("until")
def _until(core: Core, node: Json, scope: Scope) -> Code:
    loop = Scope(scope)
    _, body = core.block(node["do"], loop)
    test = core.wanted(node["until"], loop.argument(), "boolean")

    def run(frame: Frame) -> None:
        again = True
        while again:
            inner = Frame(frame)
            body(inner)
            again = not test(inner)

    return "null", run


@form("for")
def _for(core: Core, node: Json, scope: Scope) -> Code:
    loop = Scope(scope)
    _, first = _let(core, {"let": node["for"]}, loop)
    test = core.wanted(node["while"], loop.argument(), "boolean")
    _, step = _set(core, {"set": node["step"]}, loop)
    _, body = core.inner(node["do"], loop)

    def run(frame: Frame) -> None:
        inner = Frame(frame)
        first(inner)
        while test(inner):
            body(inner)
            step(inner)

    return "null", run


@form("foreach")
def _foreach(core: Core, node: Json, scope: Scope) -> Code:
    type_, run = core.expression(node["in"], scope.argument())
    if type_[0] != "array":
        raise Refused(f"{type_} is no array")
    loop = Scope(scope, is_sealed_above=not node.get("seq", False))
    loop.add(node["foreach"], type_[1])
    _, body = core.inner(node["do"], loop)

    def run_it(frame: Frame) -> None:
        for value in run(frame):
            body(Frame(frame, {node["foreach"]: value}))

    return "null", run_it


@form("forkey")
def _forkey(core: Core, node: Json, scope: Scope) -> Code:
    type_, run = core.expression(node["in"], scope.argument())
    if type_[0] != "map":
        raise Refused(f"{type_} is no map")
    loop = Scope(scope)
    loop.add(node["forkey"], "string")
    loop.add(node["forval"], type_[1])
    _, body = core.inner(node["do"], loop)

    def run_it(frame: Frame) -> None:
        for key, value in run(frame).items():
            body(Frame(frame, {node["forkey"]: key, node["forval"]: value}))

    return "null", run_it
