"""model.neighbor: the nearest points of a code book, and their mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

from salver.formats.pfa.library.core import divide
from salver.formats.pfa.library.nearest import Points, are_alike, is_vector, lowest
from salver.formats.pfa.library.recognised import Metric, metric_of
from salver.formats.pfa.library.registry import UNKNOWN, Call, Implementation, fail, typed
from salver.formats.pfa.library.sums import squared_distance

Vector = Sequence[float]
Distance = Callable[[Any, Any], float]


@typed(
    "model.neighbor.mean",
    "(points: array(array(double))) -> array(double)",
    "(points: array(array(double)), weight: fcn(array(double)) -> double) -> array(double)",
    errors={30000: "not enough points", 30001: "inconsistent dimensionality"},
)
def _mean(call: Call) -> Implementation:
    if call.signature == 0:
        return lambda points: mean(points, lambda _point: 1.0)
    return mean


def mean(points: Sequence[Vector], weight: Callable[[Vector], float]) -> list[float]:
    """The mean of the points, each weighed by a function of it."""
    if not points:
        fail(30000)
    sums, total = [0.0] * len(points[0]), 0.0
    for point in points:
        if len(point) != len(sums):
            fail(30001)
        share = weight(point)
        sums = [one + share * number for one, number in zip(sums, point, strict=True)]
        total += share
    return [divide(one, total) for one in sums]


@typed(
    "model.neighbor.nearestK",
    "(k: int, datum: array(double), codebook: array(array(double))) -> array(array(double))",
    "(k: int, datum: any A, codebook: array(any B), metric: fcn(A, B) -> double) -> array(B)",
    errors={30010: "k must be nonnegative", 30011: "inconsistent dimensionality"},
)
def _nearest_k(call: Call) -> Implementation:
    generic = nearest_vectors if call.signature == 0 else nearest_k
    codebook, points = call.constant(2), _points(call, 3, Metric("plain"))
    if points is None:
        return generic

    def compute(k: int, datum: Vector, _codebook: Any, *metric: Distance) -> list[Any]:
        if k < 0 or len(datum) != points.width:
            return generic(k, datum, codebook, *metric)
        return [codebook[place] for place in points.nearest(datum, k)]

    return compute


def _points(call: Call, place: int, plain: Metric) -> Points | None:
    """The code book, where it never changes and the metric is known: `plain` where none is given."""
    codebook = call.constant(2)
    metric = plain if call.signature == 0 else metric_of(call.constant(place))
    if codebook is UNKNOWN or metric is None:
        return None
    if call.signature == 1 and not (is_vector(call.letters["A"]) and is_vector(call.letters["B"], metric.way)):
        return None
    points = [_at(one, metric.way) for one in codebook]
    return Points(points, metric.kind) if are_alike(points) else None


def _at(value: Any, way: Sequence[str]) -> Any:
    for step in way:
        value = value[step]
    return value


def nearest_vectors(k: int, datum: Vector, codebook: Sequence[Vector]) -> list[Vector]:
    """The nearest points by their Euclidean distance, in order."""
    if k < 0:
        fail(30010)
    if any(len(point) != len(datum) for point in codebook):
        fail(30011)
    return nearest_k(k, datum, codebook, squared_distance)


def nearest_k(k: int, datum: Any, codebook: Sequence[Any], metric: Distance) -> list[Any]:
    """The nearest by a metric, in order; the first of equals first."""
    if k < 0:
        fail(30010)
    distances = [metric(datum, one) for one in codebook]
    return [codebook[place] for place in lowest(distances, k)]


@typed(
    "model.neighbor.ballR",
    "(r: double, datum: array(double), codebook: array(array(double))) -> array(array(double))",
    "(r: double, datum: any A, codebook: array(any B), metric: fcn(A, B) -> double) -> array(B)",
)
def _ball_r(call: Call) -> Implementation:
    codebook, points = call.constant(2), _points(call, 3, Metric("simple"))
    if points is None:
        return ball_r

    def compute(r: float, datum: Vector, _codebook: Any, *metric: Distance) -> list[Any]:
        if len(datum) != points.width:
            return ball_r(r, datum, codebook, *metric)
        return [codebook[place] for place in points.within(datum, r)]

    return compute


def _euclidean(x: Vector, y: Vector) -> float:
    return sqrt(squared_distance(x, y))


def ball_r(r: float, datum: Any, codebook: Sequence[Any], metric: Distance = _euclidean) -> list[Any]:
    """Those that are nearer than a radius, as they come."""
    return [one for one in codebook if metric(datum, one) < r]
