import math

import pytest
from pfa_calls import fails, made, record

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, INT, STRING
from salver.formats.pfa.values.floats import INT_MAX

HISTORY = record("History", numEvents=INT, numRuns=INT, currentRun=INT, longestRun=INT, more=STRING)
MOMENTS = record("Moments", count=DOUBLE, mean=DOUBLE, variance=DOUBLE)


def history(events: int = 0, runs: int = 0, current: int = 0, longest: int = 0) -> dict[str, object]:
    return {"numEvents": events, "numRuns": runs, "currentRun": current, "longestRun": longest, "more": "kept"}


def test_runs_are_counted() -> None:
    update, state = made("stat.change.updateTrigger", BOOLEAN, HISTORY), history()
    for seen in (True, True, False, True, False, False):
        state = update(seen, state)
    assert state == history(3, 2, 0, 2)
    assert update(True, history(3, 2, 2, 2)) == history(4, 2, 3, 3)


@pytest.mark.parametrize("at", range(4))
def test_counters_out_of_range(at: int) -> None:
    update = made("stat.change.updateTrigger", BOOLEAN, HISTORY)
    below, above = ([number if place == at else 1 for place in range(4)] for number in (-1, INT_MAX))
    fails(37000, lambda: update(False, history(*below)))
    fails(37000, lambda: update(True, history(*above)))
    assert update(False, history(*above))["currentRun"] == 0


def test_z_values() -> None:
    value = made("stat.change.zValue", DOUBLE, MOMENTS)
    assert value(5.0, {"count": 4.0, "mean": 2.0, "variance": 4.0}) == 1.5
    assert value(5.0, {"count": 4.0, "mean": 2.0, "variance": 0.0}) == math.inf
    assert math.isnan(value(5.0, {"count": 4.0, "mean": 2.0, "variance": -1.0}))


def test_unbiased_z_values() -> None:
    value = made("stat.change.zValue", DOUBLE, MOMENTS, BOOLEAN)
    moments = {"count": 4.0, "mean": 2.0, "variance": 4.0}
    assert value(5.0, moments, False) == 1.5
    assert value(5.0, moments, True) == pytest.approx(1.5 * math.sqrt(4.0 / 3.0))
    assert value(5.0, {**moments, "count": 1.0}, True) == math.inf
    assert math.isnan(value(5.0, {**moments, "count": 0.5}, True))


def test_sums_that_start_anew() -> None:
    update = made("stat.change.updateCUSUM", DOUBLE, DOUBLE, DOUBLE)
    assert [update(x, 2.0, 0.5) for x in (1.0, -1.0, -1.5, -9.0, math.nan)] == [3.0, 1.0, 0.5, 0.5, 0.5]
