import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import VECTOR, between, fails, fixed, made, record

from salver.formats.pfa.avro.types import DOUBLE, INT, NULL, Array, Function, Type, Union
from salver.formats.pfa.library.registry import Clock

CLUSTER = record("Cluster", center=VECTOR, id=INT)
CLUSTERS = [{"center": [1.0, 1.0], "id": 0}, {"center": [4.0, 4.0], "id": 1}, {"center": [1.0, 1.0], "id": 2}]
METRIC = Function([VECTOR, VECTOR], DOUBLE)
FEW_NUMBERS = st.floats(-3, 3).map(lambda x: round(x, 1)) | st.sampled_from([math.inf, -math.inf, math.nan, 1e200])


def taxicab(x: list[float], y: list[float]) -> float:
    return sum(abs(a - b) for a, b in zip(x, y, strict=True)) * len(x) / len(x)


def euclidean(x: list[float], y: list[float]) -> float:
    return math.sqrt(sum((a - b) * (a - b) for a, b in zip(x, y, strict=True)) * len(x) / len(x))


KNOWN = {
    between("metric.taxicab", similarity=True).body: taxicab,
    between("metric.euclidean", similarity=True).body: euclidean,
}


def test_the_closest_cluster_is_the_first_of_equals() -> None:
    closest = made("model.cluster.closest", VECTOR, Array(CLUSTER))
    assert closest([1.2, 1.2], CLUSTERS)["id"] == 0
    assert closest([3.0, 3.0], CLUSTERS)["id"] == 1
    fails(29000, lambda: closest([1.0], []))
    metric = made("model.cluster.closest", VECTOR, Array(CLUSTER), METRIC)
    assert metric([1.2, 1.2], CLUSTERS, lambda x, y: -taxicab(x, y))["id"] == 1


def test_the_closest_ones_come_in_order() -> None:
    closest = made("model.cluster.closestN", INT, VECTOR, Array(CLUSTER))
    assert [one["id"] for one in closest(2, [3.0, 3.0], CLUSTERS)] == [1, 0]
    assert [one["id"] for one in closest(9, [3.0, 3.0], CLUSTERS)] == [1, 0, 2]
    assert closest(0, [3.0, 3.0], CLUSTERS) == []
    fails(29010, lambda: closest(-1, [3.0, 3.0], CLUSTERS))


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(1, 4), st.integers(1, 60), st.integers(0, 5), st.sampled_from(sorted(KNOWN, key=str)))
def test_clusters_that_never_change_answer_as_any_others(
    data: st.DataObject, width: int, count: int, n: int, body: tuple[object, ...]
) -> None:
    vectors = st.lists(FEW_NUMBERS, min_size=width, max_size=width)
    clusters = [{"center": data.draw(vectors), "id": at} for at in range(count)]
    datum = data.draw(vectors)
    known, metric = between(body[0], similarity=True), KNOWN[body]  # type: ignore[arg-type]
    types: list[Type] = [VECTOR, Array(CLUSTER)]
    for more, arguments, constants in (([], (), ()), ([METRIC], (metric,), (known,))):
        one = made("model.cluster.closest", *types, *more, constants=fixed(1, clusters, *constants))
        same = made("model.cluster.closest", *types, *more)
        assert one(datum, clusters, *arguments) is same(datum, clusters, *arguments)
        some = made("model.cluster.closestN", INT, *types, *more, constants=fixed(2, clusters, *constants))
        others = made("model.cluster.closestN", INT, *types, *more)
        assert [each["id"] for each in some(n, datum, clusters, *arguments)] == [
            each["id"] for each in others(n, datum, clusters, *arguments)
        ]


def test_a_datum_of_another_width_is_measured_as_the_metric_does() -> None:
    closest = made("model.cluster.closest", VECTOR, Array(CLUSTER), constants=fixed(1, CLUSTERS))
    assert closest([3.9], CLUSTERS)["id"] == 1
    with_metric = made(
        "model.cluster.closest",
        VECTOR,
        Array(CLUSTER),
        METRIC,
        constants=fixed(1, CLUSTERS, between("metric.taxicab", similarity=True)),
    )
    with pytest.raises(ValueError, match="zip"):
        with_metric([3.9], CLUSTERS, taxicab)


def test_vectors_with_missing_numbers_are_left_to_the_metric() -> None:
    maybe = Array(Union([NULL, DOUBLE]))
    cluster = record("Cluster", center=maybe)
    clusters = [{"center": [None]}, {"center": [("double", 1.0)]}]
    types = (maybe, Array(cluster), Function([maybe, maybe], DOUBLE))
    known = between("metric.euclidean", similarity=True)
    closest = made("model.cluster.closest", *types, constants=fixed(1, clusters, known))
    assert closest([("double", 1.0)], clusters, lambda x, y: float(x != y)) is clusters[1]


def test_seeds_are_different_points() -> None:
    seeds = made("model.cluster.randomSeeds", Array(VECTOR), INT, Function([INT, VECTOR], CLUSTER))
    data = [[1.0, 2.0], [1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]

    def new(place: int, center: list[float]) -> dict[str, object]:
        return {"center": center, "id": place}

    found = seeds(random.Random(1), data, 3, new)
    assert sorted(one["center"] for one in found) == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert [one["id"] for one in found] == [0, 1, 2]
    fails(29020, lambda: seeds(random.Random(1), data, 0, new))
    fails(29021, lambda: seeds(random.Random(1), data, 4, new))
    fails(29022, lambda: seeds(random.Random(1), [[1.0], [1.0, 2.0]], 1, new))


def test_one_step_of_k_means_moves_the_centers() -> None:
    update = made("model.cluster.updateMean", Array(VECTOR), CLUSTER, DOUBLE)
    step = made(
        "model.cluster.kmeansIteration",
        Array(VECTOR),
        Array(CLUSTER),
        METRIC,
        Function([Array(VECTOR), CLUSTER], CLUSTER),
    )
    data = [[0.0, 0.0], [2.0, 0.0], [9.0, 9.0]]
    clusters = [{"center": [0.0, 0.0], "id": 0}, {"center": [8.0, 8.0], "id": 1}, {"center": [99.0, 99.0], "id": 2}]
    found = step(Clock(), data, clusters, taxicab, lambda some, cluster: update(some, cluster, 0.0))
    assert [one["center"] for one in found] == [[1.0, 0.0], [9.0, 9.0], [99.0, 99.0]]
    assert clusters[0]["center"] == [0.0, 0.0]
    fails(29030, lambda: step(Clock(), [], clusters, taxicab, update))
    fails(29031, lambda: step(Clock(), data, [], taxicab, update))


def test_the_mean_counts_the_old_center_by_its_weight() -> None:
    update = made("model.cluster.updateMean", Array(VECTOR), CLUSTER, DOUBLE)
    cluster = {"center": [10.0], "id": 7}
    assert update([[1.0], [3.0]], cluster, 2.0) == {"center": [6.0], "id": 7}
    assert update([[1.0]], {"center": [2.0], "id": 7}, -1.0) == {"center": [-math.inf], "id": 7}
    fails(29040, lambda: update([], cluster, 2.0))
    fails(29041, lambda: update([[1.0], [3.0, 4.0]], cluster, 2.0))
    fails(29041, lambda: update([[1.0, 2.0]], cluster, 2.0))
