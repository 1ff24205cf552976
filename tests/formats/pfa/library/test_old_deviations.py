import math

import pytest
from pfa_calls import VECTOR, fails, made, record

from salver.formats.pfa.avro.types import DOUBLE, INT, Array, Map

WEIGHTS = Map(DOUBLE)
STATE = record("State", chi2=DOUBLE, DOF=INT)


def test_residuals_are_differences() -> None:
    assert made("model.reg.residual", DOUBLE, DOUBLE)(5.0, 3.0) == 2.0
    vector = made("model.reg.residual", VECTOR, VECTOR)
    assert vector([5.0, 1.0], [3.0, 2.0]) == [2.0, -1.0]
    fails(31020, lambda: vector([5.0], [3.0, 2.0]))
    by_key = made("model.reg.residual", WEIGHTS, WEIGHTS)
    assert by_key({"a": 5.0}, {"a": 3.0}) == {"a": 2.0}
    fails(31020, lambda: by_key({"a": 5.0}, {"b": 3.0}))


def test_pulls_are_differences_in_units_of_what_is_uncertain() -> None:
    pull = made("model.reg.pull", DOUBLE, DOUBLE, DOUBLE)
    assert (pull(5.0, 3.0, 4.0), pull(5.0, 3.0, 0.0)) == (0.5, math.inf)
    vector = made("model.reg.pull", VECTOR, VECTOR, VECTOR)
    assert vector([5.0], [3.0], [4.0]) == [0.5]
    fails(31030, lambda: vector([5.0], [], [4.0]))
    fails(31031, lambda: vector([5.0], [3.0], []))
    by_key = made("model.reg.pull", WEIGHTS, WEIGHTS, WEIGHTS)
    assert by_key({"a": 5.0}, {"a": 3.0}, {"a": 4.0}) == {"a": 0.5}
    fails(31030, lambda: by_key({"a": 5.0}, {"b": 3.0}, {"a": 4.0}))
    fails(31031, lambda: by_key({"a": 5.0}, {"a": 3.0}, {"b": 4.0}))


def test_mahalanobis_measures_by_the_inverse_covariance() -> None:
    distance = made("model.reg.mahalanobis", VECTOR, VECTOR, Array(VECTOR))
    assert distance([3.0, 8.0], [0.0, 0.0], [[1.0, 0.0], [0.0, 4.0]]) == pytest.approx(5.0)
    assert math.isnan(distance([1.0], [0.0], [[0.0]]))
    assert math.isnan(distance([1.0], [0.0], [[-1.0]]))
    fails(31040, lambda: distance([], [], []))
    fails(31041, lambda: distance([1.0], [], [[1.0]]))
    fails(31042, lambda: distance([1.0], [0.0], [[1.0, 2.0]]))
    by_key = made("model.reg.mahalanobis", WEIGHTS, WEIGHTS, Map(WEIGHTS))
    covariance = {"b": {"a": 0.0, "b": 4.0}, "a": {"b": 0.0, "a": 1.0}}
    assert by_key({"a": 3.0, "b": 8.0}, {"b": 0.0, "a": 0.0}, covariance) == pytest.approx(5.0)
    fails(31042, lambda: by_key({"c": 3.0}, {"c": 0.0}, covariance))


def test_chi_squared_is_updated_in_a_copy() -> None:
    state = {"chi2": 1.0, "DOF": 2}
    assert made("model.reg.updateChi2", DOUBLE, STATE)(3.0, state) == {"chi2": 10.0, "DOF": 3}
    assert made("model.reg.updateChi2", VECTOR, STATE)([3.0, 4.0], state) == {"chi2": 26.0, "DOF": 3}
    assert made("model.reg.updateChi2", WEIGHTS, STATE)({"a": 2.0}, state) == {"chi2": 5.0, "DOF": 3}
    assert state == {"chi2": 1.0, "DOF": 2}
    assert made("model.reg.reducedChi2", STATE)(state) == 0.5
    assert made("model.reg.reducedChi2", STATE)({"chi2": 1.0, "DOF": 0}) == math.inf


def test_the_probability_of_chi_squared() -> None:
    probability = made("model.reg.chi2Prob", STATE)
    assert probability({"chi2": 3.841458820694124, "DOF": 1}) == pytest.approx(0.95)
    assert probability({"chi2": 9.487729036781154, "DOF": 4}) == pytest.approx(0.95)
    fails(31070, lambda: probability({"chi2": 1.0, "DOF": -1}))
