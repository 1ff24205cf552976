"""What the densities of many distributions are made of, exact for large parameters too: no large logarithms of gamma
functions are taken from each other.

The method is that of C. Loader, "Fast and accurate computation of binomial probabilities" (2000).
"""

from __future__ import annotations

import math
from typing import Final

from salver.formats.pfa.library.special import ln_gamma

_STIRLING: Final = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)
"""NIST DLMF 5.11.1."""
_ROOT_TWO_PI: Final = math.sqrt(2.0 * math.pi)
_HALF_LN_TWO_PI: Final = 0.5 * math.log(2.0 * math.pi)
_FEW: Final = 16.0


def deviance(x: float, mean: float) -> float:
    """x ln(x / mean) + mean - x, which is never negative and exact where both are close. Both are not negative."""
    if x == 0.0 or mean in (0.0, math.inf):
        return mean if mean != 0.0 else math.inf if x > 0.0 else 0.0
    difference, middle = x - mean, 0.5 * x + 0.5 * mean
    ratio = 0.5 * difference / middle if middle > 0.0 else 0.0
    if abs(ratio) >= 0.1:
        return max(0.0, x * (math.log(x) - math.log(mean)) - difference)
    total, power = difference * ratio, 2.0 * ratio * x
    for odd in range(3, 100, 2):
        power *= ratio * ratio
        before, total = total, total + power / odd
        if total == before:
            break
    return total


def stirling_error(x: float) -> float:
    """By how much the logarithm of the gamma function is greater than (x - 1/2) ln x - x + ln(2 pi) / 2; x is
    positive."""
    if x < _FEW:
        return ln_gamma(x) - (x - 0.5) * math.log(x) + x - _HALF_LN_TWO_PI
    total, factor = 0.0, 1.0 / x
    for coefficient in _STIRLING:
        total += coefficient * factor
        factor /= x * x
    return total


def gamma_density(a: float, x: float) -> float:
    """x to the power of a, exp(-x) and 1 / gamma(a), multiplied; a is positive, x not negative."""
    return math.sqrt(a) / _ROOT_TWO_PI * math.exp(-deviance(a, x) - stirling_error(a))


def beta_density(a: float, b: float, x: float, y: float) -> float:
    """x to the power of a, y to the power of b and 1 / beta(a, b), multiplied; y is 1 - x, a and b are positive."""
    both = a + b
    if both == math.inf:
        return 0.0
    apart = deviance(a, both * x) + deviance(b, both * y)
    exponent = stirling_error(both) - stirling_error(a) - stirling_error(b) - apart
    return math.sqrt(a / both) * math.sqrt(b) / _ROOT_TWO_PI * math.exp(exponent)


def binomial_density(k: float, n: float, p: float, q: float) -> float:
    """How likely k of n are, if each is with p; q is 1 - p, and k lies from 0 to n."""
    if k in (0.0, n):
        each, other = (q, p) if k == 0.0 else (p, q)
        if n == 0.0 or each == 0.0:
            return 1.0 if n == 0.0 else 0.0
        # The smaller of the two is the one that says it exactly.
        return math.exp(n * (math.log(each) if each < other else math.log1p(-other)))
    return beta_density(k, n - k, p, q) * (n / (k * (n - k)))
