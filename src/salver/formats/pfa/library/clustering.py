"""model.cluster: the nearest of some clusters, and k-means."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from salver.formats.pfa.library.core import divide
from salver.formats.pfa.library.nearest import Points, are_alike, few_distances, is_vector, lowest
from salver.formats.pfa.library.recognised import metric_of
from salver.formats.pfa.library.registry import UNKNOWN, Call, Clock, Implementation, fail, function, typed
from salver.formats.pfa.library.sums import squared_distance

Cluster = Mapping[str, Any]
Vector = Sequence[float]
Metric = Callable[[Any, Any], float]


@typed(
    "model.cluster.closest",
    "(datum: array(double), clusters: array(record C {center: array(double)})) -> C",
    "(datum: any A, clusters: array(record C {center: any B}), metric: fcn(A, B) -> double) -> C",
    errors={29000: "no clusters"},
)
def _closest(call: Call) -> Implementation:
    clusters, kind = call.constant(1), _kind(call, 2)
    if clusters is UNKNOWN or kind is None or not are_alike([cluster["center"] for cluster in clusters]):
        return closest
    centers = [cluster["center"] for cluster in clusters]
    distances = few_distances(centers, kind) or Points(centers, kind).listed
    width = len(centers[0])

    def compute(datum: Vector, _clusters: Any, *metric: Metric) -> Cluster:
        if len(datum) != width:
            return closest(datum, clusters, *metric)
        found = distances(datum)
        nearest: Cluster = clusters[found.index(min(found))]
        return nearest

    return compute


def _kind(call: Call, place: int) -> str | None:
    """What kind of distance a call measures, if that is known."""
    if call.signature == 0:
        return "plain"
    metric = metric_of(call.constant(place))
    if metric is None or metric.way or not (is_vector(call.letters["A"]) and is_vector(call.letters["B"])):
        return None
    return metric.kind


def closest(datum: Any, clusters: Sequence[Cluster], metric: Metric = squared_distance) -> Cluster:
    """The cluster whose center is nearest; the first of equals. NaN is nearer than nothing, and nothing is nearer."""
    if not clusters:
        fail(29000)
    distances = [metric(datum, cluster["center"]) for cluster in clusters]
    return clusters[distances.index(min(distances))]


@typed(
    "model.cluster.closestN",
    "(n: int, datum: array(double), clusters: array(record C {center: array(double)})) -> array(C)",
    "(n: int, datum: any A, clusters: array(record C {center: any B}), metric: fcn(A, B) -> double) -> array(C)",
    errors={29010: "n must be nonnegative"},
)
def _closest_n(call: Call) -> Implementation:
    clusters, kind = call.constant(2), _kind(call, 3)
    if clusters is UNKNOWN or kind is None or not are_alike([cluster["center"] for cluster in clusters]):
        return closest_n
    points = Points([cluster["center"] for cluster in clusters], kind)

    def compute(n: int, datum: Vector, _clusters: Any, *metric: Metric) -> list[Cluster]:
        if n < 0 or len(datum) != points.width:
            return closest_n(n, datum, clusters, *metric)
        return [clusters[place] for place in points.nearest(datum, n)]

    return compute


def closest_n(n: int, datum: Any, clusters: Sequence[Cluster], metric: Metric = squared_distance) -> list[Cluster]:
    """The clusters whose centers are nearest, in order."""
    if n < 0:
        fail(29010)
    distances = [metric(datum, cluster["center"]) for cluster in clusters]
    return [clusters[place] for place in lowest(distances, n)]


@function(
    "model.cluster.randomSeeds",
    "(data: array(array(any A)), k: int, newCluster: fcn(int, array(A)) -> record C {center: array(any B)})"
    " -> array(C)",
    errors={
        29020: "k must be greater than zero",
        29021: "not enough unique points",
        29022: "dimensions of vectors do not match",
    },
    needs=("random",),
)
def random_seeds(
    chance: random.Random, data: Sequence[Sequence[Any]], k: int, new_cluster: Callable[[int, list[Any]], Cluster]
) -> list[Cluster]:
    """So many clusters at different points of the data, picked by chance."""
    if k <= 0:
        fail(29020)
    different = list({_frozen(point): point for point in reversed(data)}.values())
    if len(different) < k:
        fail(29021)
    if len({len(point) for point in different}) != 1:
        fail(29022)
    return [new_cluster(place, list(point)) for place, point in enumerate(chance.sample(different, k))]


def _frozen(value: Any) -> Any:
    """Something hashable that is equal where the values are."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return frozenset((key, _frozen(one)) for key, one in value.items())
    return "nan" if value != value else value


@function(
    "model.cluster.kmeansIteration",
    "(data: array(array(any A)), clusters: array(record C {center: array(any B)}), "
    "metric: fcn(array(A), array(B)) -> double, update: fcn(array(array(A)), C) -> C) -> array(C)",
    errors={29030: "no data", 29031: "no clusters"},
    needs=("clock",),
)
def kmeans_iteration(
    clock: Clock,
    data: Sequence[Sequence[Any]],
    clusters: Sequence[Cluster],
    metric: Metric,
    update: Callable[[list[Any], Cluster], Cluster],
) -> list[Cluster]:
    """The clusters, updated with the data that each is nearest to; one without any stays as it is."""
    if not data:
        fail(29030)
    if not clusters:
        fail(29031)
    matched: list[list[Any]] = [[] for _ in clusters]
    for datum in data:
        clock.check()
        distances = [metric(datum, cluster["center"]) for cluster in clusters]
        matched[distances.index(min(distances))].append(datum)
    return [update(some, cluster) if some else cluster for some, cluster in zip(matched, clusters, strict=True)]


@function(
    "model.cluster.updateMean",
    "(data: array(array(double)), cluster: record C {center: array(double)}, weight: double) -> C",
    errors={29040: "no data", 29041: "dimensions of vectors do not match"},
)
def update_mean(data: Sequence[Vector], cluster: Cluster, weight: float) -> Cluster:
    """The cluster with the mean of the data as its center, its old center weighed among them."""
    if not data:
        fail(29040)
    sums = [0.0] * len(data[0])
    for vector in data:
        sums = _plus(sums, vector, 1.0)
    sums = _plus(sums, cluster["center"], weight)
    share = len(data) + weight
    return {**cluster, "center": [divide(one, share) for one in sums]}


def _plus(sums: list[float], vector: Vector, weight: float) -> list[float]:
    if len(vector) != len(sums):
        fail(29041)
    return [one + weight * number for one, number in zip(sums, vector, strict=True)]
