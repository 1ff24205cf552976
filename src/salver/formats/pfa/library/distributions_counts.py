"""prob.dist: how often something happens: binomial, negative binomial, hypergeometric."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from salver.formats.pfa.library.densities import beta_density, binomial_density
from salver.formats.pfa.library.distributions import INPUT, PARAMETERS, distribution, is_share
from salver.formats.pfa.library.incomplete_beta import beta_shares
from salver.formats.pfa.library.monotone import first_whole
from salver.formats.pfa.library.registry import Clock, fail, function

_URN: Final = "m: int, n: int, k: int"
_BLOCK: Final = 10_000
"""After so many terms the clock is asked."""


def _trials(size: int, prob: float) -> bool:
    return size > 0 and is_share(prob)


@distribution("binomialPDF", "x: int, size: int, prob: double", 13300, _trials)
def _binomial_density(x: int, size: int, prob: float) -> float:
    """When all succeed it is nought, as in Hadrian and Titus."""
    return binomial_density(float(x), float(size), prob, 1.0 - prob) if 0 <= x < size else 0.0


@distribution("binomialCDF", "x: double, size: int, prob: double", 13310, _trials)
def _binomial_share(x: float, size: int, prob: float) -> float:
    if x < 0.0 or x >= size:
        return 0.0 if x < 0.0 else 1.0
    whole = math.floor(x)
    return beta_shares(size - whole, whole + 1.0, 1.0 - prob, prob)[0]


@distribution("binomialQF", "p: double, size: int, prob: double", 13320, _trials, is_share)
def _binomial_quantile(p: float, size: int, prob: float) -> float:
    if p in (0.0, 1.0):
        return p * size
    spread = math.sqrt(size * prob * (1.0 - prob))
    return first_whole(lambda x: _binomial_share(x, size, prob), p, size * prob, spread, float(size))


def _successes(size: int, prob: float) -> bool:
    return size >= 0 and 0.0 < prob <= 1.0


@distribution("negativeBinomialPDF", "x: int, size: int, prob: double", 13450, _successes)
def _negative_density(x: int, size: int, prob: float) -> float:
    """How likely just so many failures are before so many successes."""
    if x <= 0 or size == 0:
        return 0.0 if x != 0 else math.exp(size * math.log(prob))
    return beta_density(float(size), float(x), prob, 1.0 - prob) / x


@distribution("negativeBinomialCDF", "x: double, size: int, prob: double", 13460, _successes)
def _negative_share(x: float, size: int, prob: float) -> float:
    """Without successes it is nought but at nought, as in Hadrian and Titus."""
    if x < 0.0 or size == 0:
        return 1.0 if x == 0.0 else 0.0
    return beta_shares(float(size), math.floor(x) + 1.0, prob, 1.0 - prob)[0]


@distribution("negativeBinomialQF", "p: double, size: int, prob: double", 13470, _successes, is_share)
def _negative_quantile(p: float, size: int, prob: float) -> float:
    if size == 0 or p == 0.0 or prob == 1.0:
        return math.inf if p == 1.0 and size > 0 else 0.0
    if p == 1.0:
        return math.inf
    mean = size * (1.0 - prob) / prob
    spread = math.sqrt(mean / prob)
    return first_whole(lambda x: _negative_share(x, size, prob), p, mean, spread)


def _urn(m: int, n: int, k: int) -> bool:
    """m white balls and n black ones, of which k are drawn."""
    return m >= 0 and n > 0 and 0 <= k <= m + n


@function("prob.dist.hypergeometricPDF", f"(x: int, {_URN}) -> double", errors={13390: PARAMETERS})
def _hypergeometric_density(x: int, m: int, n: int, k: int) -> float:
    """How likely just so many white balls are."""
    return _drawn(x, m, n, k) if _urn(m, n, k) else fail(13390)


def _drawn(x: int, m: int, n: int, k: int) -> float:
    if not max(0, k - n) <= x <= min(k, m):
        return 0.0
    p, q = k / (m + n), (m + n - k) / (m + n)
    both = binomial_density(float(x), float(m), p, q) * binomial_density(float(k - x), float(n), p, q)
    return both / binomial_density(float(k), float(m + n), p, q)


@function(
    "prob.dist.hypergeometricCDF",
    f"(x: int, {_URN}) -> double",
    errors={13400: PARAMETERS, 13401: INPUT},
    needs=("clock",),
)
def _hypergeometric_share(clock: Clock, x: int, m: int, n: int, k: int) -> float:
    return _drawn_share(clock, x, m, n, k) if _urn(m, n, k) else fail(13400)


def _drawn_share(clock: Clock, x: int, m: int, n: int, k: int) -> float:
    """Of the two tails the shorter one is added up, from its greatest term on."""
    low, high = max(0, k - n), min(k, m)
    if not low <= x < high:
        return 0.0 if x < low else 1.0
    if x * (m + n) <= k * m:
        steps = (j * (n - k + j) / ((m - j + 1) * (k - j + 1)) for j in range(x, low, -1))
        return min(1.0, _tail(clock, _drawn(x, m, n, k), steps))
    steps = ((m - j) * (k - j) / ((j + 1) * (n - k + j + 1)) for j in range(x + 1, high))
    return max(0.0, 1.0 - _tail(clock, _drawn(x + 1, m, n, k), steps))


def _tail(clock: Clock, first: float, ratios: Iterable[float]) -> float:
    """The sum of terms that fall, each so many times the one before."""
    total = term = first
    for number, ratio in enumerate(ratios):
        term *= ratio
        before, total = total, total + term
        if total == before:
            break
        if number % _BLOCK == 0:
            clock.check()
    return total


@function(
    "prob.dist.hypergeometricQF",
    f"(p: double, {_URN}) -> double",
    errors={13410: PARAMETERS, 13411: INPUT},
    needs=("clock",),
)
def _hypergeometric_quantile(clock: Clock, p: float, m: int, n: int, k: int) -> float:
    if not _urn(m, n, k):
        fail(13410)
    if not is_share(p):
        fail(13411)
    low, high = max(0, k - n), min(k, m)
    if p in (0.0, 1.0):
        return float(high if p else low)
    p_white = m / (m + n)
    spread = math.sqrt(k * p_white * (1.0 - p_white))
    return first_whole(lambda x: _drawn_share(clock, int(x), m, n, k), p, k * p_white, spread, float(high))
