"""De-normalisation: the inverse of a NormContinuous."""

from __future__ import annotations

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.formats.pmml.element import Element
from salver.formats.pmml.models.neural_outputs import NeuralOutput, denormalize


def norm_continuous(*points):
    element = Element("NormContinuous", {"field": "y"}, 20, None)
    for orig, norm in points:
        element.children.append(Element("LinearNorm", {"orig": str(orig), "norm": str(norm)}, 21, element))
    return NeuralOutput("1", "y", element)


def test_one_piece_goes_on_beyond_its_ends():
    invert = denormalize(norm_continuous((0, -1), (50, 1)))
    assert invert(np.array([-1.0, 0.0, 1.0, 2.0, -2.0])).tolist() == [0, 25, 50, 75, -25]


@pytest.mark.parametrize("sign", [1, -1])
def test_several_pieces(sign):
    """0 .. 1291.68 .. 5327.26 as 0.1 .. 0.5 .. 0.9, upwards or downwards."""
    invert = denormalize(norm_continuous((0, sign * 0.1), (1291.68, sign * 0.5), (5327.26, sign * 0.9)))
    norms = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 0.0, 1.0])
    slopes = 1291.68 / 0.4, (5327.26 - 1291.68) / 0.4
    expected = [0, 0.2 * slopes[0], 1291.68, 1291.68 + 0.2 * slopes[1], 5327.26, -0.1 * slopes[0], 0]
    expected[-1] = 5327.26 + 0.1 * slopes[1]
    np.testing.assert_allclose(invert(norms * sign), expected, rtol=1e-12, atol=1e-9)


def test_missing_stays_missing():
    assert np.isnan(denormalize(norm_continuous((0, 0), (1, 2)))(np.array([np.nan]))).all()


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (norm_continuous((0, 0)), "NormContinuous needs two LinearNorm, there are 1"),
        (norm_continuous((0, 1), (1, 1)), "the same norm: it cannot be inverted"),
        (
            NeuralOutput("1", "y", Element("NormDiscrete", {"field": "y"}, 20, None)),
            "NormDiscrete is of classification",
        ),
    ],
)
def test_what_is_refused(output, told):
    with pytest.raises(BadInput, match=told) as caught:
        denormalize(output)
    assert "line 20" in caught.value.message
