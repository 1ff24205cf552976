"""The incomplete gamma function (NIST DLMF, chapter 8), regularised, and its inverse."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

from salver.formats.pfa.library.densities import deviance, gamma_density
from salver.formats.pfa.library.monotone import root_near
from salver.formats.pfa.library.special import ln_gamma

_LARGE: Final = 1e4
"""From here on the asymptotic expansion is as exact as the series, and quicker."""
_MAX_STEPS: Final = 10_000
_TINY: Final = 1e-300
_FIRST: Final = (-1 / 3, 1 / 12, -2 / 135, 1 / 864, 1 / 2835, -139 / 777600, 1 / 25515)
_SECOND: Final = (-1 / 540, -1 / 288, 25 / 9450)
"""How the first two coefficients of the expansion begin, by powers of eta (DLMF 8.12.12)."""
_CENTRE: Final = 0.1
_LOWEST: Final = math.log(5e-324)
_HIGHEST: Final = math.log(1.7e308)
_STANDARD: Final = NormalDist()


def gamma_shares(a: float, x: float) -> tuple[float, float]:
    """P(a, x) and Q(a, x), which together are 1: what lies below x, and what above. a is positive."""
    if x <= 0.0:
        return 0.0, 1.0
    if x == math.inf:
        return 1.0, 0.0
    if a >= _LARGE:
        return _expanded(a, x)
    if x < a + 1.0:
        lower = min(1.0, gamma_density(a, x) / a * _series(a, x))
        return lower, 1.0 - lower
    upper = gamma_density(a, x) * _fraction(a, x)
    return 1.0 - upper, upper


def _series(a: float, x: float) -> float:
    """DLMF 8.11.4."""
    total = term = 1.0
    for step in range(1, _MAX_STEPS):
        term *= x / (a + step)
        before, total = total, total + term
        if total == before:
            break
    return total


def _fraction(a: float, x: float) -> float:
    """DLMF 8.9.2, by the method of Lentz as W. J. Thompson and A. R. Barnett changed it."""
    divisor = x + 1.0 - a
    above, below = 1.0 / _TINY, 1.0 / divisor
    value = below
    for step in range(1, _MAX_STEPS):
        numerator = -step * (step - a)
        divisor += 2.0
        below = 1.0 / (numerator * below + divisor or _TINY)
        above = divisor + numerator / above or _TINY
        factor = below * above
        value *= factor
        if abs(factor - 1.0) < 2.0e-16:
            break
    return value


def _expanded(a: float, x: float) -> tuple[float, float]:
    """The uniform expansion for a large a (DLMF 8.12.3 and 8.12.4, with 8.12.7)."""
    square = deviance(a, x)
    z = math.copysign(math.sqrt(square), x - a)
    eta = z * math.sqrt(2.0 / a)
    away = x / a - 1.0
    if abs(eta) < _CENTRE:
        first, second = _polynomial(_FIRST, eta), _polynomial(_SECOND, eta)
    else:
        first = 1.0 / away - 1.0 / eta
        second = eta**-3 - away**-3 - away**-2 - 1.0 / (12.0 * away)
    rest = math.exp(-square) / math.sqrt(2.0 * math.pi * a) * (first + second / a)
    return 0.5 * math.erfc(-z) - rest, 0.5 * math.erfc(z) + rest


def _polynomial(coefficients: tuple[float, ...], x: float) -> float:
    total = 0.0
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


def gamma_quantile(a: float, p: float) -> float:
    """The x with P(a, x) = p, for p between 0 and 1."""
    wanted = math.log(p) if p <= 0.5 else math.log1p(-p)

    def distance(exponent: float) -> float:
        """By the logarithm of x: nearly a straight line in both tails."""
        lower, upper = gamma_shares(a, math.exp(exponent))
        return math.log(lower or 5e-324) - wanted if p <= 0.5 else wanted - math.log(upper or 5e-324)

    return math.exp(root_near(distance, _guess(a, p), 0.01 / math.sqrt(a), _LOWEST, _HIGHEST))


def _guess(a: float, p: float) -> float:
    """About the logarithm of the quantile: by the cube root, which is nearly normal (E. B. Wilson and M. M. Hilferty,
    1931), or by the first term of the series."""
    cube = 1.0 - 1.0 / (9.0 * a) + _STANDARD.inv_cdf(p) / (3.0 * math.sqrt(a))
    if cube > 0.2:
        return math.log(a) + 3.0 * math.log(cube)
    return (math.log(p) + ln_gamma(a + 1.0)) / a
