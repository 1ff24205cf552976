import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.formats.pfa.library.incomplete_beta import beta_quantile, beta_shares

NUMBERS = st.floats(1e-2, 1e4)


@pytest.mark.parametrize(
    ("a", "b", "x", "lower", "relative"),
    [
        (2.5, 0.5, 0.9, 0.48958974456442755, 1e-12),
        (300.0, 200.0, 0.61, 0.6741626935263771, 1e-12),
        (1e5, 1e5, 0.502, 0.963181261172024, 1e-12),
        (1e4, 1e8, 1.01e-4, 0.843776215259147, 1e-9),
        (5e3, 1e8, 4.9e-5, 0.0784529401793229, 1e-7),
        (0.5, 1e8, 1e-8, 0.842700793457315, 1e-10),
        (1e7, 5e7, 0.16656666666666667, 0.0188217003195105, 1e-9),
    ],
)
def test_known_shares(a: float, b: float, x: float, lower: float, relative: float) -> None:
    """SciPy's; from the third on mpmath's, by integration with 40 digits."""
    assert beta_shares(a, b, x, 1.0 - x)[0] == pytest.approx(lower, rel=relative)
    assert beta_shares(b, a, 1.0 - x, x)[1] == pytest.approx(lower, rel=relative)


@settings(max_examples=30)
@given(a=NUMBERS, b=NUMBERS, x=st.floats(0.0, 1.0))
def test_shares_add_up_and_mirror(a: float, b: float, x: float) -> None:
    lower, upper = beta_shares(a, b, x, 1.0 - x)
    assert 0.0 <= lower <= 1.0
    assert lower + upper == pytest.approx(1.0)
    assert beta_shares(b, a, 1.0 - x, x) == pytest.approx((upper, lower), abs=1e-13)


def test_fraction_and_expansions_meet() -> None:
    """1e8 is where one gives way to the other."""
    for a, x in ((1e8, 0.50005), (3e7, 0.2308), (2e4, 2.01e-4), (1e3, 1.03e-5)):
        below, above = beta_shares(a, 99_999_999.99, x, 1.0 - x), beta_shares(a, 1e8, x, 1.0 - x)
        assert below == pytest.approx(above, abs=1e-6)


@settings(max_examples=30)
@given(a=st.floats(0.1, 1e3), b=st.floats(0.1, 1e3), p=st.floats(1e-9, 1.0, exclude_max=True))
def test_quantiles_are_the_inverse(a: float, b: float, p: float) -> None:
    x, y = beta_quantile(a, b, p)
    assert x + y == pytest.approx(1.0)
    assert beta_shares(a, b, x, y)[0] == pytest.approx(p, rel=1e-7)


def test_quantiles_that_are_nearly_nought_or_one() -> None:
    assert beta_quantile(0.5, 0.5, 1e-10)[0] == pytest.approx(2.4674011002723397e-20)
    assert beta_quantile(159.0156171499779, 5.832665683173727, 9.291879556782031e-15)[0] == pytest.approx(
        0.7498082726725814
    )
    near_one = beta_quantile(0.5, 0.5, 1.0 - 1e-10)
    assert near_one[0] == 1.0
    assert near_one[1] == pytest.approx(2.4674e-20, rel=1e-4)
    assert beta_quantile(1.7e308, 1.7e308, 0.1) == pytest.approx((0.5, 0.5))
