"""ExponentialSmoothing: level, trend and season as they stood at the end of the series, carried on. Specification:
TimeSeriesModel, "ExponentialSmoothing".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array

_Curve: TypeAlias = Callable[[Array], Array]
"""Horizons [n] to [n]."""

TRENDS: Final = (
    "additive",
    "damped_additive",
    "multiplicative",
    "damped_multiplicative",
    "polynomial_exponential",
    "double_exponential",
)
_REFUSED: Final = ("polynomial_exponential", "double_exponential")
_INVERSES: Final[dict[str, _Curve]] = {
    "none": lambda values: values,
    "logarithmic": np.exp,
    "squareroot": np.square,
}
"""What undoes the transformation of the series."""


def compile_smoothing(element: Element, series: int) -> Callable[[Array], Array]:
    """Forecasts of an ExponentialSmoothing element: horizons [n] to [n, 1]. Raises BadInput."""
    if series != 1:
        element.refuse(f"there are {series} targets, exponential smoothing forecasts one")
    level: float = element.need("Level").number("smoothedValue")
    grown = _trend(element.first("Trend_ExpoSmooth", "Trend"), level)
    season = _season(element.first("Seasonality_ExpoSmooth"), grown)
    inverse = _INVERSES[element.choice("transformation", tuple(_INVERSES), "none")]
    return lambda horizons: inverse(season(horizons))[:, None]


def _trend(element: Element | None, level: float) -> _Curve:
    """Level and trend."""
    if element is None:
        return lambda horizons: np.full(len(horizons), level)
    kind = element.choice("trend", TRENDS, "additive")
    if kind in _REFUSED:
        # The specification does not say what the values in its Array are.
        element.unsupported(f"trend={kind} is not supported")
    slope: float = element.number("smoothedValue")
    steps = _damped(element.number("phi", 1.0)) if kind.startswith("damped") else np.asarray
    if kind.endswith("multiplicative"):
        return lambda horizons: level * slope ** steps(horizons)
    return lambda horizons: level + slope * steps(horizons)


def _damped(phi: float) -> _Curve:
    """phi + phi^2 + ... + phi^h."""
    if phi == 1:
        return np.asarray
    return lambda horizons: phi * (1.0 - phi**horizons) / (1.0 - phi)


def _season(element: Element | None, grown: _Curve) -> _Curve:
    """The same with its season. `phase` is the season, from 1, that the series ended in; the last one by default."""
    if element is None:
        return grown
    kind = element.choice("type", ("additive", "multiplicative"))
    array = element.need("Array")
    factors = np.array(array.numbers(), np.float64)
    period: int = element.integer("period")
    if period != len(factors) or period < 1:
        array.refuse(f"there are {len(factors)} seasons, but period={period}")
    phase: int = element.integer("phase", period)

    def seasons(horizons: Array) -> Array:
        return factors[(horizons.astype(np.int64) + (phase - 1)) % period]

    if kind == "additive":
        return lambda horizons: grown(horizons) + seasons(horizons)
    return lambda horizons: grown(horizons) * seasons(horizons)
