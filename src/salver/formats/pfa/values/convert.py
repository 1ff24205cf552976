"""How a value of one type becomes one of a wider type (promotion, and into unions)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from salver.formats.pfa.avro.accepts import accepts
from salver.formats.pfa.avro.types import DOUBLE, FLOAT, INTEGERS, Array, Function, Map, Record, Type, Union
from salver.formats.pfa.values.floats import float32

Convert = Callable[[Any], Any]


def converter(given: Type, wanted: Type) -> Convert | None:
    """What makes a value of type `given` one of type `wanted`, which accepts it; None where it is one already."""
    if given is wanted or given == wanted:
        return None
    if isinstance(wanted, Union):
        return _into_union(given, wanted)
    if isinstance(given, Union):
        return _out_of_union(given, wanted)
    if isinstance(wanted, Record):
        return None
    if wanted is DOUBLE:
        return float if given in INTEGERS else None
    if wanted is FLOAT:
        return float32
    if isinstance(wanted, Array) and isinstance(given, Array):
        return _each_item(converter(given.items, wanted.items))
    if isinstance(wanted, Map) and isinstance(given, Map):
        return _each_value(converter(given.values, wanted.values))
    if isinstance(wanted, Function) and isinstance(given, Function):
        return _function(given, wanted)
    return None


def branch_for(given: Type, wanted: Union) -> Type:
    """The branch of a union that takes values of a type: its own, else the first that accepts it."""
    return wanted.branches.get(given.tag) or next(branch for branch in wanted.types if accepts(branch, given))


def _into_union(given: Type, wanted: Union) -> Convert | None:
    if isinstance(given, Union):
        return _across(given, wanted)
    branch = branch_for(given, wanted)
    if branch.tag == "null":
        return None
    inner, tag = converter(given, branch), branch.tag
    return (lambda x: (tag, x)) if inner is None else (lambda x: (tag, inner(x)))


def _across(given: Union, wanted: Union) -> Convert | None:
    steps: dict[str, tuple[str, Convert | None]] = {}
    for one in given.types:
        branch = branch_for(one, wanted)
        steps[one.tag] = (branch.tag, converter(one, branch))
    if all(tag == new and step is None for tag, (new, step) in steps.items()):
        return None

    def convert(x: Any) -> Any:
        if x is None:
            return None
        tag, step = steps[x[0]]
        return (tag, x[1] if step is None else step(x[1]))

    return convert


def _out_of_union(given: Union, wanted: Type) -> Convert:
    steps = {one.tag: converter(one, wanted) for one in given.types}

    def convert(x: Any) -> Any:
        if x is None:
            return None
        step = steps[x[0]]
        return x[1] if step is None else step(x[1])

    return convert


def _each_item(step: Convert | None) -> Convert | None:
    return None if step is None else lambda items: [step(item) for item in items]


def _each_value(step: Convert | None) -> Convert | None:
    return None if step is None else lambda values: {key: step(value) for key, value in values.items()}


def _function(given: Function, wanted: Function) -> Convert | None:
    """Makes a function that takes and gives what is wanted of one that takes more and gives less."""
    takes = [converter(has, needs) for has, needs in zip(wanted.params, given.params, strict=True)]
    gives = converter(given.ret, wanted.ret)
    if gives is None and not any(takes):
        return None

    def convert(function: Callable[..., Any]) -> Callable[..., Any]:
        def converted(*arguments: Any) -> Any:
            given = [x if step is None else step(x) for x, step in zip(arguments, takes, strict=True)]
            result = function(*given)
            return result if gives is None else gives(result)

        return converted

    return convert
