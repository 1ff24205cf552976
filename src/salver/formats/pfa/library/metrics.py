"""metric: distances of vectors, of whatever kind their components are. What is missing in one of the two is
left out, and the rest is weighed up for it. Those of booleans are in `binary_metrics.py`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any, Final

from salver.formats.pfa.avro.types import DOUBLE, NULL, Array, Function, Type, Union
from salver.formats.pfa.library.core import divide, power
from salver.formats.pfa.library.mathematics import exp
from salver.formats.pfa.library.registry import Call, Implementation, fail, function, typed
from salver.formats.pfa.library.sums import added, squared_distance
from salver.formats.pfa.values.convert import Convert, converter

Vector = Sequence[float]
Parts = tuple[Iterable[float], float, float]
"""The similarities of the components that are there, the sum of all weights, and that of the weights of those."""
_VECTORS: Final = "similarity: fcn(any A, any B) -> double, x: array(union(null, A)), y: array(union(null, B))"
_WEIGHTS: Final = "missingWeight: array(double)"
_DIFFERENT: Final = "dimensions of vectors do not match"


@function("metric.simpleEuclidean", "(x: array(double), y: array(double)) -> double", errors={28000: _DIFFERENT})
def simple_euclidean(x: Vector, y: Vector) -> float:
    """The Euclidean distance of two vectors of numbers."""
    return math.sqrt(squared_distance(x, y)) if len(x) == len(y) else fail(28000)


@function("metric.absDiff", "(x: double, y: double) -> double")
def abs_diff(x: float, y: float) -> float:
    """The distance of two numbers."""
    return abs(x - y)


@function("metric.gaussianSimilarity", "(x: double, y: double, sigma: double) -> double")
def gaussian_similarity(x: float, y: float, sigma: float) -> float:
    """1 where both are the same, a half where they are sigma apart."""
    difference = x - y
    return exp(divide(-math.log(2.0) * difference * difference, sigma * sigma))


def _squares(values: Iterable[float]) -> float:
    return added(value * value for value in values)


def _greatest(values: Iterable[float]) -> float:
    """The greatest, at least nought. NaN is passed over, as in Hadrian and Titus."""
    greatest = 0.0
    for value in values:
        if value > greatest:
            greatest = value
    return greatest


def _root(x: float) -> float:
    return math.sqrt(x) if x >= 0.0 else math.nan


def _itself(x: float) -> float:
    return x


def _metric(name: str, code: int, gather: Callable[[Iterable[float]], float], finish: Callable[[float], float]) -> None:
    """Registers a metric: what the similarities come to, and what is done with that once it is weighed up."""

    @typed(
        name,
        f"({_VECTORS}) -> double",
        f"({_VECTORS}, {_WEIGHTS}) -> double",
        errors={code: _DIFFERENT},
    )
    def make(call: Call) -> Implementation:
        parts_of = _parts(call, code)

        def compute(similarity: Any, x: Any, y: Any, *weights: Vector) -> float:
            values, total, present = parts_of(similarity, x, y, *weights)
            gathered = gather(values)
            return finish(gathered * total / present) if present != 0.0 else math.nan

        return compute


_metric("metric.euclidean", 28030, _squares, _root)
_metric("metric.squaredEuclidean", 28040, _squares, _itself)
_metric("metric.chebyshev", 28050, _greatest, _itself)
_metric("metric.taxicab", 28060, added, _itself)


@typed(
    "metric.minkowski",
    f"({_VECTORS}, p: double) -> double",
    f"({_VECTORS}, p: double, {_WEIGHTS}) -> double",
    errors={28070: _DIFFERENT, 28071: "Minkowski parameter p must be positive"},
)
def _minkowski(call: Call) -> Implementation:
    parts_of = _parts(call, 28070)

    def compute(similarity: Any, x: Any, y: Any, p: float, *weights: Vector) -> float:
        """For an infinite p it is the greatest of the similarities."""
        if any(len(one) != len(x) for one in (y, *weights)):
            fail(28070)
        if not p > 0.0:
            fail(28071)
        values, total, present = parts_of(similarity, x, y, *weights)
        gathered = _greatest(values) if p == math.inf else added(power(value, p) for value in values)
        if present == 0.0:
            return math.nan
        weighed = gathered * total / present
        return weighed if p == math.inf else power(weighed, 1.0 / p)

    return compute


def _parts(call: Call, code: int) -> Callable[..., Parts]:
    """What takes a metric's arguments apart; it fails with the code where they differ in length."""
    items = [array.items for array in call.params[1:3] if isinstance(array, Array)]
    if len(call.params) > 3 and call.params[-1] is not DOUBLE:
        return _with_weights(call, items, code)
    if any(of is NULL or isinstance(of, Union) for of in items):
        return _without_weights(_with_weights(call, items, code))
    if getattr(call.constant(0), "library_name", "") == "metric.absDiff" and items == [DOUBLE, DOUBLE]:
        return lambda _similarity, x, y: _complete(map(abs, map(operator.sub, x, y)), x, y, code)
    steps = _presenting(call, items)
    return lambda similarity, x, y: _complete(map(similarity, *map(_each, (x, y), steps)), x, y, code)


def _complete(values: Iterable[float], x: Sequence[Any], y: Sequence[Any], code: int) -> Parts:
    """Where nothing can be missing, each component weighs 1."""
    size = len(x)
    return (values, size, size) if len(y) == size else fail(code)


def _each(values: Sequence[Any], step: Convert | None) -> Iterable[Any]:
    return values if step is None else map(step, values)


def _without_weights(parts_of: Callable[..., Parts]) -> Callable[..., Parts]:
    return lambda similarity, x, y: parts_of(similarity, x, y, [1.0] * len(x))


def _with_weights(call: Call, items: Sequence[Type], code: int) -> Callable[..., Parts]:
    take_x, take_y = (step or _as_it_is for step in _presenting(call, items))

    def parts_of(similarity: Any, x: Any, y: Any, weights: Vector) -> Parts:
        if not len(x) == len(y) == len(weights):
            fail(code)
        values = []
        total = present = 0.0
        for one, other, weight in zip(x, y, weights, strict=True):
            if one is not None and other is not None:
                values.append(similarity(take_x(one), take_y(other)))
                present += weight
            total += weight
        return values, total, present

    return parts_of


def _as_it_is(value: Any) -> Any:
    return value


def _presenting(call: Call, items: Sequence[Type]) -> list[Convert | None]:
    """What makes a component of each vector, not null, what the similarity takes; None where it is that already."""
    similarity = call.params[0]
    takes = similarity.params if isinstance(similarity, Function) else repeat(DOUBLE)
    return [_presented(of, wanted) for of, wanted in zip(items, takes, strict=False)]


def _presented(of: Type, wanted: Type) -> Convert | None:
    if not isinstance(of, Union) or isinstance(wanted, Union):
        return converter(of, wanted)
    inner = next((step for branch in of.types if branch is not NULL and (step := converter(branch, wanted))), None)
    return operator.itemgetter(1) if inner is None else (lambda value: inner(value[1]))
