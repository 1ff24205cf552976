"""model.svm: on which side of a surface between support vectors a datum lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from salver.formats.pfa.library.core import power
from salver.formats.pfa.library.recognised import VectorKernel, kernel_of
from salver.formats.pfa.library.registry import UNKNOWN, Call, Implementation, fail, typed

Matrix = npt.NDArray[np.float64]
Kernel = Callable[[list[float], list[float]], float]
Model = Mapping[str, Any]


@typed(
    "model.svm.score",
    "(datum: array(double), model: record L {const: double, "
    "posClass: array(record M {supVec: array(double), coeff: double}), "
    "negClass: array(record N {supVec: array(double), coeff: double})}, "
    "kernel: fcn(array(double), array(double)) -> double) -> double",
    errors={12000: "no support vectors", 12001: "support vectors must have same length as datum"},
)
def _score(call: Call) -> Implementation:
    model, kernel = call.constant(1), kernel_of(call.constant(2))
    if model is UNKNOWN or kernel is None:
        return score
    vectors = [one["supVec"] for one in (*model["negClass"], *model["posClass"])]
    if len({len(vector) for vector in vectors}) != 1 or not vectors[0]:
        return score
    return _fixed(model, kernel)


def score(datum: list[float], model: Model, kernel: Kernel) -> float:
    """The sum over all support vectors of what the kernel says, weighed, and a constant."""
    negative, positive = model["negClass"], model["posClass"]
    if not negative and not positive:
        fail(12000)
    return _class_score(datum, negative, kernel) + _class_score(datum, positive, kernel) + float(model["const"])


def _class_score(datum: list[float], vectors: Sequence[Model], kernel: Kernel) -> float:
    total = 0.0
    for one in vectors:
        if len(one["supVec"]) != len(datum):
            fail(12001)
        total += kernel(one["supVec"], datum) * one["coeff"]
    return total


def _fixed(model: Model, kernel: VectorKernel) -> Implementation:
    """The support vectors as one matrix."""
    negative, positive = model["negClass"], model["posClass"]
    both = (*negative, *positive)
    columns = np.array([one["supVec"] for one in both], np.float64).T.copy()
    coeff, const = np.array([one["coeff"] for one in both], np.float64), float(model["const"])
    border, width = len(negative), len(columns)
    values = _values(kernel, columns)

    def compute(datum: list[float], _model: Any, _kernel: Any) -> float:
        if len(datum) != width:
            fail(12001)
        with np.errstate(all="ignore"):
            weighed = values(np.array(datum)[:, None]) * coeff
            return _total(weighed[:border]) + _total(weighed[border:]) + const

    return compute


def _total(numbers: Matrix) -> float:
    """The sum, added in order: NumPy's own `sum` pairs."""
    total: float = np.add.accumulate(numbers).item(-1) if len(numbers) else 0.0
    return total


def _values(kernel: VectorKernel, columns: Matrix) -> Callable[[Matrix], Matrix]:
    """What the kernel gives for each support vector. Dimensions are added in their order, as a loop would."""

    def products(x: Matrix) -> Matrix:
        total: Matrix = np.add.reduce(columns * x, axis=0)
        return total

    def squares(x: Matrix) -> Matrix:
        apart = columns - x
        apart *= apart
        total: Matrix = np.add.reduce(apart, axis=0)
        return total

    match kernel.name, kernel.numbers:
        case "m.kernel.rbf", (gamma,):
            return lambda x: np.exp(-gamma * squares(x))
        case "m.kernel.poly", (gamma, intercept, degree):
            return lambda x: _powers(gamma * products(x) + intercept, degree)
        case "m.kernel.sigmoid", (gamma, intercept):
            return lambda x: np.tanh(gamma * products(x) + intercept)
    return products


def _powers(base: Matrix, degree: float) -> Matrix:
    return np.array([power(one, degree) for one in base.tolist()])
