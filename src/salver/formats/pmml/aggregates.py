"""Aggregate and Lag: of a field that holds several values in a row, as a list. Specification: Transformations.

Rows are answered each on its own, whoever sent it beside which others; so what belongs to a group, or came before,
must be in the row itself: a list of the values, in order.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median, stdev
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.functions.operand import Expression, of, of_field
from salver.formats.pmml.functions.texts import objects
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.values import KINDS, MISSING, read

TAGS: Final = ("Aggregate", "Lag")


def list_fields(root: Element) -> frozenset[str]:
    """The names of the fields whose values may be lists: those that an Aggregate or a Lag anywhere in it reads."""
    names, waiting = set(), [root]
    while waiting:
        element = waiting.pop()
        waiting += element.children
        if element.tag in TAGS:
            names.add(element.get("field"))
            names |= {child.get("field") for child in element.all("BlockIndicator")}
    return frozenset(names)


def compile_aggregate(element: Element, scope: Scope) -> Expression:
    """What all values of a row's list come to; missing ones are passed over."""
    if "sqlWhere" in element.attributes:
        element.unsupported("sqlWhere is not supported")
    if element.get("function") == "multiset":
        element.unsupported("function=multiset is not supported")
    name = element.choice("function", tuple(_AGGREGATES))
    if "groupField" in element.attributes:
        scope.field(element.want("groupField"), element)
    field = scope.field(element.want("field"), element)
    type_ = {"count": "integer", "average": "double"}.get(name, field.type)
    return _of_lists(field, type_, _AGGREGATES[name])


def compile_lag(element: Element, scope: Scope) -> Expression:
    """The value so many places before the last of a row's list, or what the values before the last come to."""
    field = scope.field(element.want("field"), element)
    count: int = element.integer("n", 1)
    if count < 1:
        element.refuse(f"n={count}, wanted 1 or more")
    name = element.choice("aggregate", ("none", *_LAGS), "none")
    blocks = [scope.field(child.want("field"), child) for child in element.all("BlockIndicator")]
    if blocks:
        element.unsupported("a BlockIndicator is not supported: a list holds the values of one block")
    if name == "none":
        return _of_lists(
            field, field.type, lambda values: values[-1 - count] if len(values) > count else None, gaps=True
        )
    operate = _LAGS[name]
    type_ = "double" if name in ("avg", "median", "stddev") else field.type
    return _of_lists(field, type_, lambda values: operate(_present(values[:-1][-count:])), gaps=True)


def _of_lists(field: Field, type_: str, operate: Callable[[list[Any]], Any], *, gaps: bool = False) -> Expression:
    """A function of each row's values; of those that are there alone, unless it knows what to do about `gaps`."""

    def compute(frame: Frame) -> Array:
        rows = [_values(value, field.type) for value in frame.column(field).tolist()]
        values = [None if row is None else operate(row if gaps else _present(row)) for row in rows]
        if KINDS[type_] == "text":
            return objects(values)
        return np.array([MISSING if value is None else value for value in values], np.float64)

    return of(type_, compute, of_field(field))


def _values(value: Any, type_: str) -> list[Any] | None:
    """A row's values as columns of the type hold them; what is none is missing. A value that is no list is alone."""
    if value is None or value != value:
        return None
    return [_value(item, type_) for item in value] if isinstance(value, (list, tuple)) else [value]


def _value(item: Any, type_: str) -> Any:
    try:
        return read(item, type_)
    except (ValueError, TypeError):
        return None


def _present(values: list[Any]) -> list[Any]:
    return [value for value in values if value is not None and value == value]


def _if_any(operate: Callable[[list[Any]], Any], least: int = 1) -> Callable[[list[Any]], Any]:
    return lambda values: operate(values) if len(values) >= least else None


def _product(values: list[float]) -> float:
    return float(np.prod(values))


_AGGREGATES: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "count": len,
    "sum": _if_any(sum),
    "average": _if_any(lambda values: sum(values) / len(values)),
    "min": _if_any(min),
    "max": _if_any(max),
}
_LAGS: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "avg": _AGGREGATES["average"],
    "max": _AGGREGATES["max"],
    "median": _if_any(median),
    "min": _AGGREGATES["min"],
    "product": _if_any(_product),
    "sum": _AGGREGATES["sum"],
    "stddev": _if_any(stdev, 2),
}
