"""model.reg: linear models, and the variance of what they predict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from salver.formats.pfa.library.registry import UNKNOWN, Call, Implementation, fail, typed
from salver.formats.pfa.library.spelled_out import added, can_be_spelled_out, of_vector
from salver.formats.pfa.library.sums import dot

Vector = Sequence[float]
Weights = Mapping[str, float]


@typed(
    "model.reg.linear",
    "(datum: array(double), model: record M {coeff: array(double), const: double}) -> double",
    "(datum: array(double), model: record M {coeff: array(array(double)), const: array(double)}) -> array(double)",
    "(datum: map(double), model: record M {coeff: map(double), const: double}) -> double",
    "(datum: map(double), model: record M {coeff: map(map(double)), const: map(double)}) -> map(double)",
    errors={31000: "misaligned coeff", 31001: "misaligned const"},
)
def _linear(call: Call) -> Implementation:
    model = call.constant(1)
    if model is not UNKNOWN and call.signature == 0:
        return _fixed_line(model["coeff"], model["const"])
    if model is not UNKNOWN and call.signature == 1 and _is_whole(model):
        return _fixed_plane(model["coeff"], model["const"])
    return (_of_array, _of_arrays, _of_map, _of_maps)[call.signature]


def _fixed_line(coeff: Vector, const: float) -> Implementation:
    """The model, written out: nobody changes it."""
    width = len(coeff)
    if can_be_spelled_out([coeff, [const]]):
        line = of_vector(width, lambda names: f"{_line(names, coeff)} + {const!r}")
        return lambda datum, _model: line(datum) if len(datum) == width else fail(31000)
    return lambda datum, _model: dot(coeff, datum) + const if len(datum) == width else fail(31000)


def _line(names: Sequence[str], coeff: Vector) -> str:
    return added(f"{number!r} * {name}" for name, number in zip(names, coeff, strict=True))


def _is_whole(model: Mapping[str, Any]) -> bool:
    coeff, const = model["coeff"], model["const"]
    return len(coeff) == len(const) > 0 and len({len(row) for row in coeff}) == 1


def _fixed_plane(coeff: Sequence[Vector], const: Vector) -> Implementation:
    width, rows = len(coeff[0]), list(zip(coeff, const, strict=True))
    if can_be_spelled_out([*coeff, const]):
        plane = of_vector(width, lambda names: f"[{', '.join(f'{_line(names, row)} + {one!r}' for row, one in rows)}]")
        return lambda datum, _model: plane(datum) if len(datum) == width else fail(31000)

    def predict(datum: Vector, _model: Any) -> list[float]:
        return [dot(row, datum) + constant for row, constant in rows] if len(datum) == width else fail(31000)

    return predict


def _of_array(datum: Vector, model: Mapping[str, Any]) -> float:
    coeff: Vector = model["coeff"]
    if len(datum) != len(coeff):
        fail(31000)
    return dot(coeff, datum) + float(model["const"])


def _of_arrays(datum: Vector, model: Mapping[str, Any]) -> list[float]:
    coeff, const = model["coeff"], model["const"]
    if len(const) != len(coeff):
        fail(31001)
    if any(len(row) != len(datum) for row in coeff):
        fail(31000)
    return [dot(row, datum) + constant for row, constant in zip(coeff, const, strict=True)]


def _of_map(datum: Weights, model: Mapping[str, Any]) -> float:
    return _joined(datum, model["coeff"], _keys(datum, model["coeff"])) + float(model["const"])


def _of_maps(datum: Weights, model: Mapping[str, Any]) -> dict[str, float]:
    coeff, const = model["coeff"], model["const"]
    inner = _keys(datum, *coeff.values())
    return {key: _joined(datum, coeff.get(key, {}), inner) + const.get(key, 0.0) for key in _keys(const, coeff)}


def _joined(datum: Weights, coeff: Weights, keys: Iterable[str]) -> float:
    """The sum of the products by key; what is missing is nought, which an infinite number makes NaN."""
    total = 0.0
    for key in keys:
        total += datum.get(key, 0.0) * coeff.get(key, 0.0)
    return total


def _keys(*maps: Iterable[str]) -> list[str]:
    """The keys of all of them, each once, in the order in which they are met."""
    return list(dict.fromkeys(key for one in maps for key in one))


@typed(
    "model.reg.linearVariance",
    "(datum: array(double), model: record M {covar: array(array(double))}) -> double",
    "(datum: array(double), model: record M {covar: array(array(array(double)))}) -> array(double)",
    "(datum: map(double), model: record M {covar: map(map(double))}) -> double",
    "(datum: map(double), model: record M {covar: map(map(map(double)))}) -> map(double)",
    errors={31010: "misaligned covariance"},
)
def _linear_variance(call: Call) -> Implementation:
    return (_variance, _variances, _map_variance, _map_variances)[call.signature]


def _variance(datum: Vector, model: Mapping[str, Any]) -> float:
    return _form([*datum, 1.0], model["covar"])


def _variances(datum: Vector, model: Mapping[str, Any]) -> list[float]:
    x = [*datum, 1.0]
    return [_form(x, covariance) for covariance in model["covar"]]


def _map_variance(datum: Weights, model: Mapping[str, Any]) -> float:
    covariance: Mapping[str, Weights] = model["covar"]
    x = {**datum, "": 1.0}
    return _map_form(x, covariance, _keys(x, *covariance.values()))


def _map_variances(datum: Weights, model: Mapping[str, Any]) -> dict[str, float]:
    covariances: Mapping[str, Mapping[str, Weights]] = model["covar"]
    x = {**datum, "": 1.0}
    keys = _keys(x, *(row for covariance in covariances.values() for row in covariance.values()))
    return {name: _map_form(x, covariance, keys) for name, covariance in covariances.items()}


def _form(x: Vector, covariance: Sequence[Vector]) -> float:
    """The quadratic form of a square matrix."""
    if len(covariance) != len(x) or any(len(row) != len(x) for row in covariance):
        fail(31010)
    return dot(x, [dot(row, x) for row in covariance])


def _map_form(x: Weights, covariance: Mapping[str, Weights], keys: Sequence[str]) -> float:
    """The same by keys; what is missing is nought."""
    vector = [x.get(key, 0.0) for key in keys]
    rows = [covariance.get(key, {}) for key in keys]
    return dot(vector, [dot([row.get(key, 0.0) for key in keys], vector) for row in rows])
