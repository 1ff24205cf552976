"""Against the definition, and Student's distribution that the score of a normal value follows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.guards.outlier_guard import OutlierGuard
from salver.graph.guards.sequence_zscore import Recent, SequenceZscore


def findings(guard: OutlierGuard, rows: np.ndarray) -> dict[str, Any]:
    request = Request({"x": Tensor.of(rows)})
    request.trail = Trail()
    guard.transform(request)
    return request.trail.tags


def test_the_score_is_that_of_the_worst_column() -> None:
    past = np.random.default_rng(0).normal([1, 50], [1, 9], size=(30, 2))
    row = np.array([[2.0, 80.0]])
    expected = np.abs((row - past.mean(axis=0)) / past.std(axis=0, ddof=1)).max()
    assert Recent(past, 30, 4.0).score(row)[0] == pytest.approx(expected)


def test_rows_join_the_window_after_they_are_judged() -> None:
    past = np.random.default_rng(1).normal(size=(10, 1))
    recent = Recent(past, 10, 4.0)
    recent.score(np.array([[0.1], [0.2]]))
    now = np.append(past[2:, 0], [0.1, 0.2])
    assert recent.score(np.array([[1.0]]))[0] == pytest.approx(abs(1 - now.mean()) / now.std(ddof=1))


def test_an_outlier_joins_only_as_far_as_the_threshold() -> None:
    past = np.random.default_rng(2).normal(size=(10, 1))
    recent = Recent(past, 10, 3.0)
    assert recent.score(np.array([[1e300]]))[0] > 1e299
    now = np.append(past[1:, 0], past.mean() + 3 * past.std(ddof=1))
    assert recent.score(np.array([[1.0]]))[0] == pytest.approx(abs(1 - now.mean()) / now.std(ddof=1))


def test_of_normal_rows_as_many_pass_as_student_says() -> None:
    rows = np.random.default_rng(3).normal(size=(4000, 1))
    recent = Recent(rows[:100], 100, 3.0)
    alarms = sum(recent.score(row[None])[0] > 3 for row in rows[100:])
    # Outliers are cut back before they join, which makes alarms more likely by a hair.
    chance = 2 * stats.t.sf(3 / np.sqrt(1 + 1 / 100), 99)
    low, high = stats.binom.interval(0.9999, 3900, chance)
    assert low <= alarms <= high * 1.1


def test_it_gets_used_to_a_new_level() -> None:
    random = np.random.default_rng(4)
    guard = SequenceZscore(window_rows=50)("odd")
    guard.transform(Request({"x": Tensor.of(random.normal(size=(50, 2)))}))
    jump = random.normal(20, 1, size=(400, 2))
    flags = [findings(guard, row[None])["odd.is_outlier"][0] for row in jump]
    assert flags[0] == 1
    assert sum(flags[200:]) <= 2


def test_what_has_never_varied_is_infinitely_far_when_it_does() -> None:
    guard = SequenceZscore(window_rows=10)("odd")
    guard.transform(Request({"x": Tensor.of(np.full((10, 1), 5.0))}))
    assert findings(guard, np.array([[5.0], [5.1]]))["odd.is_outlier"] == [0, 1]
    assert findings(guard, np.array([[5.1]]))["odd.is_outlier"] == [0]


@pytest.mark.parametrize("learnt", [[1e308] * 5 + [-1e308] * 5, [5.0] * 10])
def test_values_so_large_that_squares_overflow_do_not_spoil_the_window(learnt: list[float]) -> None:
    guard = SequenceZscore(window_rows=10)("odd")
    guard.transform(Request({"x": Tensor.of(learnt)}))
    findings(guard, np.array([[1e308], [1e308]]))
    for _ in range(20):
        findings(guard, np.array([[1.0], [2.0]]))
    assert findings(guard, np.array([[1.5], [1e3]]))["odd.is_outlier"] == [0, 1]


@pytest.mark.parametrize(("options", "field"), [({"window_rows": 9}, "window_rows"), ({"threshold": 0.0}, "threshold")])
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput, match=f"^{field} must"):
        SequenceZscore(**options)
