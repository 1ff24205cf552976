"""prob.dist: distributions that the incomplete gamma function gives: gamma, chi squared, Poisson."""

from __future__ import annotations

import math
from typing import Final

from salver.formats.pfa.library.densities import gamma_density
from salver.formats.pfa.library.distributions import PARAMETERS, all_finite, are_positive, distribution, is_share
from salver.formats.pfa.library.incomplete_gamma import gamma_quantile, gamma_shares
from salver.formats.pfa.library.monotone import first_whole
from salver.formats.pfa.library.registry import fail, function

_GAMMA: Final = "x: double, shape: double, scale: double"


def _not_negative(shape: float, scale: float) -> bool:
    return all_finite(shape, scale) and shape >= 0.0 and scale >= 0.0


@distribution("gammaPDF", _GAMMA, 13120, _not_negative)
def _gamma_density(x: float, shape: float, scale: float) -> float:
    if shape == 0.0 or scale == 0.0:
        return 0.0 if x != 0.0 else math.inf
    if x < 0.0:
        return 0.0
    ratio = x / scale
    if ratio == 0.0:
        return math.inf if shape < 1.0 else 1.0 / scale if shape == 1.0 else 0.0
    return gamma_density(shape, ratio) / x


@distribution("gammaCDF", _GAMMA, 13130, _not_negative)
def _gamma_share(x: float, shape: float, scale: float) -> float:
    if shape == 0.0 or scale == 0.0:
        return 1.0 if x != 0.0 else 0.0
    return gamma_shares(shape, x / scale)[0]


@distribution("gammaQF", "p: double, shape: double, scale: double", 13140, are_positive, is_share)
def _gamma_quantile(p: float, shape: float, scale: float) -> float:
    if p in (0.0, 1.0):
        return math.inf if p else 0.0
    return gamma_quantile(shape, p) * scale


def _freedom(freedom: int) -> bool:
    return freedom >= 0


@distribution("chi2PDF", "x: double, dof: int", 13060, _freedom)
def _chi2_density(x: float, freedom: int) -> float:
    if freedom == 0:
        return 0.0 if x != 0.0 else math.inf
    return _gamma_density(x, 0.5 * freedom, 2.0) if x > 0.0 else 0.0


@distribution("chi2CDF", "x: double, dof: int", 13070, _freedom)
def _chi2_share(x: float, freedom: int) -> float:
    return chi2_share(x, freedom)


def chi2_share(x: float, freedom: int) -> float:
    """How likely a lower chi squared is. Without degrees of freedom it is nought."""
    if freedom == 0:
        return 1.0 if x > 0.0 else 0.0
    return gamma_shares(0.5 * freedom, 0.5 * x)[0]


@distribution("chi2QF", "p: double, dof: int", 13080, _freedom, is_share)
def _chi2_quantile(p: float, freedom: int) -> float:
    if p == 1.0:
        return math.inf
    return 2.0 * gamma_quantile(0.5 * freedom, p) if freedom > 0 and p > 0.0 else 0.0


def _rate(rate: float) -> bool:
    return math.isfinite(rate) and rate >= 0.0


@function("prob.dist.poissonPDF", "(x: int, lambda: double) -> double", errors={13090: PARAMETERS})
def _poisson_density(x: int, rate: float) -> float:
    if not _rate(rate):
        fail(13090)
    if x <= 0 or rate == 0.0:
        return math.exp(-rate) if x == 0 else 0.0
    return gamma_density(float(x), rate) / x


@distribution("poissonCDF", "x: int, lambda: double", 13100, _rate)
def _poisson_share(x: int, rate: float) -> float:
    return gamma_shares(x + 1.0, rate)[1] if x >= 0 else 0.0


@distribution("poissonQF", "p: double, lambda: double", 13110, _rate, is_share)
def _poisson_quantile(p: float, rate: float) -> float:
    if rate == 0.0 or p == 0.0:
        return 0.0
    if p == 1.0:
        return math.inf
    return first_whole(lambda k: gamma_shares(k + 1.0, rate)[1], p, rate, math.sqrt(rate))
