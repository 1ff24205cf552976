import math
from functools import partial
from typing import Any

import pytest
from pfa_calls import VECTOR, fails, made, record

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, INT, STRING, Array, Type
from salver.formats.pfa.errors import PFASemanticError, PFATimeoutError
from salver.formats.pfa.library.registry import Clock
from salver.formats.pfa.values.floats import INT_MAX

PLAIN = record("Plain", level=DOUBLE, trend=DOUBLE)
PERIODIC = record("Periodic", level=DOUBLE, trend=DOUBLE, cycle=VECTOR, multiplicative=BOOLEAN)
CLOCK = Clock()


def periodic(multiplicative: bool, *cycle: float) -> dict[str, Any]:
    return {"level": 10.0, "trend": 1.0, "cycle": list(cycle), "multiplicative": multiplicative}


def test_exponentially_weighted_means() -> None:
    mean = record("Mean", mean=DOUBLE, more=STRING)
    assert made("stat.sample.updateEWMA", DOUBLE, DOUBLE, mean)(4.0, 0.25, {"mean": 2.0, "more": "kept"}) == {
        "mean": 2.5,
        "more": "kept",
    }
    both = record("Both", mean=DOUBLE, variance=DOUBLE)
    update = made("stat.sample.updateEWMA", DOUBLE, DOUBLE, both)
    assert update(4.0, 0.25, {"mean": 2.0, "variance": 3.0}) == {"mean": 2.5, "variance": 3.0}
    fails(14030, lambda: update(4.0, 1.5, {"mean": 2.0, "variance": 3.0}))
    fails(14030, lambda: update(4.0, -0.5, {"mean": 2.0, "variance": 3.0}))
    with pytest.raises(PFASemanticError):
        made("stat.sample.updateEWMA", DOUBLE, DOUBLE, record("Wrong", mean=DOUBLE, variance=INT))


def test_levels_and_trends() -> None:
    update = made("stat.sample.updateHoltWinters", DOUBLE, DOUBLE, DOUBLE, PLAIN)
    assert update(15.0, 0.5, 0.5, {"level": 10.0, "trend": 1.0}) == {"level": 13.0, "trend": 2.0}
    fails(14040, lambda: update(1.0, 2.0, 2.0, {"level": 1.0, "trend": 1.0}))
    fails(14041, lambda: update(1.0, 1.0, 2.0, {"level": 1.0, "trend": 1.0}))


def test_seasons_turn() -> None:
    update = made("stat.sample.updateHoltWintersPeriodic", DOUBLE, DOUBLE, DOUBLE, DOUBLE, PERIODIC)
    added = update(15.0, 0.5, 0.5, 0.5, periodic(False, 0.0, 2.0, 4.0))
    assert added == {"level": 12.0, "trend": 1.5, "cycle": [2.5, 4.0, 0.0], "multiplicative": False}
    times = update(15.0, 0.5, 0.5, 0.5, periodic(True, 1.0, 2.0))
    assert times == {"level": 9.25, "trend": 0.125, "cycle": [7.5 / 9.25 + 1.0, 1.0], "multiplicative": True}
    assert update(15.0, 0.5, 0.5, 0.5, periodic(True, 0.0))["level"] == math.inf


def test_seasons_that_cannot_be() -> None:
    update = made("stat.sample.updateHoltWintersPeriodic", DOUBLE, DOUBLE, DOUBLE, DOUBLE, PERIODIC)
    for at, code in enumerate((14050, 14051, 14052)):
        shares = [2.0 if place >= at else 0.5 for place in range(3)]
        fails(code, partial(update, 1.0, *shares, periodic(False, 1.0)))
    fails(14053, lambda: update(1.0, 0.5, 0.5, 0.5, periodic(False)))


def test_forecasts() -> None:
    following, many = (
        made("stat.sample.forecast1HoltWinters", PLAIN),
        made("stat.sample.forecastHoltWinters", INT, PLAIN),
    )
    state = {"level": 10.0, "trend": 1.0}
    assert following(state) == 11.0
    assert many(CLOCK, 3, state) == [11.0, 12.0, 13.0]
    assert many(CLOCK, 0, state) == many(CLOCK, -5, state) == []


def test_forecasts_with_seasons() -> None:
    following = made("stat.sample.forecast1HoltWinters", PERIODIC)
    many = made("stat.sample.forecastHoltWinters", INT, PERIODIC)
    assert following(periodic(False, 5.0, 7.0)) == 18.0
    assert following(periodic(True, 5.0)) == 55.0
    assert many(CLOCK, 3, periodic(False, 5.0, 7.0)) == [18.0, 17.0, 20.0]
    assert many(CLOCK, 3, periodic(True, 5.0, 7.0)) == [77.0, 60.0, 91.0]
    fails(14060, lambda: following(periodic(True)))
    fails(14070, lambda: many(CLOCK, 0, periodic(True)))


@pytest.mark.parametrize(
    "state",
    [
        record("OnlyCycle", level=DOUBLE, trend=DOUBLE, cycle=VECTOR),
        record("OnlyKind", level=DOUBLE, trend=DOUBLE, multiplicative=BOOLEAN),
        record("WrongCycle", level=DOUBLE, trend=DOUBLE, cycle=Array(INT), multiplicative=BOOLEAN),
        record("WrongKind", level=DOUBLE, trend=DOUBLE, cycle=VECTOR, multiplicative=INT),
    ],
)
def test_states_that_cannot_be_foretold_from(state: Type) -> None:
    with pytest.raises(PFASemanticError):
        made("stat.sample.forecast1HoltWinters", state)
    with pytest.raises(PFASemanticError):
        made("stat.sample.forecastHoltWinters", INT, state)


def test_endless_forecasts_end_with_the_time() -> None:
    class Late(Clock):
        def check(self) -> None:
            raise PFATimeoutError("late")

    with pytest.raises(PFATimeoutError):
        made("stat.sample.forecastHoltWinters", INT, PLAIN)(Late(), INT_MAX, {"level": 10.0, "trend": 1.0})
