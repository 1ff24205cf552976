"""What expressions may do: the operators and functions, over columns. Not their syntax.

All work element by element, and two arrays must be of one shape: nothing is spread over axes.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput
from salver.graph.expression_values import (
    TEXT,
    aligned,
    decoded,
    each,
    is_object,
    is_textual,
    numbers,
    texts,
    told,
    truth,
)

_MAX_DIGITS: Final = 15


def equal(left: Any, right: Any) -> Any:
    """Whether values are the same; text and numbers never are."""
    aligned(left, right)
    return operator.eq(decoded(left), decoded(right))


def unequal(left: Any, right: Any) -> Any:
    aligned(left, right)
    return operator.ne(decoded(left), decoded(right))


def among(value: Any, members: Collection[Any]) -> Any:
    """Whether the value is one of some constants."""
    if is_object(value):
        return each(lambda one: one in members, decoded(value), np.bool_)
    if isinstance(value, np.ndarray):
        return reduce(np.logical_or, (equal(value, member) for member in members), np.zeros(value.shape, np.bool_))
    return any(bool(equal(value, member)) for member in members)


def choose(test: Any, left: Any, right: Any) -> Any:
    """`left` where the test holds, else `right`."""
    test = truth(test)
    if isinstance(test, bool):
        return left if test else right
    aligned(test, left)
    aligned(test, right)
    if not (is_textual(left) or is_textual(right)):
        return np.where(test, left, right)
    if not (is_textual(left) and is_textual(right)):
        raise BadInput(f"both sides of a choice must be text or both numbers, got {told(left)} and {told(right)}")
    return np.where(test, np.asarray(left, object), np.asarray(right, object))


def pick(value: Any, index: int) -> Any:
    """A column of a matrix by its index; of a column, its row."""
    is_array = isinstance(value, np.ndarray)
    size = value.shape[-1] if is_array else 1
    if not -size <= index < size:
        raise BadInput(f"there is no [{index}] in {told(value)}; it has {size}, counted from 0")
    return value[..., index] if is_array else value


_NUMBERS: Final = frozenset((int, float, np.float64, np.int64))
"""Single numbers that are compared as they are."""


def _ordered(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An order: of texts where a side is text, else of numbers."""

    def compared(left: Any, right: Any) -> Any:
        if type(left) in _NUMBERS and type(right) in _NUMBERS:
            return compare(left, right)
        aligned(left, right)
        if isinstance(left, TEXT) or isinstance(right, TEXT) or (is_object(left) and is_object(right)):
            return compare(texts(left), texts(right))
        return compare(numbers(left), numbers(right))

    return compared


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def computed(left: Any, right: Any) -> Any:
        aligned(left, right)
        return compute(numbers(left), numbers(right))

    return computed


def _whole(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Division that keeps integers, which have no infinity."""

    def computed(left: Any, right: Any) -> Any:
        is_whole = np.result_type(left).kind == "i" and np.result_type(right).kind == "i"
        if is_whole and np.any(np.equal(right, 0)):
            raise BadInput("an integer is divided by 0")
        return compute(left, right)

    return _arithmetic(computed)


def _one(compute: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: compute(numbers(value))


def _many(pairwise: Callable[[Any, Any], Any], along: Callable[..., Any]) -> Callable[..., Any]:
    """Of several values, element by element; of one, along its last axis."""

    def computed(*values: Any) -> Any:
        if len(values) > 1:
            return reduce(_arithmetic(pairwise), values)
        value = numbers(values[0])
        return along(value, axis=-1) if isinstance(value, np.ndarray) else value

    return computed


def _mean(*values: Any) -> Any:
    total = _many(np.add, np.sum)(*values)
    count = len(values) if len(values) > 1 else np.shape(values[0])[-1] if np.ndim(values[0]) else 1
    return np.true_divide(total, count)


def _logic(pairwise: Callable[[Any, Any], Any], along: Callable[..., Any]) -> Callable[..., Any]:
    def computed(*values: Any) -> Any:
        truths = [truth(value) for value in values]
        for value in truths:
            aligned(truths[0], value)
        if len(truths) > 1:
            return reduce(pairwise, truths)
        return truths[0] if isinstance(truths[0], bool) else along(truths[0], axis=-1)

    return computed


def _clip(value: Any, low: Any, high: Any) -> Any:
    return _arithmetic(np.minimum)(_arithmetic(np.maximum)(value, low), high)


def _round(value: Any, digits: Any = 0) -> Any:
    if type(digits) is not int or abs(digits) > _MAX_DIGITS:
        raise BadInput(f"round takes a number of digits from -{_MAX_DIGITS} to {_MAX_DIGITS}, got {told(digits)}")
    return np.round(numbers(value), digits)


def _isnan(value: Any) -> Any:
    if is_object(value):
        return each(lambda one: one is None or one != one, value, np.bool_)
    return value is None or (False if isinstance(value, TEXT) else np.isnan(value))


def _number(value: Any) -> Any:
    """Text read as numbers, NaN where it is none."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        return each(_read, value, np.float64)
    return _read(value) if isinstance(value, TEXT) else numbers(value)


def _read(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def _of_text(compute: Callable[[str], Any], dtype: type[Any] = object, missing: Any = None) -> Callable[[Any], Any]:
    def computed(value: Any) -> Any:
        found = texts(value)
        if isinstance(found, np.ndarray):
            return each(lambda one: missing if one is None else compute(one), found, dtype)
        return missing if found is None else compute(found)

    return computed


def _finds(compare: Callable[[str, str], bool]) -> Callable[[Any, Any], Any]:
    def computed(value: Any, part: Any) -> Any:
        if not isinstance(part, str):
            raise BadInput(f"the second value must be one text, got {told(part)}")
        return _of_text(lambda one: compare(one, part), np.bool_, False)(value)

    return computed


@dataclass(frozen=True, slots=True)
class Function:
    """What an expression may call, with how many values it takes."""

    call: Callable[..., Any]
    least: int = 1
    most: int = 1


OPERATORS: Final[Mapping[type[ast.AST], Callable[..., Any]]] = {
    ast.Add: _arithmetic(operator.add),
    ast.Sub: _arithmetic(operator.sub),
    ast.Mult: _arithmetic(operator.mul),
    ast.Div: _arithmetic(np.true_divide),
    ast.FloorDiv: _whole(np.floor_divide),
    ast.Mod: _whole(np.remainder),
    # In floats, whatever came: no integer grows without end.
    ast.Pow: _arithmetic(np.float_power),
    ast.USub: _one(operator.neg),
    ast.UAdd: _one(operator.pos),
    ast.Not: lambda value: np.logical_not(truth(value)),
    ast.Eq: equal,
    ast.NotEq: unequal,
    ast.Lt: _ordered(operator.lt),
    ast.LtE: _ordered(operator.le),
    ast.Gt: _ordered(operator.gt),
    ast.GtE: _ordered(operator.ge),
    ast.In: among,
    ast.NotIn: lambda value, members: np.logical_not(among(value, members)),
}


_MANY: Final = 100


FUNCTIONS: Final[Mapping[str, Function]] = {
    "abs": Function(_one(np.abs)),
    "sqrt": Function(_one(np.sqrt)),
    "exp": Function(_one(np.exp)),
    "log": Function(_one(np.log)),
    "log2": Function(_one(np.log2)),
    "log10": Function(_one(np.log10)),
    "floor": Function(_one(np.floor)),
    "ceil": Function(_one(np.ceil)),
    "round": Function(_round, 1, 2),
    "clip": Function(_clip, 3, 3),
    "where": Function(choose, 3, 3),
    "isnan": Function(_isnan),
    "min": Function(_many(np.minimum, np.min), 1, _MANY),
    "max": Function(_many(np.maximum, np.max), 1, _MANY),
    "sum": Function(_many(np.add, np.sum), 1, _MANY),
    "mean": Function(_mean, 1, _MANY),
    "any": Function(_logic(np.logical_or, np.any), 1, _MANY),
    "all": Function(_logic(np.logical_and, np.all), 1, _MANY),
    "argmax": Function(lambda value: np.argmax(numbers(value), axis=-1)),
    "len": Function(_of_text(len, np.int64, 0)),
    "lower": Function(_of_text(str.lower)),
    "upper": Function(_of_text(str.upper)),
    "strip": Function(_of_text(str.strip)),
    "contains": Function(_finds(operator.contains), 2, 2),
    "startswith": Function(_finds(str.startswith), 2, 2),
    "endswith": Function(_finds(str.endswith), 2, 2),
    "number": Function(_number),
}
