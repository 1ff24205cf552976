"""Against SciPy's distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from salver.graph.guards.distributions import chi_square_quantile, chi_square_tail, kolmogorov_smirnov_tail


@pytest.mark.parametrize("degrees", [1, 2, 3, 11, 50, 1024])
def test_the_tail_of_chi_square(degrees: int) -> None:
    values = np.concatenate([np.linspace(0, 3 * degrees, 40), [10.0 * degrees, 1e7]])
    found = [chi_square_tail(value, degrees) for value in values.tolist()]
    np.testing.assert_allclose(found, stats.chi2.sf(values, degrees), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("degrees", [1, 2, 11, 1024])
def test_the_quantiles_of_chi_square(degrees: int) -> None:
    parts = [0.001, 0.5, 0.95, 0.999, 0.999999]
    found = [chi_square_quantile(part, degrees) for part in parts]
    np.testing.assert_allclose(found, stats.chi2.ppf(parts, degrees), rtol=1e-9)


@pytest.mark.parametrize(("first", "second"), [(20, 20), (50, 200), (200, 1000), (1000, 1599)])
def test_the_tail_of_kolmogorov_smirnov_is_close_to_the_exact_one(first: int, second: int) -> None:
    random = np.random.default_rng(first)
    for shift in (0.0, 0.1, 0.3, 0.6):
        one, other = random.normal(size=first), random.normal(shift, size=second)
        exact = stats.ks_2samp(one, other, method="exact")
        found = kolmogorov_smirnov_tail(float(exact.statistic), first, second)
        assert found == pytest.approx(exact.pvalue, rel=0.35, abs=0.012)
        root = math.sqrt(first * second / (first + second))
        limit = stats.kstwobign.sf((root + 0.12 + 0.11 / root) * exact.statistic)
        assert found == pytest.approx(limit, rel=1e-9, abs=0)


def test_no_distance_is_no_surprise_and_the_largest_is_one() -> None:
    assert kolmogorov_smirnov_tail(0.0, 100, 100) == 1
    assert kolmogorov_smirnov_tail(1.0, 1000, 1000) < 1e-100
