"""stat.test: how far observations are from predictions, and how likely that is. Most of it is in model.reg, too, under
older names and with other codes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from salver.formats.pfa.library.core import divide
from salver.formats.pfa.library.distributions_gamma import chi2_share
from salver.formats.pfa.library.registry import Call, Implementation, fail, function, typed
from salver.formats.pfa.library.sums import added
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN

Vector = Sequence[float]
MapVector = Mapping[str, float]
State = Mapping[str, Any]

_KINDS: Final = ("{}", "array({})", "map({})")
"""A number, an array or a map of them: the signatures of a function, in this order."""


@function("stat.test.kolmogorov", "(x: array(double), y: array(double)) -> double")
def kolmogorov(x: Vector, y: Vector) -> float:
    """How likely it is that two samples at least so different come from one distribution. NaN is left out."""
    first, second = (sorted(value for value in values if value == value) for values in (x, y))
    if first == second:
        return 1.0
    if not first or not second:
        return 0.0
    size = math.sqrt(len(first) * len(second) / (len(first) + len(second)))
    return _beyond((size + 0.12 + 0.11 / size) * _greatest_distance(first, second))


def _greatest_distance(first: Vector, second: Vector) -> float:
    """Between the distributions of two sorted samples."""
    at_first = at_second = 0
    distance = 0.0
    while at_first < len(first) and at_second < len(second):
        one, other = first[at_first], second[at_second]
        at_first += one <= other
        at_second += other <= one
        distance = max(distance, abs(at_second / len(second) - at_first / len(first)))
    return distance


def _beyond(z: float) -> float:
    """How likely Kolmogorov's distribution goes beyond a number."""
    if z * z == 0.0:
        return 1.0
    total = 0.0
    for odd in range(1, 300, 2):
        term = math.exp(-odd * odd * math.pi * math.pi / (8.0 * z * z))
        if term == 0.0:
            break
        total += term
    return max(0.0, 1.0 - math.sqrt(2.0 * math.pi) / z * total)


def _signatures(*params: str, ret: str) -> list[str]:
    """The signatures of a function of numbers, arrays or maps; what is in braces is a number, an array or a map."""
    return [f"({', '.join(params)}) -> {ret}".replace("{}", kind.format("double")) for kind in _KINDS]


def _family(space: str, code: int, state: str, freedom: str) -> None:
    """Registers the functions of a name space. `code` is its first, each function has ten; `state` is the name of the
    parameter, and `freedom` that of the field with the degrees of freedom."""
    _register_differences(space, code)
    _register_distance(space, code + 20)
    _register_chi2(space, code + 50, state, freedom)


def _register_differences(space: str, code: int) -> None:
    @typed(
        f"{space}.residual",
        *_signatures("observation: {}", "prediction: {}", ret="{}"),
        errors={code: "misaligned prediction"},
    )
    def _residual(call: Call) -> Implementation:
        return (
            lambda observation, prediction: observation - prediction,
            partial(_differences, code),
            partial(_map_differences, code),
        )[call.signature]

    @typed(
        f"{space}.pull",
        *_signatures("observation: {}", "prediction: {}", "uncertainty: {}", ret="{}"),
        errors={code + 10: "misaligned prediction", code + 11: "misaligned uncertainty"},
    )
    def _pull(call: Call) -> Implementation:
        return (
            lambda observation, prediction, uncertainty: divide(observation - prediction, uncertainty),
            partial(_pulls, code + 10),
            partial(_map_pulls, code + 10),
        )[call.signature]


def _differences(code: int, observation: Vector, prediction: Vector) -> list[float]:
    if len(observation) != len(prediction):
        fail(code)
    return [seen - foretold for seen, foretold in zip(observation, prediction, strict=True)]


def _map_differences(code: int, observation: MapVector, prediction: MapVector) -> dict[str, float]:
    if observation.keys() != prediction.keys():
        fail(code)
    return {key: seen - prediction[key] for key, seen in observation.items()}


def _pulls(code: int, observation: Vector, prediction: Vector, uncertainty: Vector) -> list[float]:
    differences = _differences(code, observation, prediction)
    if len(observation) != len(uncertainty):
        fail(code + 1)
    return list(map(divide, differences, uncertainty))


def _map_pulls(code: int, observation: MapVector, prediction: MapVector, uncertainty: MapVector) -> dict[str, float]:
    differences = _map_differences(code, observation, prediction)
    if observation.keys() != uncertainty.keys():
        fail(code + 1)
    return {key: divide(difference, uncertainty[key]) for key, difference in differences.items()}


def _register_distance(space: str, code: int) -> None:
    @typed(
        f"{space}.mahalanobis",
        "(observation: array(double), prediction: array(double), covariance: array(array(double))) -> double",
        "(observation: map(double), prediction: map(double), covariance: map(map(double))) -> double",
        errors={code: "too few rows/cols", code + 1: "misaligned prediction", code + 2: "misaligned covariance"},
    )
    def _mahalanobis(call: Call) -> Implementation:
        return (partial(_distance, code), partial(_map_distance, code))[call.signature]


def _distance(code: int, observation: Vector, prediction: Vector, covariance: Sequence[Vector]) -> float:
    size = len(observation)
    if size < 1:
        fail(code)
    differences = _differences(code + 1, observation, prediction)
    if any(len(row) != size for row in (covariance, *covariance)):
        fail(code + 2)
    return _length(differences, covariance)


def _map_distance(
    code: int, observation: MapVector, prediction: MapVector, covariance: Mapping[str, MapVector]
) -> float:
    """The covariance may have more keys than the observation."""
    if not observation:
        fail(code)
    differences = _map_differences(code + 1, observation, prediction)
    keys = observation.keys()
    if not covariance.keys() >= keys or not all(covariance[key].keys() >= keys for key in keys):
        fail(code + 2)
    return _length(list(differences.values()), [[covariance[row][column] for column in keys] for row in keys])


def _length(difference: Vector, covariance: Sequence[Vector]) -> float:
    """The length of a vector by the inverse of a matrix; NaN where there is none."""
    vector = np.array(difference)
    with np.errstate(all="ignore"):
        try:
            square = float(np.linalg.solve(np.array(covariance), vector) @ vector)
        except np.linalg.LinAlgError:
            return math.nan
    return math.sqrt(square) if square >= 0.0 else math.nan


def _register_chi2(space: str, code: int, state: str, freedom: str) -> None:
    record = f"{state}: record A {{chi2: double, {freedom}: int}}"

    def updated(before: State, pulls: Iterable[float]) -> State:
        """One more degree of freedom, however many pulls there are. It wraps around: there is no error for it."""
        count = before[freedom] + 1 if before[freedom] < INT_MAX else INT_MIN
        return {**before, "chi2": before["chi2"] + added(pull * pull for pull in pulls), freedom: count}

    @typed(f"{space}.updateChi2", *_signatures("pull: {}", record, ret="A"))
    def _update_chi2(call: Call) -> Implementation:
        return (
            lambda pull, before: updated(before, (pull,)),
            lambda pull, before: updated(before, pull),
            lambda pull, before: updated(before, pull.values()),
        )[call.signature]

    @function(f"{space}.reducedChi2", f"({record}) -> double")
    def _reduced_chi2(given: State) -> float:
        return divide(given["chi2"], float(given[freedom]))

    @function(f"{space}.chi2Prob", f"({record}) -> double", errors={code: "invalid parameterization"})
    def _chi2_probability(given: State) -> float:
        """How likely a lower chi squared is."""
        chi2, count = given["chi2"], given[freedom]
        if count < 0:
            fail(code)
        return chi2_share(chi2, count) if chi2 == chi2 or count == 0 else math.nan


_family("stat.test", 38010, "state", "dof")
_family("model.reg", 31020, "state_", "DOF")
