"""model.naive: how likely a datum is in a class, all features taken for independent. All give logarithms."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from salver.formats.pfa.avro.types import Record
from salver.formats.pfa.library.registry import UNKNOWN, Call, Implementation, fail, typed
from salver.formats.pfa.library.sums import added

Vector = Sequence[float]
Weights = Mapping[str, float]
Normal = Mapping[str, Any]
_TINY: Final = sys.float_info.min
"""What is added to each share, so that none is nought."""


@typed(
    "model.naive.gaussian",
    "(datum: array(double), classModel: array(record C {mean: double, variance: double})) -> double",
    "(datum: map(double), classModel: map(record C {mean: double, variance: double})) -> double",
    errors={10000: "datum and classModel misaligned", 10001: "variance less than or equal to zero"},
)
def _gaussian(call: Call) -> Implementation:
    model = call.constant(1)
    if call.signature == 1:
        return map_gaussian
    if model is UNKNOWN or not all(one["variance"] > 0.0 for one in model):
        return gaussian
    known = [(one["mean"], one["variance"], -0.5 * math.log(2.0 * math.pi * one["variance"])) for one in model]

    def compute(datum: Vector, _model: Any) -> float:
        if len(datum) != len(known):
            fail(10000)
        total = 0.0
        for x, (mean, variance, base) in zip(datum, known, strict=True):
            total += base
            total += -0.5 * ((x - mean) * (x - mean) / variance)
        return total

    return compute


def gaussian(datum: Vector, model: Sequence[Normal]) -> float:
    """Each feature of a normal distribution of its own."""
    if len(datum) != len(model):
        fail(10000)
    return _normal(zip(datum, model, strict=True))


def map_gaussian(datum: Weights, model: Mapping[str, Normal]) -> float:
    """The same by names."""
    if datum.keys() != model.keys():
        fail(10000)
    return _normal((x, model[name]) for name, x in datum.items())


def _normal(pairs: Iterable[tuple[float, Normal]]) -> float:
    total = 0.0
    for x, model in pairs:
        mean, variance = model["mean"], model["variance"]
        if variance <= 0.0:
            fail(10001)
        total += -0.5 * math.log(2.0 * math.pi * variance)
        total += -0.5 * ((x - mean) * (x - mean) / variance)
    return total


@typed(
    "model.naive.multinomial",
    "(datum: array(double), classModel: array(double)) -> double",
    "(datum: map(double), classModel: map(double)) -> double",
    "(datum: array(double), classModel: record C {values: array(double)}) -> double",
    "(datum: map(double), classModel: record C {values: map(double)}) -> double",
    errors={
        10010: "datum and classModel misaligned",
        10011: "classModel must be non-empty and strictly positive",
    },
)
def _multinomial(call: Call) -> Implementation:
    compute = (multinomial, map_multinomial)[call.signature % 2]
    return (lambda datum, model: compute(datum, model["values"])) if call.signature > 1 else compute


def _check_positive(model: Iterable[float]) -> None:
    numbers = list(model)
    if not numbers or not all(one > 0.0 for one in numbers):
        fail(10011)


def multinomial(datum: Vector, model: Vector) -> float:
    """Each feature counted, with a share of its own."""
    _check_positive(model)
    if len(datum) != len(model):
        fail(10010)
    total = added(model)
    return added(x * math.log(share / total + _TINY) for x, share in zip(datum, model, strict=True))


def map_multinomial(datum: Weights, model: Weights) -> float:
    """The same by names."""
    _check_positive(model.values())
    if datum.keys() != model.keys():
        fail(10010)
    total = added(model.values())
    return added(x * math.log(model[name] / total + _TINY) for name, x in datum.items())


@typed(
    "model.naive.bernoulli",
    "(datum: array(string), classModel: map(double)) -> double",
    "(datum: array(string), classModel: record C {values: map(double)}) -> double",
    errors={10020: "probability in classModel must be strictly between 0 and 1"},
)
def _bernoulli(call: Call) -> Implementation:
    return (lambda datum, model: bernoulli(datum, model["values"])) if isinstance(call.params[1], Record) else bernoulli


def bernoulli(datum: Sequence[str], model: Weights) -> float:
    """Each feature there or not."""
    total = 0.0
    for share in model.values():
        if share <= 0.0 or share >= 1.0:
            fail(10020)
        total += math.log(1.0 - share)
    for name in datum:
        if name in model:
            total += math.log(model[name]) - math.log(1.0 - model[name])
    return total
