"""Baseline cumulative hazards of Cox regression. Specification: GeneralRegressionModel, "BaseCumHazardTables"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import Model
from salver.formats.pmml.models.columns import number_field
from salver.formats.pmml.models.lookup import Lookup
from salver.formats.pmml.predicates import constant

Hazard: TypeAlias = Callable[[Frame], Array]
"""[rows] The baseline's cumulative hazard at the end time, NaN where there is none."""


def compile_hazard(model: Model) -> Hazard:
    """The tables of a Cox regression. Raises BadInput."""
    element = model.element
    time = number_field(element.want("endTimeVariable"), element, model.scope)
    tables = element.need("BaseCumHazardTables")
    name = element.attributes.get("baselineStrataVariable")
    if name is None:
        return _of_one(_Steps(tables), time)
    return _of_strata(tables, model.scope.field(name, element), time)


class _Steps:
    """One table: the hazard of the latest time that has come, 0 before the first, missing after the last."""

    __slots__ = ("_hazards", "_last", "_times")

    def __init__(self, table: Element) -> None:
        cells = sorted((cell.number("time"), cell.number("cumHazard")) for cell in table.all("BaselineCell"))
        if not cells:
            table.refuse(f"{table.tag} needs a child BaselineCell")
        self._times = np.array([time for time, _ in cells])
        self._hazards = np.array([0.0, *(hazard for _, hazard in cells)])
        self._last: float = table.number("maxTime", cells[-1][0])

    def __call__(self, time: Array) -> Array:
        hazard = self._hazards[self._times.searchsorted(time, side="right")]
        # Not the other way round: a missing time is no less than the last.
        hazard[~(time <= self._last)] = np.nan
        return hazard


def _of_one(steps: _Steps, time: Field) -> Hazard:
    return lambda frame: steps(frame.column(time))


def _of_strata(tables: Element, field: Field, time: Field) -> Hazard:
    strata: dict[Any, _Steps] = {}
    for stratum in tables.all("BaselineStratum"):
        value = constant(stratum.want("value"), field, stratum)
        if value in strata:
            stratum.refuse(f"there are two strata {short(stratum.want('value'))}")
        strata[value] = _Steps(stratum)
    if not strata:
        tables.refuse("baselineStrataVariable is given, but there is no BaselineStratum")
    steps = list(strata.values())
    which = Lookup(field, list(strata), np.arange(-2, len(steps)))

    def hazard(frame: Frame) -> Array:
        stratum, column = which(frame), frame.column(time)
        hazard = np.full(frame.rows, np.nan)
        for place in np.unique(stratum[stratum >= 0]).tolist():
            rows = stratum == place
            hazard[rows] = steps[place](column[rows])
        return hazard

    return hazard
