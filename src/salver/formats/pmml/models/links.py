"""Inverse link functions: from a linear predictor to a mean or a cumulative probability.

Specification: Regression, "normalization methods"; GeneralRegressionModel, "linkFunction" and "cumulativeLink". They
may warn of overflow: call them within `np.errstate`. NaN stays NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array

Inverse: TypeAlias = Callable[[Array], Array]

_SQRT_HALF: Final = math.sqrt(0.5)
_ONE: Final = np.array(1.0)


def identity(eta: Array) -> Array:
    return eta


def logit(eta: Array) -> Array:
    """1 / (1 + exp(-eta))."""
    # Each step in the memory of the one before: half of the time for many rows, and for one.
    mean: Array = np.negative(eta)
    np.exp(mean, mean)
    np.add(mean, _ONE, mean)
    return np.reciprocal(mean, mean)


def probit(eta: Array) -> Array:
    """The standard normal distribution function."""
    erfc = math.erfc
    values = [0.5 * erfc(value) for value in (eta * -_SQRT_HALF).ravel().tolist()]
    return np.array(values, np.float64).reshape(eta.shape)


def cloglog(eta: Array) -> Array:
    """1 - exp(-exp(eta))."""
    mean: Array = -np.expm1(-np.exp(eta))
    return mean


def loglog(eta: Array) -> Array:
    """exp(-exp(-eta))."""
    mean: Array = np.exp(-np.exp(-eta))
    return mean


def cauchit(eta: Array) -> Array:
    """1/2 + arctan(eta) / pi."""
    mean: Array = np.arctan(eta) / np.pi + 0.5
    return mean


def logc(eta: Array) -> Array:
    """1 - exp(eta)."""
    mean: Array = -np.expm1(eta)
    return mean


def exp(eta: Array) -> Array:
    mean: Array = np.exp(eta)
    return mean


DISTRIBUTIONS: Final[dict[str, Inverse]] = {
    "logit": logit,
    "probit": probit,
    "cloglog": cloglog,
    "loglog": loglog,
    "cauchit": cauchit,
}
"""Those that are distribution functions: from any number to a probability."""


def _identity_of(eta: float) -> float:
    return eta


def _logit_of(eta: float) -> float:
    try:
        return 1.0 / (1.0 + math.exp(-eta))
    except OverflowError:
        return 0.0


def _exp_of(eta: float) -> float:
    try:
        return math.exp(eta)
    except OverflowError:
        return math.inf


_OF_ONE: Final[dict[Inverse, Callable[[float], float]]] = {identity: _identity_of, logit: _logit_of, exp: _exp_of}


def of_one_number(inverse: Inverse) -> Callable[[float], float] | None:
    """The same function of one number, for the most usual."""
    return _OF_ONE.get(inverse)


LINKS: Final = (*DISTRIBUTIONS, "identity", "log", "logc", "negbin", "oddspower", "power")
"""Every linkFunction."""


def compile_link(element: Element) -> Inverse:
    """The inverse of a GeneralRegressionModel's linkFunction. Raises BadInput where it lacks its parameter."""
    name = element.choice("linkFunction", LINKS)
    match name:
        case "identity":
            return identity
        case "log":
            return exp
        case "logc":
            return logc
        case "negbin":
            return _negbin(_positive(element, "distParameter"))
        case "oddspower":
            return _oddspower(element.number("linkParameter"))
        case "power":
            return _power(element.number("linkParameter"))
        case _:
            return DISTRIBUTIONS[name]


def _positive(element: Element, attribute: str) -> float:
    value: float = element.number(attribute)
    if value <= 0:
        element.refuse(f"{attribute}={value}, wanted more than 0")
    return value


def _power(exponent: float) -> Inverse:
    if exponent == 0:
        return exp
    return lambda eta: eta ** (1.0 / exponent)


def _oddspower(exponent: float) -> Inverse:
    if exponent == 0:
        return logit
    return lambda eta: 1.0 / (1.0 + (1.0 + exponent * eta) ** (-1.0 / exponent))


def _negbin(dispersion: float) -> Inverse:
    return lambda eta: 1.0 / (dispersion * np.expm1(-eta))
