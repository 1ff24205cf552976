"""Aggregates of several arguments, and the normal distribution. Specification: Built-in functions.

Aggregates pass over missing arguments; they are missing only where all are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from statistics import NormalDist
from typing import Any, Final

import numpy as np

from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.functions.call import Call, Compile, Function
from salver.formats.pmml.functions.operand import Expression, of, wider, wider_number
from salver.formats.pmml.values import MISSING

_STANDARD: Final = NormalDist()
_ROOT_2: Final = math.sqrt(2.0)
_ROOT_2_PI: Final = math.sqrt(2.0 * math.pi)


def _extreme(choose: Callable[[Any, Any], Any]) -> Compile:
    def compile_(call: Call) -> Expression:
        arguments = call.numbers()
        sources = call.sources(arguments)

        def compute(frame: Frame) -> Array:
            extreme: Array = reduce(choose, [source(frame) for source in sources])
            return extreme

        type_ = wider(*arguments)
        return of(wider_number(*arguments) if type_ == "string" else type_, compute, *arguments)

    return compile_


def _aggregate(operate: Callable[[Array, Array], Array], *, whole: bool) -> Compile:
    """Of a matrix [arguments, rows] and a mask of what is missing in it; `whole` where integers give an integer."""

    def compile_(call: Call) -> Expression:
        arguments = call.numbers()
        sources = call.sources(arguments)

        def compute(frame: Frame) -> Array:
            matrix = np.empty((len(sources), frame.rows))
            for place, source in enumerate(sources):
                matrix[place] = source(frame)
            return operate(matrix, matrix != matrix)

        return of(wider_number(*arguments) if whole else "double", compute, *arguments, warns=True)

    return compile_


def _sum(matrix: Array, missing: Array) -> Array:
    return np.where(missing.all(axis=0), MISSING, np.where(missing, 0.0, matrix).sum(axis=0))


def _product(matrix: Array, missing: Array) -> Array:
    return np.where(missing.all(axis=0), MISSING, np.where(missing, 1.0, matrix).prod(axis=0))


def _average(matrix: Array, missing: Array) -> Array:
    average: Array = np.where(missing, 0.0, matrix).sum(axis=0) / (~missing).sum(axis=0)
    return average


def _median(matrix: Array, missing: Array) -> Array:
    ordered = np.sort(matrix, axis=0)  # what is missing comes last
    present = (~missing).sum(axis=0)
    rows = np.arange(matrix.shape[1])
    lower = ordered[np.maximum(present - 1, 0) // 2, rows]
    median: Array = (lower + ordered[np.minimum(present // 2, len(matrix) - 1), rows]) / 2.0
    return median


def _normal(function: Callable[..., float], *, standard: bool) -> Function:
    """A function of the distribution at a point, with mean and deviation unless it is the standard one."""

    def compile_(call: Call) -> Expression:
        arguments = call.numbers()

        def compute(frame: Frame) -> Array:
            columns = [argument.compute(frame).tolist() for argument in arguments]
            return np.array([_value(function, values) for values in zip(*columns, strict=True)], np.float64)

        checked = call.defined(compute, arguments)
        return of("double", checked, *arguments, refuses=call.refuses_undefined)

    count = 1 if standard else 3
    return Function(compile_, count, count, rereads=True)


def _value(function: Callable[..., float], values: tuple[float, ...]) -> float:
    if any(value != value for value in values) or (len(values) == 3 and values[2] <= 0):
        return MISSING
    return function(*values)


def _cumulative(value: float, mean: float = 0.0, deviation: float = 1.0) -> float:
    return 0.5 * math.erfc((mean - value) / (deviation * _ROOT_2))


def _density(value: float, mean: float = 0.0, deviation: float = 1.0) -> float:
    distance = (value - mean) / deviation
    return math.exp(-0.5 * min(distance * distance, 1e6)) / (deviation * _ROOT_2_PI)


def _inverse(share: float, mean: float = 0.0, deviation: float = 1.0) -> float:
    if not 0.0 <= share <= 1.0:
        return MISSING
    if share in (0.0, 1.0):
        return math.inf if share else -math.inf
    return mean + deviation * _STANDARD.inv_cdf(share)


STATISTICS: Final[dict[str, Function]] = {
    "min": Function(_extreme(np.fmin), 1, None),
    "max": Function(_extreme(np.fmax), 1, None),
    "sum": Function(_aggregate(_sum, whole=True), 1, None),
    "product": Function(_aggregate(_product, whole=True), 1, None),
    "avg": Function(_aggregate(_average, whole=False), 1, None),
    "median": Function(_aggregate(_median, whole=False), 1, None),
    "normalCDF": _normal(_cumulative, standard=False),
    "normalPDF": _normal(_density, standard=False),
    "normalIDF": _normal(_inverse, standard=False),
    "stdNormalCDF": _normal(_cumulative, standard=True),
    "stdNormalPDF": _normal(_density, standard=True),
    "stdNormalIDF": _normal(_inverse, standard=True),
}
