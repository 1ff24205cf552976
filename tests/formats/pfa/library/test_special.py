import math

import pytest
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import DOUBLE, INT
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN


def test_error_functions() -> None:
    assert made("m.special.erf", DOUBLE)(0.5) == pytest.approx(0.5204998778130465)
    assert made("m.special.erfc", DOUBLE)(5.0) == pytest.approx(1.5374597944280349e-12)


def test_the_gamma_function() -> None:
    ln_gamma = made("m.special.lnGamma", DOUBLE)
    assert ln_gamma(5.0) == pytest.approx(math.log(24.0))
    assert ln_gamma(1e307) == math.inf
    assert math.isnan(ln_gamma(math.nan))
    assert math.isnan(ln_gamma(math.inf))
    fails(36050, lambda: ln_gamma(0.0))
    fails(36050, lambda: ln_gamma(-0.5))


def test_the_beta_function() -> None:
    ln_beta = made("m.special.lnBeta", DOUBLE, DOUBLE)
    assert ln_beta(2.0, 3.0) == pytest.approx(-math.log(12.0))
    assert math.isnan(ln_beta(math.nan, 1.0))
    fails(36010, lambda: ln_beta(0.0, 1.0))
    fails(36010, lambda: ln_beta(1.0, -1.0))


def test_binomial_coefficients() -> None:
    choose = made("m.special.nChooseK", INT, INT)
    assert [choose(5, k) for k in range(5)] == [1, 5, 10, 10, 5]
    assert choose(INT_MAX, 1) == choose(INT_MAX, INT_MAX - 1) == INT_MAX
    assert choose(33, 16) == 1166803110


@pytest.mark.parametrize(
    ("n", "k"), [(5, 5), (5, 6), (5, -1), (-5, 2), (0, 0), (INT_MIN, INT_MAX), (34, 17), (INT_MAX, 2**30)]
)
def test_what_is_no_binomial_coefficient_or_no_int(n: int, k: int) -> None:
    fails(36000, lambda: made("m.special.nChooseK", INT, INT)(n, k))
