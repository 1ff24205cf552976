"""Aggregates and the normal distribution, by hand and against tables."""

from __future__ import annotations

import math

import pytest
from pmml_expressions import answers, apply, type_of, value, values

from salver.core.errors import BadInput

ROWS = {"a": [1.0, None, None], "b": [4.0, 2.5, None], "c": [2.0, 3.0, None]}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("min", [1.0, 2.5, None]),
        ("max", [4.0, 3.0, None]),
        ("sum", [7.0, 5.5, None]),
        ("product", [8.0, 7.5, None]),
        ("avg", [7 / 3, 2.75, None]),
        ("median", [2.0, 2.75, None]),
    ],
)
def test_what_is_missing_is_passed_over(name, wanted):
    assert values(apply(name, "a", "b", "c"), ROWS) == wanted


@pytest.mark.parametrize(
    ("numbers", "wanted"), [([5], 5.0), ([1, 2], 1.5), ([3, 1, 2], 2.0), ([4, 1, 3, 2], 2.5), ([9, 1, 5, 3, 7], 5.0)]
)
def test_median(numbers, wanted):
    assert value(apply("median", *numbers)) == wanted
    assert values(apply("median", *numbers, "x"), {"x": [None]}) == [wanted]


def test_types():
    columns = {"n:integer": [1], "x": [1], "d:date": ["2020-01-01"]}
    assert type_of(apply("sum", "n", 1), columns) == "integer"
    assert type_of(apply("sum", "n", "x"), columns) == "double"
    assert type_of(apply("avg", "n", 1), columns) == "double"
    assert type_of(apply("max", "n"), columns) == "integer"
    assert values(apply("max", "d", "e"), {"d:date": ["2020-01-02"], "e:date": ["2020-01-01"]}) == ["2020-01-02"]


def test_infinite_numbers():
    assert value(apply("avg", math.inf, 1)) == math.inf
    assert value(apply("min", -math.inf, 1)) == -math.inf


# The normal distribution. Values by R's pnorm, dnorm and qnorm.


@pytest.mark.parametrize(
    ("xml", "wanted"),
    [
        (apply("stdNormalCDF", 1.96), 0.9750021048517795),
        (apply("stdNormalCDF", -8), 6.220960574271785e-16),
        (apply("stdNormalPDF", 0), 0.3989422804014327),
        (apply("stdNormalIDF", 0.975), 1.959963984540054),
        (apply("stdNormalIDF", 1e-10), -6.361340902404056),
        (apply("stdNormalIDF", 0.0), -math.inf),
        (apply("stdNormalIDF", 1), math.inf),
        (apply("normalCDF", 3, 1, 2), 0.8413447460685429),
        (apply("normalPDF", 3, 1, 2), 0.12098536225957168),
        (apply("normalIDF", 0.3, 1, 2), -0.04880102541608),
        (apply("normalPDF", 1e300, 0, 1e-300), 0.0),
    ],
)
def test_normal_distribution(xml, wanted):
    assert value(xml) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    "xml", [apply("normalCDF", "x", 0, 0), apply("stdNormalIDF", "x"), apply("normalIDF", "x", 0, 1)]
)
def test_what_is_not_defined(xml):
    found, refused = answers(xml, {"x": [1.5, None]})
    assert found == [None, None]
    assert list(refused) == [0]


def test_the_parameters_are_all_given():
    with pytest.raises(BadInput, match="normalCDF takes 3 arguments, there are 1"):
        value(apply("normalCDF", 1))
