"""model.reg.gaussianProcess: a Gaussian process is fitted to a table, and says what lies at one more place.

Kriging with a constant trend: C. E. Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning", 2.7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from salver.formats.pfa.avro.types import Array, Record
from salver.formats.pfa.errors import PFASemanticError
from salver.formats.pfa.library.recognised import is_pure
from salver.formats.pfa.library.registry import UNKNOWN, Call, Clock, Implementation, fail, typed

Matrix = npt.NDArray[np.float64]
Kernel = Callable[[list[float], list[float]], float]
Row = Mapping[str, Any]
_NUGGET: Final = 10.0 * float(np.finfo(np.float64).eps)
"""What is added to the diagonal where the table does not say how sure it is."""


@typed(
    "model.reg.gaussianProcess",
    "(x: double, table: array(record R {x: double, to: double}), krigingWeight: union(null, double), "
    "kernel: fcn(array(double), array(double)) -> double) -> double",
    "(x: double, table: array(record R {x: double, to: array(double)}), krigingWeight: union(null, double), "
    "kernel: fcn(array(double), array(double)) -> double) -> array(double)",
    "(x: array(double), table: array(record R {x: array(double), to: double}), krigingWeight: union(null, double), "
    "kernel: fcn(array(double), array(double)) -> double) -> double",
    "(x: array(double), table: array(record R {x: array(double), to: array(double)}), "
    "krigingWeight: union(null, double), kernel: fcn(array(double), array(double)) -> double) -> array(double)",
    errors={
        31080: "table must have at least 1 entry",
        31081: "x must have at least 1 feature",
        31082: "table must have the same number of features as x",
        31083: "table outputs must have at least 1 dimension",
        31084: "table outputs must all have the same number of dimensions",
        31085: "x is not finite",
        31086: "table value is not finite",
        31087: "krigingWeight is not finite",
        31088: "matrix of kernel results is not positive definite",
    },
    needs=("clock",),
)
def _gaussian_process(call: Call) -> Implementation:
    read = _Reading(call)
    fixed = call.constant(1) is not UNKNOWN and call.constant(2) is not UNKNOWN and is_pure(call.constant(3))
    known: dict[int, list[Fit]] = {}
    """The fits by the number of features, where table, weight and kernel never change."""

    def compute(clock: Clock, x: Any, table: Sequence[Row], weight: Any, kernel: Kernel) -> Any:
        place = x if read.has_features else [x]
        fits = known.get(len(place)) if fixed else None
        if fits is None:
            fits = read.fits(clock, place, table, weight, kernel)
            if fixed:
                known[len(place)] = fits
        elif not np.isfinite(place).all():
            fail(31085)
        answers = [fit.predict(place, kernel) for fit in fits]
        return answers if read.has_outputs else answers[0]

    return compute


class _Reading:
    """How a table of these types is read."""

    def __init__(self, call: Call) -> None:
        types = cast(Record, call.letters["R"]).types
        self.has_features = isinstance(types["x"], Array)
        self.has_outputs = isinstance(types["to"], Array)
        self.has_sigma = "sigma" in types
        if self.has_sigma and types["sigma"] != types["to"]:
            raise PFASemanticError(f"'sigma' is of the type of 'to', {types['to']!r}, not {types['sigma']!r}")

    def fits(self, clock: Clock, place: list[float], table: Sequence[Row], weight: Any, kernel: Kernel) -> list[Fit]:
        """One fit for each output. The checks come in the order of the specification's other engines."""
        if not table:
            fail(31080)
        xs = [row["x"] if self.has_features else [row["x"]] for row in table]
        if not place:
            fail(31081)
        if any(len(x) != len(place) for x in xs):
            fail(31082)
        to = self._outputs(table, "to")
        if not np.isfinite(place).all():
            fail(31085)
        if not (np.isfinite(to).all() and np.isfinite(xs).all()):
            fail(31086)
        beta = weight[1] if isinstance(weight, tuple) else weight
        if beta is not None and not np.isfinite(beta):
            fail(31087)
        with np.errstate(all="ignore"):
            nuggets = self._nuggets(table, to)
            try:
                return [_fit(clock, np.array(xs), *each, beta, kernel) for each in zip(to.T, nuggets, strict=True)]
            except np.linalg.LinAlgError:
                fail(31088)

    def _outputs(self, table: Sequence[Row], name: str) -> Matrix:
        """[rows, outputs]"""
        if not self.has_outputs:
            return np.array([[row[name]] for row in table], np.float64)
        width = len(table[0][name])
        if width < 1:
            fail(31083)
        if any(len(row[name]) != width for row in table):
            fail(31084)
        return np.array([row[name] for row in table], np.float64)

    def _nuggets(self, table: Sequence[Row], to: Matrix) -> Matrix:
        """[outputs, rows]"""
        if not self.has_sigma:
            return np.full(to.T.shape, _NUGGET)
        sigma = self._outputs(table, "sigma")
        if sigma.shape != to.shape:
            fail(31084)
        return np.where(to == 0.0, np.inf, (sigma / to) ** 2).T


@dataclass(frozen=True, slots=True)
class Fit:
    """One output of a table as a Gaussian process, all quantities normalised."""

    x_mean: Matrix
    x_deviation: Matrix
    x: list[list[float]]
    y_mean: float
    y_deviation: float
    beta: float
    gamma: list[float]

    def predict(self, place: list[float], kernel: Kernel) -> float:
        """What lies at a place."""
        with np.errstate(all="ignore"):
            at: list[float] = ((np.array(place) - self.x_mean) / self.x_deviation).tolist()
        total = self.beta
        for x, weight in zip(self.x, self.gamma, strict=True):
            total += kernel(at, x) * weight
        return self.y_mean + self.y_deviation * total


def _fit(clock: Clock, x: Matrix, y: Matrix, nugget: Matrix, beta: float | None, kernel: Kernel) -> Fit:
    """Raises LinAlgError where the matrix of correlations is not positive definite."""
    x_mean, x_deviation = x.mean(axis=0), x.std(axis=0)
    normal: list[list[float]] = ((x - x_mean) / x_deviation).tolist()
    root = np.linalg.cholesky(_correlations(clock, normal, nugget, kernel))
    trend = np.linalg.solve(root, np.ones((len(x), 1)))
    target = np.linalg.solve(root, (y - y.mean()) / y.std())
    if beta is None:
        orthogonal, triangle = np.linalg.qr(trend)
        beta = float(np.linalg.solve(triangle, orthogonal.T @ target)[0])
    gamma = np.linalg.solve(root.T, target - trend[:, 0] * beta)
    return Fit(x_mean, x_deviation, normal, float(y.mean()), float(y.std()), float(beta), gamma.tolist())


def _correlations(clock: Clock, x: list[list[float]], nugget: Matrix, kernel: Kernel) -> Matrix:
    matrix = np.diag(1.0 + nugget)
    for row in range(len(x)):
        clock.check()
        for column in range(row + 1, len(x)):
            matrix[row, column] = matrix[column, row] = kernel(x[row], x[column])
    return matrix
