"""prob.dist: the normal distribution, and that of what has a normal logarithm."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from statistics import NormalDist
from typing import Any, Final

from salver.formats.pfa.library.distributions import INPUT, PARAMETERS, all_finite, distribution, is_share
from salver.formats.pfa.library.mathematics import exp
from salver.formats.pfa.library.registry import Call, Implementation, fail, typed

_ROOT_TWO: Final = math.sqrt(2.0)
_LN_ROOT_TWO_PI: Final = 0.5 * math.log(2.0 * math.pi)
_STANDARD: Final = NormalDist()


def _gaussian(
    name: str, x: str, code: int, fits: Callable[[float], bool]
) -> Callable[[Implementation], Implementation]:
    """Registers a function of the mean and the standard deviation, and the same of a record with the variance."""

    def register(compute: Implementation) -> Implementation:
        def checked(x: float, mu: float, sigma: float) -> float:
            if not all_finite(mu, sigma) or sigma < 0.0:
                fail(code)
            answer: float = compute(x, mu, sigma) if fits(x) else fail(code + 1)
            return answer

        def of_record(x: float, params: Mapping[str, Any]) -> float:
            variance = params["variance"]
            return checked(x, params["mean"], math.sqrt(variance)) if variance >= 0.0 else fail(code)

        @typed(
            f"prob.dist.{name}",
            f"({x}: double, mu: double, sigma: double) -> double",
            f"({x}: double, params: record A {{mean: double, variance: double}}) -> double",
            errors={code: PARAMETERS, code + 1: INPUT},
        )
        def make(call: Call) -> Implementation:
            return (checked, of_record)[call.signature]

        return compute

    return register


@_gaussian("gaussianLL", "x", 13000, math.isfinite)
def _log_likelihood(x: float, mu: float, sigma: float) -> float:
    if sigma == 0.0:
        return math.inf if x == mu else -math.inf
    z = (x - mu) / sigma
    return -0.5 * z * z - math.log(sigma) - _LN_ROOT_TWO_PI


@_gaussian("gaussianCDF", "x", 13010, math.isfinite)
def _gaussian_share(x: float, mu: float, sigma: float) -> float:
    if sigma == 0.0:
        return 0.0 if x < mu else 1.0
    return 0.5 * math.erfc((mu - x) / sigma / _ROOT_TWO)


@_gaussian("gaussianQF", "p", 13020, is_share)
def _gaussian_quantile(p: float, mu: float, sigma: float) -> float:
    if p in (0.0, 1.0):
        return math.inf if p else -math.inf
    return mu + sigma * _STANDARD.inv_cdf(p)


def _valid(meanlog: float, sdlog: float) -> bool:
    return all_finite(meanlog, sdlog) and sdlog > 0.0


@distribution("lognormalPDF", "x: double, meanlog: double, sdlog: double", 13240, _valid)
def _lognormal_density(x: float, meanlog: float, sdlog: float) -> float:
    if x <= 0.0:
        return 0.0
    logarithm = math.log(x)
    z = (logarithm - meanlog) / sdlog
    return exp(-0.5 * z * z - logarithm - math.log(sdlog) - _LN_ROOT_TWO_PI)


@distribution("lognormalCDF", "x: double, meanlog: double, sdlog: double", 13250, _valid)
def _lognormal_share(x: float, meanlog: float, sdlog: float) -> float:
    return 0.5 * math.erfc((meanlog - math.log(x)) / sdlog / _ROOT_TWO) if x > 0.0 else 0.0


@distribution("lognormalQF", "p: double, meanlog: double, sdlog: double", 13260, _valid, is_share)
def _lognormal_quantile(p: float, meanlog: float, sdlog: float) -> float:
    if p in (0.0, 1.0):
        return math.inf if p else 0.0
    return exp(meanlog + sdlog * _STANDARD.inv_cdf(p))
