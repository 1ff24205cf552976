"""The incomplete beta function (NIST DLMF, sections 8.17 and 8.18), regularised, and its inverse."""

from __future__ import annotations

import math
from typing import Final

from salver.formats.pfa.library.densities import beta_density, deviance
from salver.formats.pfa.library.incomplete_gamma import gamma_shares
from salver.formats.pfa.library.monotone import root

_LARGE: Final = 1e8
"""From here on the continued fraction takes too long."""
_BOTH_LARGE: Final = 1e4
_MAX_STEPS: Final = 100_000
_TINY: Final = 1e-300
_LOWEST: Final = math.log(5e-324)


def beta_shares(a: float, b: float, x: float, y: float) -> tuple[float, float]:
    """I(a, b) at x, and what is missing to 1: what lies below x, and what above. y is 1 - x; a and b are positive."""
    if x <= 0.0 or y <= 0.0:
        return (0.0, 1.0) if x <= 0.0 else (1.0, 0.0)
    if max(a, b) >= _LARGE:
        return _expanded(a, b, x, y)
    if x * (a + b + 2.0) <= a + 1.0:
        lower = min(1.0, beta_density(a, b, x, y) / a * _fraction(a, b, x))
        return lower, 1.0 - lower
    upper = min(1.0, beta_density(a, b, x, y) / b * _fraction(b, a, y))
    return 1.0 - upper, upper


def _fraction(a: float, b: float, x: float) -> float:
    """DLMF 8.17.22, by the method of Lentz as W. J. Thompson and A. R. Barnett changed it."""
    both, more = a + b, a + 1.0
    above, below = 1.0, 1.0 / (1.0 - both * x / more or _TINY)
    value = below
    for step in range(1, _MAX_STEPS):
        twice = a + 2.0 * step
        even = step * (b - step) * x / ((twice - 1.0) * twice)
        below = 1.0 / (1.0 + even * below or _TINY)
        above = 1.0 + even / above or _TINY
        value *= below * above
        odd = -(a + step) * (both + step) * x / (twice * (twice + 1.0))
        below = 1.0 / (1.0 + odd * below or _TINY)
        above = 1.0 + odd / above or _TINY
        factor = below * above
        value *= factor
        if abs(factor - 1.0) < 2.0e-16:
            break
    return value


def _expanded(a: float, b: float, x: float, y: float) -> tuple[float, float]:
    """Where a or b is very large: by the gamma function if the other is not (DLMF 8.18.1), else by the normal
    distribution with its first correction."""
    if b < _BOTH_LARGE <= a:
        lower, upper = gamma_shares(b, -(a + 0.5 * (b - 1.0)) * _ln(x, y))
        return upper, lower
    if a < _BOTH_LARGE <= b:
        return gamma_shares(a, -(b + 0.5 * (a - 1.0)) * _ln(y, x))
    return _nearly_normal(a, b, x, y)


def _ln(x: float, y: float) -> float:
    """The logarithm of x, which is 1 - y."""
    return math.log(x) if x < 0.5 else math.log1p(-y)


def _nearly_normal(a: float, b: float, x: float, y: float) -> tuple[float, float]:
    both = 0.5 * a + 0.5 * b
    middle, other = 0.5 * a / both, 0.5 * b / both
    square = deviance(a, 2.0 * both * x) + deviance(b, 2.0 * both * y)
    z = math.copysign(math.sqrt(square), x - middle)
    width = math.sqrt(middle * other)
    eta = z / math.sqrt(both)
    if abs(eta) < 1e-6 or x == middle:
        first = (middle - other) / (3.0 * width)
    else:
        first = 1.0 / eta - width / (x - middle)
    rest = math.exp(-square) / math.sqrt(4.0 * math.pi * both) * first
    return 0.5 * math.erfc(-z) + rest, 0.5 * math.erfc(z) - rest


def beta_quantile(a: float, b: float, p: float) -> tuple[float, float]:
    """The x with I(a, b) = p at x, for p between 0 and 1, and 1 - x: each is exact where it is small."""
    is_low = p <= beta_shares(a, b, 0.5, 0.5)[0]
    wanted = math.log(p) if p <= 0.5 else math.log1p(-p)

    def distance(exponent: float) -> float:
        """By the logarithm of the smaller of x and 1 - x: nearly a straight line for small ones."""
        small = math.exp(exponent)
        lower, upper = beta_shares(a, b, *_ordered(small, is_low))
        above = math.log(lower or 5e-324) - wanted if p <= 0.5 else wanted - math.log(upper or 5e-324)
        return above if is_low else -above

    return _ordered(math.exp(root(distance, _LOWEST, math.log(0.5))), is_low)


def _ordered(small: float, is_low: bool) -> tuple[float, float]:
    return (small, 1.0 - small) if is_low else (1.0 - small, small)
