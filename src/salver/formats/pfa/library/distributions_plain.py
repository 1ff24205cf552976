"""prob.dist: distributions that elementary functions suffice for: exponential, Weibull, Cauchy, uniform, geometric."""

from __future__ import annotations

import math
from typing import Final

from salver.formats.pfa.library.core import power
from salver.formats.pfa.library.distributions import all_finite, are_positive, distribution, is_share
from salver.formats.pfa.library.mathematics import exp

_WEIBULL: Final = "x: double, shape: double, scale: double"
_CAUCHY: Final = "x: double, location: double, scale: double"


def _rate(rate: float) -> bool:
    return math.isfinite(rate) and rate >= 0.0


@distribution("exponentialPDF", "x: double, lambda: double", 13030, _rate)
def _exponential_density(x: float, rate: float) -> float:
    return rate * math.exp(-rate * x) if x >= 0.0 else 0.0


@distribution("exponentialCDF", "x: double, lambda: double", 13040, _rate)
def _exponential_share(x: float, rate: float) -> float:
    return -math.expm1(-rate * x) if x > 0.0 else 0.0


@distribution("exponentialQF", "p: double, lambda: double", 13050, _rate, is_share)
def _exponential_quantile(p: float, rate: float) -> float:
    if p == 0.0:
        return 0.0
    return -math.log1p(-p) / rate if p < 1.0 and rate > 0.0 else math.inf


@distribution("weibullPDF", _WEIBULL, 13420, are_positive)
def _weibull_density(x: float, shape: float, scale: float) -> float:
    """At nought it is NaN for a shape below 1, as in Hadrian and Titus."""
    if x < 0.0:
        return 0.0
    ratio = x / scale
    if ratio == 0.0:
        return math.nan if shape < 1.0 else 1.0 / scale if shape == 1.0 else 0.0
    exponent = power(ratio, shape)
    if exponent == math.inf:
        return 0.0
    return exp(math.log(shape) - math.log(scale) + (shape - 1.0) * math.log(ratio) - exponent)


@distribution("weibullCDF", _WEIBULL, 13430, are_positive)
def _weibull_share(x: float, shape: float, scale: float) -> float:
    return -math.expm1(-power(x / scale, shape)) if x >= 0.0 else 0.0


@distribution("weibullQF", "p: double, shape: double, scale: double", 13440, are_positive, is_share)
def _weibull_quantile(p: float, shape: float, scale: float) -> float:
    return scale * power(-math.log1p(-p), 1.0 / shape) if p < 1.0 else math.inf


def _place(location: float, scale: float) -> bool:
    return all_finite(location, scale) and scale > 0.0


@distribution("cauchyPDF", _CAUCHY, 13180, _place)
def _cauchy_density(x: float, location: float, scale: float) -> float:
    z = (x - location) / scale
    return 1.0 / (math.pi * scale) / (1.0 + z * z)


@distribution("cauchyCDF", _CAUCHY, 13190, _place)
def _cauchy_share(x: float, location: float, scale: float) -> float:
    return math.atan2(scale, location - x) / math.pi


@distribution("cauchyQF", "p: double, location: double, scale: double", 13200, _place, is_share)
def _cauchy_quantile(p: float, location: float, scale: float) -> float:
    if p in (0.0, 1.0):
        return math.inf if p else -math.inf
    away = scale / math.tan(math.pi * min(p, 1.0 - p))
    return location + math.copysign(away, p - 0.5)


def _range(low: float, high: float) -> bool:
    return all_finite(low, high) and low < high


@distribution("uniformPDF", "x: double, min: double, max: double", 13330, _range)
def _uniform_density(x: float, low: float, high: float) -> float:
    return 1.0 / (high - low) if low <= x <= high else 0.0


@distribution("uniformCDF", "x: double, min: double, max: double", 13340, _range)
def _uniform_share(x: float, low: float, high: float) -> float:
    if not low <= x <= high:
        return 0.0 if x < low else 1.0
    if high - low == math.inf:
        return (0.5 * x - 0.5 * low) / (0.5 * high - 0.5 * low)
    return (x - low) / (high - low)


@distribution("uniformQF", "p: double, min: double, max: double", 13350, _range, is_share)
def _uniform_quantile(p: float, low: float, high: float) -> float:
    return (1.0 - p) * low + p * high


def _chance(prob: float) -> bool:
    return 0.0 < prob <= 1.0


@distribution("geometricPDF", "x: int, prob: double", 13360, _chance)
def _geometric_density(x: int, prob: float) -> float:
    """How likely just so many failures are before the first success."""
    return prob * power(1.0 - prob, float(x)) if x >= 0 else 0.0


@distribution("geometricCDF", "x: double, prob: double", 13370, _chance)
def _geometric_share(x: float, prob: float) -> float:
    if x < 0.0 or prob == 1.0:
        return 0.0 if x < 0.0 else 1.0
    return -math.expm1((math.floor(x) + 1.0) * math.log1p(-prob))


@distribution("geometricQF", "p: double, prob: double", 13380, _chance, is_share)
def _geometric_quantile(p: float, prob: float) -> float:
    if p == 1.0:
        return math.inf
    count = math.log(1.0 - p) / math.log1p(-prob) if prob < 1.0 and p > 0.0 else 0.0
    return float(math.floor(count)) if count < math.inf else math.inf
