import copy
import math
import statistics
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import VECTOR, fails, made, record

from salver.formats.pfa.avro.types import BOOLEAN, DOUBLE, FLOAT, INT, STRING, Array, Function, Map, Type
from salver.formats.pfa.errors import PFASemanticError

COUNT = record("Count", count=DOUBLE, more=STRING)
MEAN = record("Mean", count=DOUBLE, mean=DOUBLE)
BOTH = record("Both", count=DOUBLE, mean=DOUBLE, variance=DOUBLE)
WINDOW = record("Window", x=DOUBLE, w=DOUBLE, count=DOUBLE, mean=DOUBLE, variance=DOUBLE)
TABLE = Map(Map(DOUBLE))
COVARIANCE = record("Covariance", count=DOUBLE, mean=VECTOR, covariance=Array(VECTOR))
BY_KEYS = record("ByKeys", count=TABLE, mean=Map(DOUBLE), covariance=TABLE)
NUMBERS = st.lists(st.floats(-100.0, 100.0), min_size=1, max_size=12)


def test_counts_means_and_variances() -> None:
    assert made("stat.sample.update", DOUBLE, DOUBLE, COUNT)(9.0, 2.5, {"count": 1.0, "more": "kept"}) == {
        "count": 3.5,
        "more": "kept",
    }
    assert made("stat.sample.update", DOUBLE, DOUBLE, MEAN)(5.0, 1.0, {"count": 1.0, "mean": 3.0}) == {
        "count": 2.0,
        "mean": 4.0,
    }


@settings(max_examples=30)
@given(NUMBERS)
def test_running_moments_are_those_of_all(numbers: list[float]) -> None:
    update = made("stat.sample.update", DOUBLE, DOUBLE, BOTH)
    state = {"count": 0.0, "mean": 0.0, "variance": 0.0}
    for number in numbers:
        state = update(number, 1.0, state)
    assert state["count"] == len(numbers)
    assert state["mean"] == pytest.approx(statistics.fmean(numbers), abs=1e-9)
    assert state["variance"] == pytest.approx(statistics.pvariance(numbers), abs=1e-7)


def test_numbers_that_weigh_nothing() -> None:
    state = made("stat.sample.update", DOUBLE, DOUBLE, BOTH)(1.0, 0.0, {"count": 0.0, "mean": 0.0, "variance": 0.0})
    assert state["count"] == 0.0
    assert math.isnan(state["mean"])


@pytest.mark.parametrize(
    "state",
    [
        record("NoMean", count=DOUBLE, variance=DOUBLE),
        record("WrongMean", count=DOUBLE, mean=INT),
        record("WrongVariance", count=DOUBLE, mean=DOUBLE, variance=FLOAT),
    ],
)
def test_states_that_cannot_be_kept(state: Type) -> None:
    with pytest.raises(PFASemanticError):
        made("stat.sample.update", DOUBLE, DOUBLE, state)


@settings(max_examples=30)
@given(NUMBERS, st.integers(2, 5))
def test_windows_hold_the_last_numbers(numbers: list[float], size: int) -> None:
    update = made("stat.sample.updateWindow", DOUBLE, DOUBLE, Array(WINDOW), INT)
    states: list[dict[str, float]] = []
    for number in numbers:
        before = copy.deepcopy(states)
        after = update(number, 1.0, states, size)
        assert states == before
        states = after
    last = numbers[-size:]
    assert [state["x"] for state in states] == last
    assert states[-1]["count"] == pytest.approx(len(last))
    assert states[-1]["mean"] == pytest.approx(statistics.fmean(last), abs=1e-8)
    assert states[-1]["variance"] == pytest.approx(statistics.pvariance(last), abs=1e-6)


def test_windows_that_shrink() -> None:
    update = made("stat.sample.updateWindow", DOUBLE, DOUBLE, Array(WINDOW), INT)
    states: list[dict[str, float]] = []
    for number in (1.0, 2.0, 3.0, 4.0, 5.0):
        states = update(number, 2.0, states, 5)
    states = update(9.0, 1.0, states, 2)
    assert [state["x"] for state in states] == [5.0, 9.0]
    assert states[-1]["count"] == 3.0
    assert states[-1]["mean"] == pytest.approx(19.0 / 3.0)


def test_windows_without_moments() -> None:
    plain = record("Plain", x=DOUBLE, w=DOUBLE, count=DOUBLE)
    update = made("stat.sample.updateWindow", DOUBLE, DOUBLE, Array(plain), INT)
    states = update(2.0, 3.0, update(1.0, 1.0, [], 2), 2)
    assert states == [{"x": 1.0, "w": 1.0, "count": 1.0}, {"x": 2.0, "w": 3.0, "count": 4.0}]
    assert update(5.0, 1.0, states, 2)[-1] == {"x": 5.0, "w": 1.0, "count": 4.0}


def test_windows_that_cannot_be() -> None:
    other = record("Other", x=DOUBLE, w=DOUBLE, count=DOUBLE, more=STRING)
    update = made("stat.sample.updateWindow", DOUBLE, DOUBLE, Array(other), INT)
    fails(14020, lambda: update(1.0, 1.0, [], 1))
    fails(14021, lambda: update(1.0, 1.0, [], 2))
    kept = update(1.0, 1.0, [{"x": 1.0, "w": 1.0, "count": 1.0, "more": "kept"}], 2)
    assert kept[-1]["more"] == "kept"


def test_covariances() -> None:
    update = made("stat.sample.updateCovariance", VECTOR, DOUBLE, COVARIANCE)
    state: Any = {"count": 0.0, "mean": [0.0, 0.0], "covariance": [[0.0, 0.0], [0.0, 0.0]]}
    for x in ([1.0, 2.0], [3.0, 1.0], [5.0, 6.0]):
        state = update(x, 1.0, state)
    assert state["mean"] == pytest.approx([3.0, 3.0])
    assert state["covariance"][0] == pytest.approx([8.0 / 3.0, 8.0 / 3.0])
    assert state["covariance"][1] == pytest.approx([8.0 / 3.0, 14.0 / 3.0])


def test_covariances_by_keys_are_the_same() -> None:
    update = made("stat.sample.updateCovariance", Map(DOUBLE), DOUBLE, BY_KEYS)
    state: Any = {"count": {}, "mean": {}, "covariance": {}}
    for x in ({"a": 1.0, "b": 2.0}, {"a": 3.0, "b": 1.0}, {"a": 5.0, "b": 6.0}):
        state = update(x, 1.0, state)
    assert state["covariance"]["a"] == pytest.approx({"a": 8.0 / 3.0, "b": 8.0 / 3.0})
    partly = update({"a": 7.0, "c": 1.0}, 1.0, state)
    assert partly["count"] == {
        "a": {"a": 4.0, "b": 3.0, "c": 1.0},
        "b": {"a": 3.0, "b": 3.0, "c": 0.0},
        "c": {"a": 1.0, "b": 0.0, "c": 1.0},
    }
    assert partly["mean"] == pytest.approx({"a": 4.0, "b": 3.0, "c": 1.0})
    assert partly["covariance"]["b"] == {**state["covariance"]["b"], "c": 0.0}


def test_covariances_that_do_not_fit() -> None:
    update = made("stat.sample.updateCovariance", VECTOR, DOUBLE, COVARIANCE)
    good = {"count": 0.0, "mean": [0.0] * 2, "covariance": [[0.0] * 2] * 2}
    fails(14011, lambda: update([1.0], 1.0, good))
    for wrong in ({"mean": [0.0]}, {"covariance": [[0.0] * 2]}, {"covariance": [[0.0], [0.0] * 2]}):
        fails(14012, partial(update, [1.0, 2.0], 1.0, {**good, **wrong}))
    by_keys = made("stat.sample.updateCovariance", Map(DOUBLE), DOUBLE, BY_KEYS)
    fails(14011, lambda: by_keys({"a": 1.0}, 1.0, {"count": {}, "mean": {}, "covariance": {}}))


def test_words_are_counted() -> None:
    count = made("stat.sample.fillCounter", STRING, DOUBLE, record("Counter", values=Map(DOUBLE), more=BOOLEAN))
    before = {"values": {"a": 1.0}, "more": True}
    assert count("a", 0.5, before) == {"values": {"a": 1.5}, "more": True}
    assert count("b", 2.0, before) == {"values": {"a": 1.0, "b": 2.0}, "more": True}
    assert before["values"] == {"a": 1.0}


def test_the_best_so_far() -> None:
    best = made("stat.sample.topN", INT, Array(INT), INT, Function([INT, INT], BOOLEAN))
    less = lambda x, y: x < y  # noqa: E731
    top: list[int] = []
    for x in (3, 9, 1, 7, 9, 2):
        top = best(x, top, 3, less)
    assert top == [9, 9, 7]
    assert best(1, [9], 3, less) == [9, 1]
    assert best(1, [9], 0, less) == best(1, [9], -1, less) == []
