"""Logarithms of densities, against the standard library and the formulas."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from salver.core.errors import BadInput, Unsupported
from salver.formats.pmml.element import Element
from salver.formats.pmml.models.densities import compile_density


def distribution(tag, **attributes):
    return Element(tag, {name: str(value) for name, value in attributes.items()}, 9, None)


def test_gaussian():
    density = compile_density(distribution("GaussianDistribution", mean=2, variance=2.25))
    expected = [math.log(statistics.NormalDist(2, 1.5).pdf(x)) for x in (-1.0, 2.0, 5.5)]
    assert density(np.array([-1.0, 2.0, 5.5])).tolist() == pytest.approx(expected, rel=1e-12)


def test_far_out_it_does_not_vanish():
    density = compile_density(distribution("GaussianDistribution", mean=0, variance=1))
    assert density(np.array([1000.0]))[0] == pytest.approx(-500_000.92, abs=0.01)


def test_poisson():
    density = compile_density(distribution("PoissonDistribution", mean=3.5))
    expected = [math.log(3.5**k * math.exp(-3.5) / math.factorial(k)) for k in (0, 1, 7)]
    assert density(np.array([0.0, 1.0, 7.0])).tolist() == pytest.approx(expected, rel=1e-12)
    assert density(np.array([-1.0]))[0] == -math.inf


def test_uniform():
    density = compile_density(distribution("UniformDistribution", lower=1, upper=5))
    assert density(np.array([0.9, 1.0, 3.0, 5.0, 5.1])).tolist() == [
        -math.inf,
        *[pytest.approx(math.log(0.25))] * 3,
        -math.inf,
    ]


@pytest.mark.parametrize(
    ("element", "told"),
    [
        (distribution("GaussianDistribution", mean=1, variance=0), "variance=0.0"),
        (distribution("GaussianDistribution", variance=1), "mean"),
        (distribution("PoissonDistribution", mean=0), "mean=0.0"),
        (distribution("UniformDistribution", lower=1, upper=1), "lower=1.0 is not less than upper=1.0"),
    ],
)
def test_what_is_refused(element, told):
    with pytest.raises(BadInput, match=told):
        compile_density(element)


def test_a_distribution_without_a_formula():
    with pytest.raises(Unsupported, match=r"AnyDistribution has no density \(/AnyDistribution, line 9\)"):
        compile_density(distribution("AnyDistribution", mean=1, variance=1))
