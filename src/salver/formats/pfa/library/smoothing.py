"""stat.sample: exponentially weighted means, and the forecasts of Holt and Winters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, Array, Type
from salver.formats.pfa.errors import PFASemanticError
from salver.formats.pfa.library.core import divide
from salver.formats.pfa.library.registry import Call, Clock, Implementation, fail, function, typed
from salver.formats.pfa.library.samples import has_field

State = Mapping[str, Any]


@typed(
    "stat.sample.updateEWMA",
    "(x: double, alpha: double, state: record A {mean: double}) -> A",
    errors={14030: "alpha out of range"},
)
def _update_ewma(call: Call) -> Implementation:
    has_variance = has_field(call.letters["A"], "variance")

    def compute(x: float, alpha: float, state: State) -> State:
        _check_share(alpha, 14030)
        difference = x - state["mean"]
        step = alpha * difference
        moved = {**state, "mean": state["mean"] + step}
        if has_variance:
            moved["variance"] = (1.0 - alpha) * (state["variance"] + difference * step)
        return moved

    return compute


def _check_share(share: float, code: int) -> None:
    if share < 0.0 or share > 1.0:
        fail(code)


def _weighed(share: float, new: float, old: float) -> float:
    return share * new + (1.0 - share) * old


@function(
    "stat.sample.updateHoltWinters",
    "(x: double, alpha: double, beta: double, state: record A {level: double, trend: double}) -> A",
    errors={14040: "alpha out of range", 14041: "beta out of range"},
)
def update_holt_winters(x: float, alpha: float, beta: float, state: State) -> State:
    """Smooths the level and the trend."""
    _check_share(alpha, 14040)
    _check_share(beta, 14041)
    before, trend = state["level"], state["trend"]
    level = _weighed(alpha, x, before + trend)
    return {**state, "level": level, "trend": _weighed(beta, level - before, trend)}


@function(
    "stat.sample.updateHoltWintersPeriodic",
    "(x: double, alpha: double, beta: double, gamma: double, state: record A "
    "{level: double, trend: double, cycle: array(double), multiplicative: boolean}) -> A",
    errors={
        14050: "alpha out of range",
        14051: "beta out of range",
        14052: "gamma out of range",
        14053: "empty cycle",
    },
)
def update_periodic(x: float, alpha: float, beta: float, gamma: float, state: State) -> State:
    """Smooths the level, the trend and the cycle, which is turned by one place."""
    _check_share(alpha, 14050)
    _check_share(beta, 14051)
    _check_share(gamma, 14052)
    before, trend, cycle = state["level"], state["trend"], state["cycle"]
    if not cycle:
        fail(14053)
    turned = [*cycle[1:], cycle[0]]
    season = turned[0]
    if state["multiplicative"]:
        level = divide(alpha * x, season) + (1.0 - alpha) * (before + trend)
        turned[0] = divide(gamma * x, level) + (1.0 - gamma) * season
    else:
        level = _weighed(alpha, x - season, before + trend)
        turned[0] = _weighed(gamma, x - level, season)
    return {**state, "level": level, "trend": _weighed(beta, level - before, trend), "cycle": turned}


@typed(
    "stat.sample.forecast1HoltWinters",
    "(state: record A {level: double, trend: double}) -> double",
    errors={14060: "empty cycle"},
)
def _forecast_next(call: Call) -> Implementation:
    has_cycle = _has_cycle(call.letters["A"])

    def compute(state: State) -> float:
        return _foretold(state, 1, _cycle(state, 14060) if has_cycle else ())

    return compute


@typed(
    "stat.sample.forecastHoltWinters",
    "(n: int, state: record A {level: double, trend: double}) -> array(double)",
    errors={14070: "empty cycle"},
    needs=("clock",),
)
def _forecast(call: Call) -> Implementation:
    has_cycle = _has_cycle(call.letters["A"])

    def compute(clock: Clock, n: int, state: State) -> list[float]:
        cycle = _cycle(state, 14070) if has_cycle else ()
        found = []
        for step in range(1, n + 1):
            if step % 1000 == 0:
                clock.check()
            found.append(_foretold(state, step, cycle))
        return found

    return compute


def _has_cycle(record: Type) -> bool:
    has_cycle, has_kind = has_field(record, "cycle", Array(DOUBLE)), has_field(record, "multiplicative", BOOLEAN)
    if has_cycle is not has_kind:
        raise PFASemanticError(f"{record!r} must have both 'cycle' and 'multiplicative', or neither")
    return has_cycle


def _cycle(state: State, code: int) -> Sequence[float]:
    cycle: Sequence[float] = state["cycle"]
    return cycle or fail(code)


def _foretold(state: State, step: int, cycle: Sequence[float]) -> float:
    """What comes so many steps from now. Without a cycle there are no seasons."""
    trended: float = state["level"] + step * state["trend"]
    if not cycle:
        return trended
    season = cycle[step % len(cycle)]
    return trended * season if state["multiplicative"] else trended + season
