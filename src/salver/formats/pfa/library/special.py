"""m.special: the gamma, beta and error functions, and binomial coefficients."""

from __future__ import annotations

import math

from salver.formats.pfa.library.registry import fail, function
from salver.formats.pfa.values.floats import INT_MAX


@function("m.special.erf", "(x: double) -> double")
def _erf(x: float) -> float:
    return math.erf(x)


@function("m.special.erfc", "(x: double) -> double")
def _erfc(x: float) -> float:
    return math.erfc(x)


@function("m.special.lnGamma", "(x: double) -> double", errors={36050: "domain error"})
def _ln_gamma(x: float) -> float:
    """Only for positive numbers. Infinity gives NaN, as in Hadrian and Titus."""
    if x <= 0.0:
        fail(36050)
    return ln_gamma(x) if x != math.inf else math.nan


@function("m.special.lnBeta", "(a: double, b: double) -> double", errors={36010: "domain error"})
def _ln_beta(a: float, b: float) -> float:
    if a <= 0.0 or b <= 0.0:
        fail(36010)
    return ln_beta(a, b)


@function("m.special.nChooseK", "(n: int, k: int) -> int", errors={36000: "domain error"})
def _n_choose_k(n: int, k: int) -> int:
    """Only for 0 <= k < n, as in Hadrian and Titus. What is no int has no answer either."""
    fewer = min(k, n - k)
    if k < 0 or n <= k or fewer >= INT_MAX.bit_length():
        fail(36000)
    ways = math.comb(n, fewer)
    return ways if ways <= INT_MAX else fail(36000)


def ln_gamma(x: float) -> float:
    """The logarithm of the gamma function of a positive number."""
    try:
        return math.lgamma(x)
    except OverflowError:
        return math.inf


def ln_beta(a: float, b: float) -> float:
    """The logarithm of the beta function of two positive numbers."""
    return ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
