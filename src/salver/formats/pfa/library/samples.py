"""stat.sample: running counts, means, variances and covariances, and the best so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from salver.formats.pfa.avro.types import DOUBLE, Record, Type
from salver.formats.pfa.errors import PFASemanticError
from salver.formats.pfa.library.core import divide
from salver.formats.pfa.library.matrices import keys_of
from salver.formats.pfa.library.registry import Call, Implementation, fail, function, typed
from salver.formats.pfa.library.sums import added

State = Mapping[str, Any]
Vector = Sequence[float]
MapVector = Mapping[str, float]


def fields_of(record: Type) -> Mapping[str, Type]:
    """The types of a record's fields by their names."""
    return record.types if isinstance(record, Record) else {}


def has_field(record: Type, name: str, of: Type = DOUBLE) -> bool:
    """Whether a record has a field. Raises PFASemanticError where it has one of another type."""
    found = fields_of(record).get(name)
    if found is not None and found != of:
        raise PFASemanticError(f"the field {name!r} of {record!r} must be {of!r}, not {found!r}")
    return found is not None


def _moments(record: Type) -> int:
    """How many moments a record keeps: none but the count, the mean, or the variance as well."""
    has_mean, has_variance = has_field(record, "mean"), has_field(record, "variance")
    if has_variance and not has_mean:
        raise PFASemanticError(f"{record!r} must have 'mean' too, if it has 'variance'")
    return has_mean + has_variance


@typed("stat.sample.update", "(x: double, w: double, state: record A {count: double}) -> A")
def _update(call: Call) -> Implementation:
    return _updating(_moments(call.letters["A"]))


def _updating(moments: int) -> Callable[[float, float, State], State]:
    def compute(x: float, w: float, state: State) -> State:
        before: float = state["count"]
        count = before + w
        if moments == 0:
            return {**state, "count": count}
        delta = x - state["mean"]
        shift = divide(delta * w, count)
        mean = state["mean"] + shift
        if moments == 1:
            return {**state, "count": count, "mean": mean}
        squares = state["variance"] * before + before * delta * shift
        return {**state, "count": count, "mean": mean, "variance": divide(squares, count)}

    return compute


@typed(
    "stat.sample.updateWindow",
    "(x: double, w: double, state: array(record A {x: double, w: double, count: double}), windowSize: int) -> array(A)",
    errors={14020: "windowSize must be at least 2", 14021: "cannot initialize unrecognized fields"},
)
def _update_window(call: Call) -> Implementation:
    names = fields_of(call.letters["A"]).keys()
    moments = _moments(call.letters["A"])
    update = _updating(moments)

    def compute(x: float, w: float, state: Sequence[State], size: int) -> list[State]:
        if size < 2:
            fail(14020)
        if not state:
            started = {"x": x, "w": w, "count": w, "mean": x, "variance": 0.0}
            return [{name: started[name] for name in names}] if names <= started.keys() else fail(14021)
        if len(state) < size:
            return [*state, {**update(x, w, state[-1]), "x": x, "w": w}]
        leaving, staying = state[: len(state) - size + 1], state[len(state) - size + 1 :]
        return [*staying, {**_moved(x, w, state[-1], leaving, moments), "x": x, "w": w}]

    return compute


def _moved(x: float, w: float, last: State, leaving: Iterable[State], moments: int) -> State:
    """What a window's last state becomes when a number comes and others leave."""
    before: float = last["count"]
    weights = [-one["w"] for one in leaving]
    count = before + w + added(weights)
    if moments == 0:
        return {**last, "count": count}
    delta, weighed = x - last["mean"], before + w
    shift = divide(delta * w, weighed)
    mean = last["mean"] + shift
    correction = 0.0
    for one, weight in zip(leaving, weights, strict=True):
        weighed += weight
        delta_back = one["x"] - mean
        shift_back = divide(delta_back * weight, weighed)
        mean += shift_back
        correction += (weighed - weight) * delta_back * shift_back
    if moments == 1:
        return {**last, "count": count, "mean": mean}
    squares = last["variance"] * before + before * delta * shift + correction
    return {**last, "count": count, "mean": mean, "variance": divide(squares, count)}


@typed(
    "stat.sample.updateCovariance",
    "(x: array(double), w: double, state: record A "
    "{count: double, mean: array(double), covariance: array(array(double))}) -> A",
    "(x: map(double), w: double, state: record A "
    "{count: map(map(double)), mean: map(double), covariance: map(map(double))}) -> A",
    errors={14011: "too few components", 14012: "unequal length arrays"},
)
def _update_covariance(call: Call) -> Implementation:
    return (_covariance, _map_covariance)[call.signature]


def _covariance(x: Vector, w: float, state: State) -> State:
    before, mean, covariance = state["count"], state["mean"], state["covariance"]
    if len(x) < 2:
        fail(14011)
    if any(len(one) != len(x) for one in (mean, covariance, *covariance)):
        fail(14012)
    count = before + w
    delta = [one - middle for one, middle in zip(x, mean, strict=True)]
    return {
        **state,
        "count": count,
        "mean": [middle + divide(away * w, count) for middle, away in zip(mean, delta, strict=True)],
        "covariance": [
            [_moved_covariance(old, away * other, w, before, count) for old, other in zip(row, delta, strict=True)]
            for row, away in zip(covariance, delta, strict=True)
        ],
    }


def _moved_covariance(old: float, product: float, w: float, before: float, count: float) -> float:
    return divide(old * before + divide(product * w * before, count), count)


_NOTHING: Final[MapVector] = {}


def _map_covariance(x: MapVector, w: float, state: State) -> State:
    """Each pair of keys has a count of its own: only that of numbers which come together changes."""
    if len(x) < 2:
        fail(14011)
    counts, mean, covariance = state["count"], state["mean"], state["covariance"]
    keys = keys_of(x, counts, *counts.values(), covariance, *covariance.values())
    new_counts = {name: _counted(counts.get(name, _NOTHING), keys, w, x if name in x else _NOTHING) for name in keys}
    delta = {key: one - mean.get(key, 0.0) for key, one in x.items()}
    moved = {key: mean.get(key, 0.0) + divide(away * w, new_counts[key][key]) for key, away in delta.items()}

    def moved_row(name: str) -> dict[str, float]:
        row = {key: covariance.get(name, _NOTHING).get(key, 0.0) for key in keys}
        before, after = counts.get(name, _NOTHING), new_counts[name]
        if name in x:
            for key, other in delta.items():
                product = delta[name] * other
                row[key] = _moved_covariance(row[key], product, w, before.get(key, 0.0), after[key])
        return row

    return {
        **state,
        "count": new_counts,
        "mean": {key: moved.get(key, mean.get(key, 0.0)) for key in keys},
        "covariance": {name: moved_row(name) for name in keys},
    }


def _counted(counts: MapVector, keys: Iterable[str], w: float, together: MapVector) -> dict[str, float]:
    return {key: counts.get(key, 0.0) + w if key in together else counts.get(key, 0.0) for key in keys}


@function("stat.sample.fillCounter", "(x: string, w: double, counter: record A {values: map(double)}) -> A")
def fill_counter(x: str, w: float, counter: State) -> State:
    """Counts words."""
    values = counter["values"]
    return {**counter, "values": {**values, x: values.get(x, 0.0) + w}}


@function(
    "stat.sample.topN",
    "(x: any A, top: array(A), n: int, lessThan: fcn(A, A) -> boolean) -> array(A)",
)
def top_n(x: Any, top: list[Any], n: int, less_than: Callable[[Any, Any], bool]) -> list[Any]:
    """The best so far, in order. Of equals the one that came first stays before."""
    if n <= 0:
        return []
    place = next((at for at, best in enumerate(top) if less_than(best, x)), len(top))
    return [*top[:place], x, *top[place:]][:n]
