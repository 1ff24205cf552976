"""Inverse link functions, against their links: the link of the mean is what went in."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.formats.pmml.element import Element
from salver.formats.pmml.models import links

ETA = np.array([-2.5, -0.4, 0.3, 1.9])

LINKS = {
    "logit": (links.logit, lambda mean: math.log(mean / (1 - mean))),
    "probit": (links.probit, statistics.NormalDist().inv_cdf),
    "cloglog": (links.cloglog, lambda mean: math.log(-math.log(1 - mean))),
    "loglog": (links.loglog, lambda mean: -math.log(-math.log(mean))),
    "cauchit": (links.cauchit, lambda mean: math.tan(math.pi * (mean - 0.5))),
    "logc": (links.logc, lambda mean: math.log(1 - mean)),
    "log": (links.exp, math.log),
}


def model(**attributes):
    return Element("GeneralRegressionModel", attributes, 3, None)


@pytest.mark.parametrize("name", LINKS)
def test_the_link_of_the_mean_is_the_predictor(name):
    inverse, link = LINKS[name]
    assert [link(mean) for mean in inverse(ETA).tolist()] == pytest.approx(ETA.tolist(), rel=1e-9)


@pytest.mark.parametrize(
    ("attributes", "link"),
    [
        ({"linkFunction": "power", "linkParameter": "3"}, lambda mean: mean**3),
        ({"linkFunction": "power", "linkParameter": "-1"}, lambda mean: 1 / mean),
        ({"linkFunction": "power", "linkParameter": "0"}, math.log),
        ({"linkFunction": "oddspower", "linkParameter": "0.5"}, lambda mean: ((mean / (1 - mean)) ** 0.5 - 1) / 0.5),
        ({"linkFunction": "oddspower", "linkParameter": "0"}, lambda mean: math.log(mean / (1 - mean))),
        ({"linkFunction": "identity"}, lambda mean: mean),
    ],
)
def test_links_with_a_parameter(attributes, link):
    eta = np.array([0.2, 0.7, 1.4])
    inverse = links.compile_link(model(**attributes))
    assert [link(mean) for mean in inverse(eta).tolist()] == pytest.approx(eta.tolist(), rel=1e-12)


def test_the_negative_binomial_link():
    inverse = links.compile_link(model(linkFunction="negbin", distParameter="1.5"))
    eta = np.array([-0.5, -2.0])
    assert [math.log(mean / (mean + 1 / 1.5)) for mean in inverse(eta).tolist()] == pytest.approx(eta.tolist())


@pytest.mark.parametrize("name", [*links.DISTRIBUTIONS, "exp", "logc", "identity"])
def test_missing_stays_missing_and_nothing_is_written_over(name):
    eta = np.array([np.nan, 0.5])
    mean = getattr(links, name)(eta)
    assert np.isnan(mean[0])
    assert np.isfinite(mean[1])
    assert eta[1] == 0.5


@pytest.mark.parametrize("inverse", [links.identity, links.logit, links.exp])
def test_one_number_is_as_many(inverse):
    eta = [-800.0, -3.0, 0.0, 2.5, 800.0]
    of_one = links.of_one_number(inverse)
    assert of_one is not None
    with np.errstate(over="ignore"):
        assert [of_one(value) for value in eta] == pytest.approx(inverse(np.array(eta)).tolist(), rel=1e-15)


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({}, "linkFunction"),
        ({"linkFunction": "sqrt"}, "linkFunction='sqrt' is not known here; wanted one of logit"),
        ({"linkFunction": "power"}, "linkParameter"),
        ({"linkFunction": "negbin", "distParameter": "0"}, "distParameter=0.0, wanted more than 0"),
    ],
)
def test_what_is_refused(attributes, told):
    with pytest.raises(BadInput, match=told) as caught:
        links.compile_link(model(**attributes))
    assert "/GeneralRegressionModel, line 3" in caught.value.message
