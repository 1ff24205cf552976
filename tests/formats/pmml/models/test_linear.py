"""Linear predictors: sums of products, against the same sums written out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from salver.core.errors import Unsupported
from salver.formats.onnx_options import OnnxOptions
from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Field, Frame
from salver.formats.pmml.models import linear
from salver.formats.pmml.models.linear import INTERCEPT, Coding, Power, Terms
from salver.formats.pmml.scope import Counter, Scope

PLACE = Element("RegressionTable", {}, 2, None)
X = Field("x", "double", "number", "continuous", 0, None)
Y = Field("y", "double", "number", "continuous", 1, None)
T = Field("t", "string", "text", "categorical", 2, None)
ROWS = [(2.0, -1.0, "u"), (0.5, 3.0, "v"), (-1.5, 0.0, "w"), (1.0, 1.0, None)]


def frame_of(rows):
    frame = Frame(len(rows), 3)
    columns = list(zip(*rows, strict=True))
    frame.put(X, np.array(columns[0], float))
    frame.put(Y, np.array(columns[1], float))
    frame.put(T, np.array(columns[2], object))
    return frame


def sums(terms, rows=ROWS):
    compiled = terms.compile(Scope(Counter(OnnxOptions())))
    with np.errstate(all="ignore"):
        return compiled(frame_of(rows))


def level(value, missing=0.0):
    return Coding(T, ((value, 1.0),), missing=missing)


def test_all_kinds_of_terms_in_two_sums():
    terms = Terms(2, PLACE)
    terms.add(INTERCEPT, 0, 0.5)
    terms.add((Power(X, 1.0),), 0, 2.0)
    terms.add((Power(X, 1.0),), 1, -1.0)
    terms.add((Power(Y, 2.0),), 1, 0.25)
    terms.add((level("u"),), 0, 10.0)
    terms.add((level("v"),), 0, 20.0)
    terms.add((level("v"),), 1, 3.0)
    terms.add((Power(X, 1.0), Power(Y, 1.0)), 0, 7.0)
    terms.add((Power(X, 3.0), level("w")), 1, 5.0)
    expected = [
        [
            0.5 + 2 * x + 10 * (t == "u") + 20 * (t == "v") + 7 * x * y,
            -x + 0.25 * y**2 + 3 * (t == "v") + 5 * x**3 * (t == "w"),
        ]
        for x, y, t in ROWS
    ]
    np.testing.assert_allclose(sums(terms), expected, rtol=1e-14)


def test_equal_terms_add_up():
    terms = Terms(1, PLACE)
    for weight in (1.0, 2.5):
        terms.add((Power(X, 1.0),), 0, weight)
        terms.add(INTERCEPT, 0, weight)
    np.testing.assert_allclose(sums(terms)[:, 0], [3.5 + 3.5 * x for x, _, _ in ROWS])


def test_an_intercept_alone():
    terms = Terms(2, PLACE)
    terms.add(INTERCEPT, 1, 4.0)
    assert sums(terms).tolist() == [[0, 4]] * len(ROWS)


@pytest.mark.parametrize(
    "term",
    [(Power(X, 1.0),), (Power(X, 2.0),), (Power(X, 0.0),), (Power(X, 1.0), Power(Y, 1.0)), (level("u", np.nan),)],
)
def test_what_is_missing_makes_every_sum_missing(term):
    terms = Terms(2, PLACE)
    terms.add(INTERCEPT, 0, 1.0)
    terms.add(INTERCEPT, 1, 1.0)
    terms.add(term, 0, 1.0)
    found = sums(terms, [(math.nan, 1.0, None), (1.0, 1.0, "u")])
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1]).all()


def test_a_category_may_be_missing():
    terms = Terms(1, PLACE)
    terms.add(INTERCEPT, 0, 1.0)
    terms.add((level("u"),), 0, 5.0)
    assert sums(terms)[:, 0].tolist() == [6, 1, 1, 1]


def test_anything_to_the_power_of_zero_is_one():
    terms = Terms(1, PLACE)
    terms.add((Power(X, 0.0),), 0, 3.0)
    assert sums(terms)[:, 0].tolist() == [3, 3, 3, 3]


def test_one_row_is_as_many():
    terms = Terms(2, PLACE)
    terms.add(INTERCEPT, 0, 0.5)
    terms.add((Power(X, 1.0),), 0, 2.0)
    terms.add((Power(Y, 1.0),), 1, 3.0)
    compiled = terms.compile(Scope(Counter(OnnxOptions())))
    assert compiled.is_quick
    assert compiled.one(frame_of(ROWS[:1])) == pytest.approx(compiled(frame_of(ROWS))[0].tolist(), rel=1e-15)
    terms.add((level("u"),), 0, 5.0)
    compiled = terms.compile(Scope(Counter(OnnxOptions())))
    assert compiled.one(frame_of(ROWS[:1])) == pytest.approx([9.5, -3.0], rel=1e-15)


def test_products_have_no_short_way():
    terms = Terms(1, PLACE)
    terms.add((Power(X, 1.0), Power(Y, 1.0)), 0, 1.0)
    assert not terms.compile(Scope(Counter(OnnxOptions()))).is_quick


def test_too_many_weights_are_refused(monkeypatch):
    monkeypatch.setattr(linear, "_MAX_WEIGHTS", 10)
    terms = Terms(4, PLACE)
    for exponent in (1.0, 2.0, 3.0):
        terms.add((Power(X, exponent),), 0, 1.0)
    with pytest.raises(Unsupported, match=r"more than 10 weights.*RegressionTable, line 2"):
        terms.add((Power(X, 4.0),), 0, 1.0)
