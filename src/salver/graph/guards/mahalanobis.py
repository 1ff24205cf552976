"""Mahalanobis: the distance of a row from the mean of ordinary rows, in standard deviations of their own directions.

P. C. Mahalanobis, On the generalised distance in statistics, 1936. Of normal rows the squared distance follows a
chi-square distribution with as many degrees of freedom as there are columns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from salver.core.bounds import positive
from salver.core.errors import BadInput
from salver.graph.guards.bounds import between, check_learn_rows, within
from salver.graph.guards.distributions import chi_square_quantile
from salver.graph.guards.outlier_guard import OutlierGuard, Outliers
from salver.graph.guards.reference import Reference
from salver.graph.guards.rows import Matrix


@dataclass(frozen=True, slots=True)
class Mahalanobis:
    """Rows far from the mean, where far depends on how columns vary together."""

    columns: tuple[str, ...] = ()
    """The columns to look at, by name or number from 0; all by default."""
    reference: Reference | None = None
    """A file of ordinary rows."""
    learn_rows: int = 1000
    """Without a reference, so many rows of the first requests are taken for ordinary. The more, the closer the share
    of false alarms comes to what is asked for; ten for each column are few."""
    quantile: float = 0.999
    """The part of ordinary rows that should pass, were they normal."""
    threshold: float | None = None
    """A distance that ordinary rows do not exceed, instead of the quantile."""
    ridge: float = 1e-6
    """Added to the variance of each column, as a share of it, so that columns may depend on each other."""
    refuse: bool = False
    """Whether a request with an outlier is refused."""

    def __post_init__(self) -> None:
        check_learn_rows(self)
        between(self, 0, 1, "quantile")
        within(self, 1e-12, 1, "ridge")
        if self.threshold is not None:
            positive(self, "threshold")

    def __call__(self, name: str) -> OutlierGuard:
        outliers = Outliers(self._fit, self.columns, self.learn_rows, self.refuse, self.reference)
        return OutlierGuard(name, outliers)

    def _fit(self, rows: Matrix) -> Ellipsoid:
        threshold = self.threshold
        if threshold is None:
            threshold = math.sqrt(chi_square_quantile(self.quantile, rows.shape[1]))
        return Ellipsoid(rows, threshold, self.ridge)


class Ellipsoid:
    """Mean and covariance of ordinary rows. A column that does not vary makes any other value an outlier."""

    def __init__(self, rows: Matrix, threshold: float, ridge: float) -> None:
        self.threshold = threshold
        self._mean = rows.mean(axis=0)
        deviation = rows.std(axis=0, ddof=1)
        if not np.isfinite(deviation).all():
            raise BadInput("ordinary rows must not be so large that their variance overflows")
        size = np.abs(self._mean)
        scale = np.where(deviation > 1e-12 * size, deviation, 1e-9 * np.maximum(size, 1.0))
        unit = (rows - self._mean) / scale
        correlation = unit.T @ unit / (len(rows) - 1)
        # A column that does not vary has no correlation with any, and the unit variance of its scale.
        correlation[np.diag_indices_from(correlation)] = 1.0 + ridge
        self._whiten = _inverse_factor(correlation) / scale[:, None]

    def score(self, rows: Matrix) -> np.ndarray[Any, Any]:
        """Distances."""
        white = (rows - self._mean) @ self._whiten
        return np.asarray(np.sqrt(np.einsum("nk,nk->n", white, white)))


def _inverse_factor(matrix: Matrix) -> Matrix:
    """F with F Fᵀ = matrix⁻¹."""
    try:
        return np.asarray(np.linalg.inv(np.linalg.cholesky(matrix)).T)
    except np.linalg.LinAlgError:
        raise BadInput("ridge must be larger, for the columns depend on each other") from None
