"""Kernel functions of support vector machines: how alike rows and support vectors are.

Specification: SupportVectorMachineModel, "Kernel Types".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array

KernelFunction: TypeAlias = Callable[[Array], Array]
"""Rows [n, fields] to [n, vectors]. It may warn of overflow: call it within `np.errstate`."""


def compile_kernel_function(model: Element, vectors: Array) -> KernelFunction:
    """The kernel of a SupportVectorMachineModel, against these vectors, [vectors, fields]. Raises BadInput."""
    element = model.need(*_KERNELS)
    return _KERNELS[element.tag](element, vectors)


def is_linear(model: Element) -> bool:
    return model.need(*_KERNELS).tag == "LinearKernelType"


def _linear(element: Element, vectors: Array) -> KernelFunction:
    columns = np.ascontiguousarray(vectors.T)
    return lambda rows: rows.dot(columns)


def _polynomial(element: Element, vectors: Array) -> KernelFunction:
    gamma, constant = _scale(element)
    degree = element.number("degree", 1.0)
    columns = np.ascontiguousarray(vectors.T) * gamma

    def compute(rows: Array) -> Array:
        products: Array = rows.dot(columns)
        products += constant
        return products if degree == 1 else products**degree

    return compute


def _sigmoid(element: Element, vectors: Array) -> KernelFunction:
    gamma, constant = _scale(element)
    columns = np.ascontiguousarray(vectors.T) * gamma

    def compute(rows: Array) -> Array:
        products: Array = rows.dot(columns)
        products += constant
        return np.tanh(products, out=products)

    return compute


def _radial(element: Element, vectors: Array) -> KernelFunction:
    """exp(-gamma |x - y|^2), the square by way of a product of matrices: |x|^2 + |y|^2 - 2 x.y.

    Rows and vectors are moved so that the vectors lie around 0, else what is large in all of them would leave few
    digits to the difference."""
    gamma = element.number("gamma", 1.0)
    center = vectors.mean(axis=0)
    moved = vectors - center
    columns = np.ascontiguousarray(moved.T) * (2.0 * gamma)
    squares = (moved * moved).sum(axis=1) * -gamma

    def compute(rows: Array) -> Array:
        rows = rows - center
        exponent: Array = rows.dot(columns)
        exponent += squares
        exponent -= np.einsum("ij,ij->i", rows, rows)[:, None] * gamma
        return np.exp(exponent, out=exponent)

    return compute


def _scale(element: Element) -> tuple[float, float]:
    return element.number("gamma", 1.0), element.number("coef0", 1.0)


_KERNELS: Final[dict[str, Callable[[Element, Array], KernelFunction]]] = {
    "LinearKernelType": _linear,
    "PolynomialKernelType": _polynomial,
    "RadialBasisKernelType": _radial,
    "SigmoidKernelType": _sigmoid,
}
