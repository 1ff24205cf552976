"""The special forms of PFA that make values and find the way into them, for the interpreter in the tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pfa_interpreter_core import Code, Core, Run, form
from pfa_interpreter_matching import Failed
from pfa_interpreter_scope import Frame, Json, Scope
from pfa_interpreter_types import Refused, Type, broadest, converted


@form("new")
def _new(core: Core, node: Json, scope: Scope) -> Code:
    type_, inner = core.types.read(node["type"]), scope.argument()
    if isinstance(node["new"], list):
        if type_[0] != "array":
            raise Refused(f"a list makes no {type_}")
        items = [core.wanted(item, inner, type_[1]) for item in node["new"]]
        return type_, lambda frame: [item(frame) for item in items]
    if type_[0] not in ("map", "record"):
        raise Refused(f"an object makes no {type_}")
    fields = dict.fromkeys(node["new"], type_[1]) if type_[0] == "map" else core.types.fields(type_)
    if fields.keys() != node["new"].keys():
        raise Refused(f"these are not the fields of {type_}")
    runs = {name: core.wanted(value, inner, fields[name]) for name, value in node["new"].items()}
    return type_, lambda frame: {name: run(frame) for name, run in runs.items()}


def _path(core: Core, type_: Type, path: Sequence[Any], scope: Scope) -> tuple[Type, list[Run]]:
    runs = []
    for step in path:
        given, run = core.expression(step, scope.argument())
        type_ = _one_step(core, type_, given, step)
        runs.append(run)
    return type_, runs


def _one_step(core: Core, type_: Type, given: Type, step: Any) -> Type:
    if (type_[0], given) in (("array", "int"), ("array", "long"), ("map", "string")):
        return type_[1]
    name = step["string"] if isinstance(step, dict) and "string" in step else step
    name = name[0] if isinstance(name, list) else name
    if type_[0] == "record" and not (step is name and isinstance(step, str)) and name in core.types.fields(type_):
        return core.types.fields(type_)[name]
    raise Refused(f"{given} is no way into {type_}")


@form("attr")
def _attr(core: Core, node: Json, scope: Scope) -> Code:
    base, run = core.expression(node["attr"], scope.argument())
    if base[0] not in ("array", "map", "record"):
        raise Refused(f"no way into {base}")
    type_, steps = _path(core, base, node["path"], scope)
    if "to" not in node:
        return type_, lambda frame: inside(run(frame), [step(frame) for step in steps], 2000)
    change = _to(core, node["to"], type_, scope)

    def run_it(frame: Frame) -> Any:
        value = run(frame)
        ready = [step(frame) for step in steps]
        return changed(value, ready, change(frame), 2002)

    return base, run_it


def _to(core: Core, node: Any, type_: Type, scope: Scope) -> Callable[[Frame], Callable[[Any], Any]]:
    """What, when it is run, gives the change to be made."""
    if isinstance(node, dict) and ("params" in node or "fcn" in node):
        return core.function(node, ("function", (type_,), type_), scope)
    run = core.wanted(node, scope, type_)

    def change(frame: Frame) -> Callable[[Any], Any]:
        value = run(frame)
        return lambda old: value

    return change


@form("cell")
def _cell(core: Core, node: Json, scope: Scope) -> Code:
    name = node["cell"]
    if name not in core.cells:
        raise Refused(f"no cell {name}")
    type_, steps = _path(core, core.cell_types[name], node.get("path", []), scope)
    if "to" not in node:
        return type_, lambda frame: inside(core.cells[name], [step(frame) for step in steps], 2004)
    change = _to(core, node["to"], type_, scope)

    def run(frame: Frame) -> Any:
        ready, to = [step(frame) for step in steps], change(frame)
        core.cells[name] = changed(core.cells[name], ready, to, 2006)
        return core.cells[name]

    return core.cell_types[name], run


@form("pool")
def _pool(core: Core, node: Json, scope: Scope) -> Code:
    name = node["pool"]
    if name not in core.pools:
        raise Refused(f"no pool {name}")
    if "del" in node:
        key = core.wanted(node["del"], scope.argument(), "string")
        return "null", lambda frame: (core.pools[name].pop(key(frame), None), None)[1]
    type_, steps = _path(core, ("map", core.pool_types[name]), node["path"], scope)
    if "to" not in node:
        return type_, lambda frame: inside(core.pools[name], [step(frame) for step in steps], 2008)
    change = _to(core, node["to"], type_, scope)
    first = core.wanted(node["init"], scope.argument(), core.pool_types[name])

    def run(frame: Frame) -> Any:
        item, *rest = [step(frame) for step in steps]
        to, pool = change(frame), core.pools[name]
        pool[item] = changed(pool[item] if item in pool else first(frame), rest, to, 2010)
        return pool[item]

    return core.pool_types[name], run


@form("call")
def _chosen(core: Core, node: Json, scope: Scope) -> Code:
    enum, name = core.expression(node["call"], scope.argument())
    if enum[0] != "enum":
        raise Refused(f"{enum} names no functions")
    names = core.types.symbols(enum)
    arguments = [{"$": at} for at in range(len(node["args"]))]
    given = [core.expression(argument, scope.argument()) for argument in node["args"]]
    held = Scope(None, {f"${at}": type_ for at, (type_, _) in enumerate(given)})
    codes = {each: core.call(f"u.{each}", [f"${at}" for at in range(len(arguments))], held) for each in names}
    result = broadest([type_ for type_, _ in codes.values()])

    def run(frame: Frame) -> Any:
        type_, call = codes[name(frame)]
        values = {f"${at}": value(frame) for at, (_, value) in enumerate(given)}
        return converted(call(Frame(None, values)), type_, result)

    return result, run


def inside(value: Any, steps: Sequence[Any], code: int) -> Any:
    """What lies at the end of a path. Fails with `code` for an index, with the next for a key."""
    for step in steps:
        try:
            value = value[step]
        except IndexError:
            raise Failed(code) from None
        except KeyError:
            raise Failed(code + 1) from None
    return value


def changed(value: Any, steps: Sequence[Any], change: Callable[[Any], Any], code: int) -> Any:
    """A copy in which what lies at the end of a path is another."""
    if not steps:
        return change(value)
    step, *rest = steps
    if isinstance(value, list):
        if not 0 <= step < len(value):
            raise Failed(code)
        return [changed(item, rest, change, code) if at == step else item for at, item in enumerate(value)]
    if step not in value:
        raise Failed(code + 1)
    return {key: changed(item, rest, change, code) if key == step else item for key, item in value.items()}
