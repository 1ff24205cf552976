"""Apply: a function of expressions, built in or defined by the document. Specification: Functions.

What is defined by the document is compiled anew wherever it is applied, its parameters bound to the arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.functions.call import Call
from salver.formats.pmml.functions.operand import (
    Derived,
    Expression,
    constant,
    converted,
    literal,
    missing_in,
    missing_of,
    of,
    of_field,
    shared,
    wider,
)
from salver.formats.pmml.functions.table import FUNCTIONS, built_in
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.values import KINDS

CompileIn: TypeAlias = Callable[[Element, Scope, int], Expression]
"""Compiles an expression that is nested so deep."""

_MAX_CALLS: Final = 1_000
"""Of defined functions within one application of a defined function."""


def compile_apply(element: Element, scope: Scope, depth: int, compile_in: CompileIn) -> Expression:
    """An Apply element. Raises BadInput for a function that there is not, or too few or too many arguments."""
    name = element.want("function")
    arguments = tuple(compile_in(child, scope, depth + 1) for child in element.children)
    function = built_in(name)
    if "mapMissingTo" in element.attributes or (function is not None and function.rereads):
        arguments = tuple(map(shared, arguments))
    call = Call(name, element, arguments)
    if function is not None:
        check_count(call, function.least, function.most)
        result = _folded(function.compile(call), call)
    elif name in scope.functions:
        result = _defined(call, scope.functions[name], scope, depth, compile_in)
    else:
        defined = ", ".join(map(short, list(scope.functions)[:10])) or "none"
        element.refuse(f"there is no function {short(name)}; defined here: {defined}; built in: {' '.join(FUNCTIONS)}")
    return _with_default(call, _with_missing(call, result))


def check_count(call: Call, least: int, most: int | None) -> None:
    """Raises BadInput for too few or too many arguments."""
    count = len(call.arguments)
    if count < least or (most is not None and count > most):
        wanted = f"{least}" if least == most else f"{least} or more" if most is None else f"{least} to {most}"
        call.element.refuse(f"{call.name} takes {wanted} arguments, there are {count}")


def _folded(result: Expression, call: Call) -> Expression:
    """A constant, where all arguments are; unless the one row would be refused."""
    if result.is_constant or not all(argument.is_constant for argument in call.arguments):
        return result
    frame = Frame(1, 0)
    with np.errstate(all="ignore"):
        column = result.compute(frame)
    return result if frame.refused else constant(column[0], result.type)


# What is missing.


def _with_missing(call: Call, result: Expression) -> Expression:
    """`mapMissingTo`: what any missing argument gives, without the function."""
    text = call.element.attributes.get("mapMissingTo")
    if text is None:
        return result
    tests = [missing_of(argument) for argument in call.arguments]
    if call.name != "if":
        return _replaced(call, result, text, lambda frame, _: np.logical_or.reduce([test(frame) for test in tests]))
    if len(tests) > 2:
        return _replaced(call, result, text, lambda _, column: missing_in(column))
    # Without an ELSE part what is false is missing for no missing argument.
    true = converted(call.arguments[0], "boolean", call.element).compute
    return _replaced(
        call, result, text, lambda frame, column: tests[0](frame) | ((true(frame) == 1.0) & missing_in(column))
    )


def _with_default(call: Call, result: Expression) -> Expression:
    """`defaultValue`: what is given where the result is missing."""
    text = call.element.attributes.get("defaultValue")
    return result if text is None else _replaced(call, result, text, lambda _, column: missing_in(column))


def _replaced(call: Call, result: Expression, text: str, where: Callable[[Frame, Array], Array]) -> Expression:
    """The result with a constant where a mask says so, in a type that holds both."""
    other = literal(text, result.type)
    type_ = wider(result, other)
    before, value = converted(result, type_, call.element), converted(other, type_, call.element).value

    def compute(frame: Frame) -> Array:
        column = before.compute(frame)
        return np.where(where(frame, column), value, column)

    return _folded(of(type_, compute, before), call)


# Functions that the document defines.


@dataclass(slots=True)
class _Budget:
    """How much more may come of one application."""

    calls: int = _MAX_CALLS


class _Parameters(Scope):
    """The names within a defined function: its parameters, and what stands around the application."""

    __slots__ = ("bound", "budget", "function")

    def __init__(self, parent: Scope, function: Element) -> None:
        super().__init__(parent.counter, parent)
        self.function = function
        self.bound: dict[str, Expression] = {}
        self.budget: _Budget = parent.budget if isinstance(parent, _Parameters) else _Budget()

    def is_within(self, function: Element) -> bool:
        """Whether this is a part of what a function is defined as."""
        outer = isinstance(self.parent, _Parameters) and self.parent.is_within(function)
        return self.function is function or outer

    def bind(self, name: str, argument: Expression, place: Element) -> None:
        """Makes an argument known as a parameter; as a field, too, that is computed once however often it is read."""
        if name in self.bound:
            place.refuse(f"there are two parameters {short(name)}")
        if argument.field is not None:
            self.put(name, argument.field)
        elif argument.is_constant:
            self.promise(name, lambda: self._made(name, argument, place), place)
        else:
            field = self._made(name, argument, place)
            argument = of_field(field)
            self.put(name, field)
        self.bound[name] = argument

    def _made(self, name: str, argument: Expression, place: Element) -> Field:
        optype = "categorical" if argument.kind in ("text", "boolean") else "continuous"
        return self.counter.make(name, argument.type, optype, Derived(argument), place)


def bound_in(name: str, scope: Scope | None) -> Expression | None:
    """The argument that a name means within a defined function; None where it means something else."""
    while isinstance(scope, _Parameters):
        if name in scope.bound:
            return scope.bound[name]
        scope = scope.parent
    return None


def _defined(call: Call, function: Element, scope: Scope, depth: int, compile_in: CompileIn) -> Expression:
    if isinstance(scope, _Parameters) and scope.is_within(function):
        call.element.refuse(f"function {short(call.name)} is defined by itself")
    fields = list(function.all("ParameterField"))
    check_count(call, len(fields), len(fields))
    inner = _Parameters(scope, function)
    inner.budget.calls -= 1
    if inner.budget.calls < 0:
        call.element.refuse(f"more than {_MAX_CALLS:,} applications of functions come of one")
    for field, argument in zip(fields, call.arguments, strict=True):
        type_ = field.choice("dataType", tuple(KINDS), argument.type)
        inner.bind(field.want("name"), converted(argument, type_, call.element), field)
    body = next((child for child in function.children if child.tag != "ParameterField"), None)
    if body is None:
        function.refuse("a DefineFunction needs an expression")
    result = compile_in(body, inner, depth + 1)
    return converted(result, function.choice("dataType", tuple(KINDS), result.type), function)
