"""TimeSeriesModel: forecasts. Specification: TimeSeriesModel.

A row asks for one step into the future: its field `h`, or its only field that is not a target, is the horizon, 1 being
the first step after the series. Without such a field every row asks for the first step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import NO_CLASSES, Kernel, Model, Result
from salver.formats.pmml.models.exponential_smoothing import compile_smoothing
from salver.formats.pmml.models.state_space import compile_state_space
from salver.formats.pmml.models.target_fields import targets_of
from salver.formats.pmml.scope import Target
from salver.formats.pmml.treatment import read_schema

Forecast: TypeAlias = Callable[[Array], Array]
"""Horizons [n], whole and 1 or more, to forecasts [n, series]."""

MAX_HORIZON: Final = 1_000_000
_HORIZON: Final = "h"
_SUPPORTED: Final[dict[str, Callable[[Element, int], Forecast]]] = {
    "ExponentialSmoothing": compile_smoothing,
    "StateSpaceModel": compile_state_space,
}
"""By the name of the algorithm and of its element: what compiles it for so many series."""
_REFUSED: Final = ("ARIMA", "GARCH", "SeasonalTrendDecomposition", "SpectralAnalysis")


def compile_time_series(model: Model) -> Kernel:
    """The kernel of a TimeSeriesModel, by the algorithm that is its best fit."""
    element = model.element
    algorithm = element.choice("bestFit", (*_SUPPORTED, *_REFUSED))
    if algorithm in _REFUSED:
        element.unsupported(f"bestFit={algorithm} is not supported; there are {', '.join(_SUPPORTED)}")
    targets = targets_of(model) or (model.target,)
    forecast = _SUPPORTED[algorithm](element.need(algorithm), len(targets))
    return TimeSeries(_horizon(model), forecast, targets)


def _horizon(model: Model) -> Field | None:
    """The field that says which step is asked for. Raises BadInput where it cannot be told."""
    entries = [entry for entry in read_schema(model.element).values() if not entry.is_target]
    named = [entry for entry in entries if entry.name == _HORIZON] or entries
    if not named:
        return None
    if len(named) > 1:
        names = ", ".join(entry.name for entry in named)
        model.element.refuse(f"which of the fields {names} is the horizon? Name it '{_HORIZON}'")
    field = model.scope.field(named[0].name, named[0].element)
    if field.kind != "number":
        named[0].element.refuse(f"field '{field.name}' is {field.type}, a horizon is a number of steps")
    return field


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """Forecasts every target's series at the horizon that a row asks for."""

    horizon: Field | None
    forecast: Forecast
    targets: tuple[Target, ...]

    @property
    def classes(self) -> tuple[Any, ...]:
        return NO_CLASSES

    @property
    def entities(self) -> tuple[str, ...]:
        return ()

    @property
    def other_targets(self) -> Mapping[str, Target]:
        """The targets after the first."""
        return {target.name: target for target in self.targets[1:]}

    def __call__(self, frame: Frame) -> Result:
        horizons = np.ones(frame.rows) if self.horizon is None else frame.column(self.horizon)
        good = (horizons >= 1) & (horizons <= MAX_HORIZON) & (horizons == np.floor(horizons))
        if not good.all():
            self._refuse(frame, ~good & (horizons == horizons), horizons)
        with np.errstate(all="ignore"):
            forecasts = self.forecast(np.where(good, horizons, 1.0))
        forecasts = np.where(good[:, None], forecasts, np.nan)
        others = {target.name: forecasts[:, place] for place, target in enumerate(self.targets) if place}
        return Result(value=forecasts[:, 0], targets=others)

    def _refuse(self, frame: Frame, which: Array, horizons: Array) -> None:
        name = self.horizon.name if self.horizon is not None else _HORIZON
        frame.refuse(
            which,
            lambda row: (
                f"field '{name}': {horizons[row]:g} is no horizon, wanted a whole number from 1 to {MAX_HORIZON}"
            ),
        )
