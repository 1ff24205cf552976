import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from salver.formats.pfa.library.densities import (
    beta_density,
    binomial_density,
    deviance,
    gamma_density,
    stirling_error,
)

POSITIVE = st.floats(1e-3, 1e3)


def test_deviances() -> None:
    assert deviance(2.0, 2.0) == 0.0
    assert deviance(2.0, 1.0) == pytest.approx(2 * math.log(2) - 1)
    assert deviance(1.0, 1.0 + 1e-9) == pytest.approx(5e-19)
    assert deviance(0.0, 3.0) == 3.0
    assert deviance(3.0, 0.0) == deviance(3.0, math.inf) == math.inf


@settings(max_examples=30)
@given(x=POSITIVE, mean=POSITIVE)
def test_deviances_are_what_they_say(x: float, mean: float) -> None:
    assert deviance(x, mean) == pytest.approx(x * math.log(x / mean) + mean - x, abs=1e-9)


@pytest.mark.parametrize("x", [0.01, 1.0, 15.9, 16.0, 100.0])
def test_stirling(x: float) -> None:
    by_hand = math.lgamma(x) - (x - 0.5) * math.log(x) + x - 0.5 * math.log(2 * math.pi)
    assert stirling_error(x) == pytest.approx(by_hand, rel=1e-9, abs=1e-12)


@settings(max_examples=30)
@given(a=POSITIVE, b=POSITIVE, x=st.floats(0.01, 0.99))
def test_densities_are_what_they_say(a: float, b: float, x: float) -> None:
    in_gamma = math.exp(a * math.log(b) - b - math.lgamma(a))
    assert gamma_density(a, b) == pytest.approx(in_gamma, rel=1e-8, abs=1e-300)
    exponent = a * math.log(x) + b * math.log1p(-x) - math.lgamma(a) - math.lgamma(b) + math.lgamma(a + b)
    assert beta_density(a, b, x, 1.0 - x) == pytest.approx(math.exp(exponent), rel=1e-8, abs=1e-300)


@settings(max_examples=30)
@given(n=st.integers(0, 60), p=st.floats(0.0, 1.0))
@example(n=1, p=1e-111)
@example(n=2, p=1e-10)
def test_chances_add_up(n: int, p: float) -> None:
    chances = [binomial_density(float(k), float(n), p, 1.0 - p) for k in range(n + 1)]
    assert sum(chances) == pytest.approx(1.0)
    assert chances[n] == pytest.approx(p**n, rel=1e-9, abs=1e-290)
    if n:
        assert chances[1] == pytest.approx(n * p * (1.0 - p) ** (n - 1), rel=1e-9, abs=1e-290)


def test_what_is_certain() -> None:
    assert [binomial_density(k, 2.0, 0.0, 1.0) for k in (0.0, 1.0, 2.0)] == [1.0, 0.0, 0.0]
    assert [binomial_density(k, 2.0, 1.0, 0.0) for k in (0.0, 1.0, 2.0)] == [0.0, 0.0, 1.0]
