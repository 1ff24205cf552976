"""Which way of running a graph is chosen, on a clock that only the runs move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from salver.formats import tensorflow_scheduling
from salver.formats.tensorflow_scheduling import Run, Trial


class Ways:
    """Two ways to run, which cost what they are told to."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.runs: list[str] = []
        self.made = 0

    def way(self, name: str, cost_s: Callable[[int], float]) -> Run:
        def run(arrays: list[Any]) -> list[Any]:
            self.runs.append(name)
            self.now_s += cost_s(sum(array.size for array in arrays))
            return [name]

        return run

    def trial(self, inline_s: Callable[[int], float], pooled_s: Callable[[int], float]) -> Trial:
        def make() -> Run:
            self.made += 1
            return self.way("pooled", pooled_s)

        return Trial(self.way("inline", inline_s), make)


@pytest.fixture
def ways(monkeypatch) -> Ways:
    ways = Ways()
    monkeypatch.setattr(tensorflow_scheduling, "perf_counter", lambda: ways.now_s)
    return ways


def until_chosen(trial: Trial, sizes: list[int]) -> list[Any] | None:
    """What the way that was chosen says, or None when none was."""
    for turn in range(100):
        if trial.chosen is not None:
            return trial.chosen([np.zeros(1)])
        trial([np.zeros(sizes[turn % len(sizes)])])
    return None


def test_what_is_quick_stays_inline_and_no_other_way_is_made(ways):
    assert until_chosen(ways.trial(lambda size: 1e-5, lambda size: 0.0), [1]) == ["inline"]
    assert ways.made == 0
    assert len(ways.runs) == 2


@pytest.mark.parametrize(("pooled_s", "winner"), [(0.005, "pooled"), (0.009, "inline"), (0.02, "inline")])
def test_of_what_takes_long_the_clearly_quicker_way_wins(ways, pooled_s, winner):
    assert until_chosen(ways.trial(lambda size: 0.01, lambda size: pooled_s), [1]) == [winner]
    assert ways.made == 1
    assert len(ways.runs) < 20


def test_sizes_are_compared_with_their_like(ways):
    """Inline gets the small inputs, the pool the large ones: the pool is quicker for both."""
    trial = ways.trial(lambda size: 0.01 * size, lambda size: 0.005 * size)
    assert until_chosen(trial, [1, 100, 100, 1]) == ["pooled"]


def test_a_slow_first_call_proves_nothing(ways):
    costs = iter([1.0])
    trial = ways.trial(lambda size: next(costs, 1e-5), lambda size: 0.0)
    assert until_chosen(trial, [1]) == ["inline"]
    assert ways.made == 0


def test_every_call_runs_once(ways):
    trial = ways.trial(lambda size: 0.01, lambda size: 0.01)
    for _ in range(10):
        trial([np.zeros(1)])
    assert len(ways.runs) == 10
