"""Kernels of linear predictors: the short way for one row says what the long way says."""

from __future__ import annotations

import numpy as np
import pytest

from salver.formats.onnx_options import OnnxOptions
from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Field, Frame
from salver.formats.pmml.models import links
from salver.formats.pmml.models.linear import INTERCEPT, Power, Terms
from salver.formats.pmml.models.linear_kernels import Mean, Probabilities
from salver.formats.pmml.models.normalize import SIMPLEMAX, SOFTMAX, two_classes
from salver.formats.pmml.scope import Counter, Scope

X = Field("x", "double", "number", "continuous", 0, None)


def linear(outputs):
    terms = Terms(outputs, Element("Model", {}, 1, None))
    for output in range(outputs):
        terms.add(INTERCEPT, output, 0.5 - output)
        terms.add((Power(X, 1.0),), output, 1.5 * output - 1)
    return terms.compile(Scope(Counter(OnnxOptions())))


def frame_of(*values):
    frame = Frame(len(values), 1)
    frame.put(X, np.array(values, float))
    return frame


def both(result):
    assert result.winner is not None
    assert result.probability is not None
    return result.winner.tolist(), result.probability.tolist()


@pytest.mark.parametrize("inverse", [links.identity, links.logit, links.exp])
@pytest.mark.parametrize("x", [-1e4, -2.0, 0.3, 1e4, np.nan])
def test_a_number(inverse, x):
    kernel = Mean(linear(1), inverse)
    assert kernel.is_quick
    value = kernel(frame_of(x)).value
    assert value is not None
    one, shares = kernel.one(frame_of(x))
    assert one == pytest.approx(value[0], rel=1e-14, nan_ok=True)
    assert shares is None


@pytest.mark.parametrize("x", [-1e3, -2.0, 0.3, 1e3, np.nan])
@pytest.mark.parametrize(("normalization", "outputs"), [(SOFTMAX, 3), (two_classes(links.logit), 1)])
def test_probabilities(normalization, outputs, x):
    kernel = Probabilities(("u", "v", "w")[: max(outputs, 2)], linear(outputs), normalization)
    assert kernel.is_quick
    winner, probability = both(kernel(frame_of(x)))
    place, shares = kernel.one(frame_of(x))
    assert place == winner[0]
    assert shares == pytest.approx(probability[0], rel=1e-14, nan_ok=True)


def test_no_short_way():
    assert not Mean(linear(1), links.probit).is_quick
    assert not Probabilities(("u", "v"), linear(2), SIMPLEMAX).is_quick


def test_a_missing_row_has_no_winner():
    result = Probabilities(("u", "v"), linear(1), two_classes(links.logit))(frame_of(0.0, np.nan))
    winner, probability = both(result)
    assert winner == [0, -1]
    assert np.isnan(probability[1]).all()
