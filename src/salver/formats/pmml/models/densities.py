"""Densities of numbers, as logarithms. Specification: NaiveBayesModel, "TargetValueStat", and Statistics,
"Continuous distributions".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array

LogDensity: TypeAlias = Callable[[Array], Array]
"""-inf where a number is impossible, NaN where it is missing. It may warn: call it within `np.errstate`."""

_HALF_LOG_2PI: Final = 0.5 * math.log(2 * math.pi)
GAUSSIAN: Final = "GaussianDistribution"
DISTRIBUTIONS: Final = (GAUSSIAN, "PoissonDistribution", "UniformDistribution", "AnyDistribution")


def gaussian_parts(element: Element) -> tuple[float, float, float]:
    """A GaussianDistribution's mean, and the factor and constant that make the logarithm of its density:
    constant - factor * (x - mean)^2. Raises BadInput."""
    variance = element.number("variance")
    if variance <= 0:
        element.refuse(f"variance={variance}, wanted more than 0")
    return element.number("mean"), 0.5 / variance, -_HALF_LOG_2PI - 0.5 * math.log(variance)


def compile_density(element: Element) -> LogDensity:
    """A continuous distribution. Raises BadInput, and Unsupported for one without a formula."""
    if element.tag not in _DENSITIES:
        element.unsupported(f"{element.tag} has no density")
    return _DENSITIES[element.tag](element)


def _gaussian(element: Element) -> LogDensity:
    mean, factor, constant = gaussian_parts(element)
    return lambda column: constant - factor * (column - mean) ** 2


def _poisson(element: Element) -> LogDensity:
    mean = element.number("mean")
    if mean <= 0:
        element.refuse(f"mean={mean}, wanted more than 0")
    log_mean = math.log(mean)

    def log_density(column: Array) -> Array:
        factorials = [math.lgamma(value + 1) if value >= 0 else math.inf for value in column.tolist()]
        density: Array = column * log_mean - mean - np.array(factorials)
        return density

    return log_density


def _uniform(element: Element) -> LogDensity:
    lower, upper = element.number("lower"), element.number("upper")
    if not lower < upper:
        element.refuse(f"lower={lower} is not less than upper={upper}")
    inside = -math.log(upper - lower)

    def log_density(column: Array) -> Array:
        return np.where((column >= lower) & (column <= upper), inside, -np.inf)

    return log_density


_DENSITIES: Final[dict[str, Callable[[Element], LogDensity]]] = {
    GAUSSIAN: _gaussian,
    "PoissonDistribution": _poisson,
    "UniformDistribution": _uniform,
}
