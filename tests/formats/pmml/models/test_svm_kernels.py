"""Kernel functions, by the specification's formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.formats.pmml.element import Element
from salver.formats.pmml.models.svm_kernels import compile_kernel_function, is_linear

VECTORS = np.array([[1.0, 2.0], [0.0, -1.5], [-0.5, 0.75]])
ROWS = np.array([[0.3, -0.7], [2.0, 1.0]])


def model(tag, **attributes):
    element = Element("SupportVectorMachineModel", {}, 3, None)
    element.children.append(Element(tag, {key: str(value) for key, value in attributes.items()}, 4, element))
    return element


def dot(x, y):
    return sum(a * b for a, b in zip(x, y, strict=True))


def distance(x, y):
    return sum((a - b) ** 2 for a, b in zip(x, y, strict=True))


@pytest.mark.parametrize(
    ("element", "formula"),
    [
        (model("LinearKernelType"), dot),
        (model("PolynomialKernelType"), lambda x, y: dot(x, y) + 1),
        (model("PolynomialKernelType", gamma=0.5, coef0=2, degree=3), lambda x, y: (0.5 * dot(x, y) + 2) ** 3),
        (model("RadialBasisKernelType"), lambda x, y: math.exp(-distance(x, y))),
        (model("RadialBasisKernelType", gamma=0.3), lambda x, y: math.exp(-0.3 * distance(x, y))),
        (model("SigmoidKernelType"), lambda x, y: math.tanh(dot(x, y) + 1)),
        (model("SigmoidKernelType", gamma=0.2, coef0=-1), lambda x, y: math.tanh(0.2 * dot(x, y) - 1)),
    ],
)
def test_the_formula(element, formula):
    expected = [[formula(row, vector) for vector in VECTORS.tolist()] for row in ROWS.tolist()]
    np.testing.assert_allclose(compile_kernel_function(element, VECTORS)(ROWS), expected, rtol=1e-12)


def test_distances_keep_their_digits_far_from_zero():
    """The squares are some 1e12, the distances between 0 and 4."""
    kernel = compile_kernel_function(model("RadialBasisKernelType", gamma=1), VECTORS + 1e6)
    expected = [[math.exp(-distance(row, vector)) for vector in VECTORS.tolist()] for row in ROWS.tolist()]
    np.testing.assert_allclose(kernel(ROWS + 1e6), expected, rtol=1e-8)


def test_only_one_is_linear():
    assert is_linear(model("LinearKernelType"))
    assert not is_linear(model("SigmoidKernelType"))


def test_there_must_be_a_kernel():
    with pytest.raises(BadInput, match="needs a child LinearKernelType or PolynomialKernelType"):
        compile_kernel_function(model("OtherKernelType"), VECTORS)
