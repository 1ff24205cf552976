import math
from typing import Any

import pytest
from pfa_calls import VECTOR, fails, made, record

from salver.formats.pfa.avro.types import DOUBLE, INT, STRING, Array, Map
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN

WEIGHTS = Map(DOUBLE)
STATE = record("State", chi2=DOUBLE, dof=INT, more=STRING)


def state(chi2: float, dof: int) -> dict[str, Any]:
    return {"chi2": chi2, "dof": dof, "more": "kept"}


def test_samples_of_one_distribution() -> None:
    compare = made("stat.test.kolmogorov", VECTOR, VECTOR)
    one = [0.1, 0.4, 0.7, 0.2, 0.9]
    assert compare(one, one[::-1]) == 1.0
    assert compare(one, [*one, math.nan]) == 1.0
    assert compare([], []) == 1.0
    assert compare(one, []) == 0.0
    assert compare(one, [x + 0.05 for x in one]) == pytest.approx(1.0, abs=1e-3)


def test_samples_of_two_distributions() -> None:
    """Two of ten numbers that do not meet: 1 is the distance, sqrt(5) the size."""
    compare = made("stat.test.kolmogorov", VECTOR, VECTOR)
    low, high = [float(x) for x in range(10)], [float(x) for x in range(100, 110)]
    z = math.sqrt(5.0) + 0.12 + 0.11 / math.sqrt(5.0)
    by_hand = 2.0 * sum((-1.0) ** (k - 1) * math.exp(-2.0 * k * k * z * z) for k in range(1, 9))
    assert compare(low, high) == pytest.approx(by_hand)
    assert compare([math.inf, 1.0], [-math.inf]) == pytest.approx(compare([3.0, 1.0], [0.0]))


def test_residuals() -> None:
    assert made("stat.test.residual", DOUBLE, DOUBLE)(5.0, 3.0) == 2.0
    assert made("stat.test.residual", VECTOR, VECTOR)([5.0, 1.0], [3.0, 2.0]) == [2.0, -1.0]
    assert made("stat.test.residual", WEIGHTS, WEIGHTS)({"a": 5.0}, {"a": 3.0}) == {"a": 2.0}
    fails(38010, lambda: made("stat.test.residual", VECTOR, VECTOR)([5.0], []))
    fails(38010, lambda: made("stat.test.residual", WEIGHTS, WEIGHTS)({"a": 5.0}, {"b": 5.0}))


def test_pulls() -> None:
    assert made("stat.test.pull", DOUBLE, DOUBLE, DOUBLE)(5.0, 3.0, 4.0) == 0.5
    assert made("stat.test.pull", DOUBLE, DOUBLE, DOUBLE)(5.0, 3.0, 0.0) == math.inf
    of_vectors = made("stat.test.pull", VECTOR, VECTOR, VECTOR)
    assert of_vectors([5.0, 1.0], [3.0, 2.0], [4.0, 1.0]) == [0.5, -1.0]
    fails(38020, lambda: of_vectors([5.0], [], []))
    fails(38021, lambda: of_vectors([5.0], [3.0], []))
    of_maps = made("stat.test.pull", WEIGHTS, WEIGHTS, WEIGHTS)
    assert of_maps({"a": 5.0}, {"a": 3.0}, {"a": 4.0}) == {"a": 0.5}
    fails(38020, lambda: of_maps({"a": 5.0}, {}, {}))
    fails(38021, lambda: of_maps({"a": 5.0}, {"a": 3.0}, {"b": 1.0}))


def test_distances_by_a_covariance() -> None:
    distance = made("stat.test.mahalanobis", VECTOR, VECTOR, Array(VECTOR))
    assert distance([5.0, 2.0], [1.0, 2.0], [[4.0, 0.0], [0.0, 1.0]]) == 2.0
    assert math.isnan(distance([1.0], [0.0], [[0.0]]))
    assert math.isnan(distance([1.0], [0.0], [[-1.0]]))
    assert math.isnan(distance([math.nan], [0.0], [[1.0]]))
    fails(38030, lambda: distance([], [], []))
    fails(38031, lambda: distance([1.0], [], []))
    fails(38032, lambda: distance([1.0], [1.0], []))
    fails(38032, lambda: distance([1.0, 2.0], [1.0, 2.0], [[1.0, 0.0], [0.0]]))


def test_distances_by_keys() -> None:
    distance = made("stat.test.mahalanobis", WEIGHTS, WEIGHTS, Map(WEIGHTS))
    covariance = {"b": {"a": 0.0, "b": 1.0}, "a": {"a": 4.0, "b": 0.0, "c": 9.0}, "c": {}}
    assert distance({"a": 5.0, "b": 2.0}, {"b": 2.0, "a": 1.0}, covariance) == 2.0
    fails(38030, lambda: distance({}, {}, {}))
    fails(38031, lambda: distance({"a": 1.0}, {"b": 1.0}, {}))
    fails(38032, lambda: distance({"a": 1.0}, {"a": 1.0}, {}))
    fails(38032, lambda: distance({"a": 1.0}, {"a": 1.0}, {"a": {}}))


def test_chi_squared_grows() -> None:
    assert made("stat.test.updateChi2", DOUBLE, STATE)(2.0, state(1.0, 3)) == state(5.0, 4)
    assert made("stat.test.updateChi2", VECTOR, STATE)([2.0, 3.0], state(1.0, 3)) == state(14.0, 4)
    assert made("stat.test.updateChi2", WEIGHTS, STATE)({"a": 2.0}, state(1.0, 3)) == state(5.0, 4)
    assert made("stat.test.updateChi2", DOUBLE, STATE)(0.0, state(1.0, INT_MAX)) == state(1.0, INT_MIN)


def test_what_chi_squared_says() -> None:
    assert made("stat.test.reducedChi2", STATE)(state(6.0, 4)) == 1.5
    assert made("stat.test.reducedChi2", STATE)(state(6.0, 0)) == math.inf
    probability = made("stat.test.chi2Prob", STATE)
    assert probability(state(3.84, 1)) == pytest.approx(0.9499564787512949)
    assert [probability(state(x, 0)) for x in (-1.0, 0.0, 1.0)] == [0.0, 0.0, 1.0]
    assert [probability(state(x, 2)) for x in (-math.inf, -1.0, math.inf)] == [0.0, 0.0, 1.0]
    assert math.isnan(probability(state(math.nan, 2)))
    assert probability(state(math.nan, 0)) == 0.0
    fails(38060, lambda: probability(state(1.0, -1)))
