"""Functions as nodes: comparisons, logic and choice here, and those of `arithmetic.py`.

Specification: Built-in functions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from salver.formats.pmml.convert.arithmetic import ARITHMETIC, Function, check_count, made_of, wider
from salver.formats.pmml.convert.columns import Column, Columns
from salver.formats.pmml.convert.graph import MISSING_TEXT
from salver.formats.pmml.element import Element, short
from salver.formats.pmml.values import is_value, read


def _truth(columns: Columns, mask: str, arguments: Sequence[Column]) -> Column:
    """A mask as a truth value that is missing where an argument is."""
    graph = columns.graph
    name = graph.number(mask)
    missing = [columns.missing(argument) for argument in arguments if argument.may_miss]
    if missing:
        name = graph.where(graph.any_of(missing), math.nan, name)
    return made_of(name, "boolean", arguments)


def _compared(operator: str, *, negated: bool = False) -> Function:
    def make(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
        check_count(arguments, element, 2, 2)
        _alike(arguments, element)
        _decide(arguments, element, columns)
        mask = columns.graph.add(operator, arguments[0].name, arguments[1].name)
        return _truth(columns, columns.graph.add("Not", mask) if negated else mask, arguments)

    return make


def _decide(arguments: Sequence[Column], element: Element, columns: Columns) -> None:
    """A constant that an input is compared with makes a difference in it."""
    for argument, other in zip(arguments, reversed(element.children), strict=False):
        if other.tag == "Constant" and argument.source and is_value(other.text, argument.type):
            columns.decides(argument, [read(other.text, argument.type)])


def _alike(arguments: Sequence[Column], element: Element) -> None:
    """Raises Unsupported where texts and numbers meet."""
    if len({argument.is_text for argument in arguments}) > 1:
        element.unsupported(f"function {short(element.get('function'))} of texts and numbers cannot be converted")


def _among(*, negated: bool) -> Function:
    """Whether the first value is among the others, which are constants. A missing one is not."""

    def make(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
        check_count(arguments, element, 2, None)
        _alike(arguments, element)
        others = element.children[1:]
        if any(other.tag != "Constant" or other.get("missing") == "true" for other in others):
            element.unsupported(
                f"function {short(element.get('function'))} of others than constants cannot be converted"
            )
        values = [read(other.text, arguments[0].type) for other in others if is_value(other.text, arguments[0].type)]
        mask = columns.among(arguments[0], values)
        name = columns.graph.number(columns.graph.add("Not", mask) if negated else mask)
        return made_of(name, "boolean", arguments, may_miss=False)

    return make


def _threshold(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
    compared = _compared("Greater")(arguments, element, columns)
    return Column(compared.name, wider(arguments), compared.may_miss, is_single=compared.is_single)


def _joined(deciding: float) -> Function:
    """And, or: one that decides settles it, else a missing one makes it missing."""

    def make(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
        check_count(arguments, element, 2, None)
        graph = columns.graph
        settled = graph.any_of([graph.add("Equal", argument.name, deciding) for argument in arguments])
        missing = graph.any_of([graph.missing(argument.name) for argument in arguments])
        rest = graph.where(missing, math.nan, 1.0 - deciding)
        return made_of(graph.where(settled, deciding, rest), "boolean", arguments)

    return make


def _not(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
    check_count(arguments, element, 1, 1)
    return made_of(columns.graph.add("Sub", 1.0, arguments[0].name), "boolean", arguments)


def _is_missing(*, negated: bool) -> Function:
    def make(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
        check_count(arguments, element, 1, 1)
        mask = columns.missing(arguments[0])
        name = columns.graph.number(columns.graph.add("Not", mask) if negated else mask)
        return made_of(name, "boolean", arguments, may_miss=False)

    return make


def _if(arguments: Sequence[Column], element: Element, columns: Columns) -> Column:
    """A missing condition gives a missing result, and so does a false one where there is nothing else."""
    check_count(arguments, element, 2, 3)
    graph = columns.graph
    condition, then = arguments[:2]
    if condition.is_text:
        element.unsupported("a condition that is text cannot be converted")
    _alike(arguments[1:], element)
    nothing = graph.constant([MISSING_TEXT] if then.is_text else math.nan)
    other = arguments[2].name if len(arguments) > 2 else nothing
    name = graph.where(graph.cast(condition.name, "bool"), then.name, other)
    if condition.may_miss:
        name = graph.where(graph.missing(condition.name), nothing, name)
    return made_of(name, "string" if then.is_text else wider(arguments[1:]), arguments, may_miss=True)


FUNCTIONS: Final[dict[str, Function]] = {
    **ARITHMETIC,
    "threshold": _threshold,
    "equal": _compared("Equal"),
    "notEqual": _compared("Equal", negated=True),
    "lessThan": _compared("Less"),
    "lessOrEqual": _compared("LessOrEqual"),
    "greaterThan": _compared("Greater"),
    "greaterOrEqual": _compared("GreaterOrEqual"),
    "and": _joined(0.0),
    "or": _joined(1.0),
    "not": _not,
    "isIn": _among(negated=False),
    "isNotIn": _among(negated=True),
    "isMissing": _is_missing(negated=False),
    "isNotMissing": _is_missing(negated=True),
    "if": _if,
}
"""By name."""
OF_TEXTS: Final = ("equal", "notEqual", "isIn", "isNotIn", "isMissing", "isNotMissing", "if")
"""Those whose arguments may be texts."""
