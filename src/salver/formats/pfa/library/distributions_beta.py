"""prob.dist: distributions that the incomplete beta function gives: beta, F, Student's t."""

from __future__ import annotations

import math
from typing import Final

from salver.formats.pfa.library.densities import beta_density, deviance, stirling_error
from salver.formats.pfa.library.distributions import are_positive, distribution, is_share
from salver.formats.pfa.library.incomplete_beta import beta_quantile, beta_shares

_BETA: Final = "x: double, a: double, b: double"
_F: Final = "x: double, d1: int, d2: int"


@distribution("betaPDF", _BETA, 13150, are_positive)
def _beta_density(x: float, a: float, b: float) -> float:
    """Outside of nought and 1, and at both, it is nought."""
    return beta_density(a, b, x, 1.0 - x) / x / (1.0 - x) if 0.0 < x < 1.0 else 0.0


@distribution("betaCDF", _BETA, 13160, are_positive)
def _beta_share(x: float, a: float, b: float) -> float:
    return beta_shares(a, b, x, 1.0 - x)[0]


@distribution("betaQF", "p: double, a: double, b: double", 13170, are_positive, is_share)
def _beta_quantile(p: float, a: float, b: float) -> float:
    return beta_quantile(a, b, p)[0] if 0.0 < p < 1.0 else p


def _freedoms(d1: int, d2: int) -> bool:
    return d1 > 0 and d2 > 0


@distribution("fPDF", _F, 13210, _freedoms)
def _f_density(x: float, d1: int, d2: int) -> float:
    if x <= 0.0:
        return 0.0
    return beta_density(0.5 * d1, 0.5 * d2, *_parted(x * (d1 / d2))) / x


@distribution("fCDF", _F, 13220, _freedoms)
def _f_share(x: float, d1: int, d2: int) -> float:
    return beta_shares(0.5 * d1, 0.5 * d2, *_parted(x * (d1 / d2)))[0] if x > 0.0 else 0.0


@distribution("fQF", "p: double, d1: int, d2: int", 13230, _freedoms, is_share)
def _f_quantile(p: float, d1: int, d2: int) -> float:
    if p in (0.0, 1.0):
        return math.inf if p else 0.0
    x, y = beta_quantile(0.5 * d1, 0.5 * d2, p)
    return x / y * (d2 / d1) if y > 0.0 else math.inf


def _parted(odds: float) -> tuple[float, float]:
    """The share that has such odds, and the rest."""
    return (odds / (1.0 + odds), 1.0 / (1.0 + odds)) if odds < math.inf else (1.0, 0.0)


def _freedom(freedom: int) -> bool:
    return freedom > 0


@distribution("tPDF", "x: double, dof: int", 13270, _freedom)
def _t_density(x: float, freedom: int) -> float:
    half = 0.5 * freedom
    square = x * x / freedom
    logarithm = math.log1p(square) if square < math.inf else 2.0 * math.log(abs(x)) - math.log(freedom)
    exponent = stirling_error(half + 0.5) - stirling_error(half) - deviance(half, half + 0.5)
    return math.exp(exponent - (half + 0.5) * logarithm) / math.sqrt(2.0 * math.pi)


@distribution("tCDF", "x: double, dof: int", 13280, _freedom)
def _t_share(x: float, freedom: int) -> float:
    away, near = _parted(x * x / freedom)
    tail = 0.5 * beta_shares(0.5 * freedom, 0.5, near, away)[0]
    return 1.0 - tail if x > 0.0 else tail


@distribution("tQF", "p: double, dof: int", 13290, _freedom, is_share)
def _t_quantile(p: float, freedom: int) -> float:
    if p in (0.0, 1.0):
        return math.inf if p else -math.inf
    tail = min(p, 1.0 - p)
    near, away = beta_quantile(0.5 * freedom, 0.5, 2.0 * tail) if tail < 0.5 else (1.0, 0.0)
    size = math.sqrt(freedom * (away / near)) if near > 0.0 else math.inf
    return math.copysign(size, p - 0.5)
