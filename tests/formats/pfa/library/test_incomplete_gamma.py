import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.formats.pfa.library.incomplete_gamma import gamma_quantile, gamma_shares


@pytest.mark.parametrize(
    ("a", "x", "lower", "upper"),
    [
        (0.5, 0.3, 0.5614219739190003, 0.4385780260809997),
        (5.0, 9.0, 0.945036358504895, 0.05496364149510497),
        (2000.0, 2100.0, 0.9863525323166297, 0.013647467683370367),
        (12345.0, 12345.0, 0.501196860293819, 0.498803139706181),
        (960931.8646804894, 956086.7221320726, 3.698375374434e-7, 0.9999996301624626),
        (947503773.749187, 947355694.2468656, 7.51269632482108e-7, 0.9999992487303675),
    ],
)
def test_known_shares(a: float, x: float, lower: float, upper: float) -> None:
    """SciPy's; of the last three mpmath's, by integration with 40 digits."""
    assert gamma_shares(a, x) == pytest.approx((lower, upper), rel=1e-11)


@settings(max_examples=30)
@given(a=st.floats(1e-3, 1e3), x=st.floats(1e-3, 2e3))
def test_the_recurrence(a: float, x: float) -> None:
    """DLMF 8.8.5."""
    step = math.exp(a * math.log(x) - x - math.lgamma(a + 1.0))
    assert gamma_shares(a + 1.0, x)[0] == pytest.approx(gamma_shares(a, x)[0] - step, abs=1e-11)


def test_series_fraction_and_expansion_meet() -> None:
    for x in (9_800.0, 10_000.0, 10_001.0, 10_300.0):
        below, above = gamma_shares(9_999.999999, x), gamma_shares(10_000.0, x)
        assert below == pytest.approx(above, rel=1e-6)


@settings(max_examples=30)
@given(st.floats(0.0, math.inf, exclude_min=True), st.floats(0.0, math.inf))
def test_any_positive_numbers_have_shares(a: float, x: float) -> None:
    lower, upper = gamma_shares(min(a, 1.7e308), x)
    assert 0.0 <= lower <= 1.0 + 1e-12
    assert lower + upper == pytest.approx(1.0)


@settings(max_examples=30)
@given(a=st.floats(0.1, 1e6), p=st.floats(1e-12, 1.0, exclude_max=True))
def test_quantiles_are_the_inverse(a: float, p: float) -> None:
    x = gamma_quantile(a, p)
    assert gamma_shares(a, x)[0] == pytest.approx(p, rel=1e-8)


def test_quantiles_in_the_tails() -> None:
    assert gamma_quantile(0.5, 1e-5) == pytest.approx(7.853981634385732e-11)
    assert gamma_quantile(1.0, 1e-300) == pytest.approx(1e-300)
    assert gamma_quantile(1.0, 1.0 - 2.0**-53) == pytest.approx(53 * math.log(2))
    assert gamma_quantile(1e-5, 1e-5) == pytest.approx(0.0, abs=5e-324)
