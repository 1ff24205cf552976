"""Distributions: the few tail probabilities that guards need, so that no library need be loaded for them."""

from __future__ import annotations

import math
from typing import Final

_TERMS: Final = 10_000


def chi_square_tail(value: float, degrees: int) -> float:
    """P(X >= value) for X of a chi-square distribution with so many degrees of freedom.

    The regularised incomplete gamma function Q(a, x), by its series below a + 1 and by Lentz's continued fraction
    above (Abramowitz and Stegun 6.5.29, 6.5.31).
    """
    if value <= 0:
        return 1.0
    shape, x = degrees / 2, value / 2
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape)) if x < 1e6 else 0.0
    if x < shape + 1:
        return max(0.0, 1.0 - front * _series(shape, x))
    return front * _fraction(shape, x)


def chi_square_quantile(quantile: float, degrees: int) -> float:
    """The value below which so large a part of a chi-square distribution lies. 0 < quantile < 1."""
    low, high = 0.0, 2.0 * degrees + 2.0
    while chi_square_tail(high, degrees) > 1 - quantile:
        low, high = high, 2 * high
    for _ in range(100):
        middle = (low + high) / 2
        if chi_square_tail(middle, degrees) > 1 - quantile:
            low = middle
        else:
            high = middle
    return high


def kolmogorov_smirnov_tail(distance: float, first: int, second: int) -> float:
    """P(D >= distance) for samples of one continuous distribution, of these sizes: the asymptotic distribution with
    the correction for small samples of M. A. Stephens (1970, J. R. Stat. Soc. B 32). It is within a tenth of the exact
    one from some hundred values on, and up to a third too small for two samples of only twenty."""
    root = math.sqrt(first * second / (first + second))
    scaled = (root + 0.12 + 0.11 / root) * distance
    if scaled < 0.2:
        return 1.0
    total = sum(math.exp(-2 * (k * scaled) ** 2) * (1.0 if k % 2 else -1.0) for k in range(1, 30))
    return min(1.0, max(0.0, 2 * total))


def _series(shape: float, x: float) -> float:
    term = total = 1 / shape
    for n in range(1, _TERMS):
        term *= x / (shape + n)
        total += term
        if term < total * 1e-16:
            break
    return total


def _fraction(shape: float, x: float) -> float:
    b = x + 1 - shape
    c, d = 1e300, 1 / b
    result = d
    for n in range(1, _TERMS):
        a = -n * (n - shape)
        b += 2
        d = 1 / (a * d + b)
        c = b + a / c
        result *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return result
