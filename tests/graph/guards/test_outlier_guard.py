"""What all guards against outliers do, shown with one whose score is the distance from the mean of what it learnt."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.guards.outlier_guard import OutlierGuard, Outliers
from salver.graph.guards.reference import Reference


class Distance:
    threshold = 10.0

    def __init__(self, rows: np.ndarray) -> None:
        assert np.isfinite(rows).all()
        self.mean = rows.mean(axis=0)

    def score(self, rows: np.ndarray) -> np.ndarray:
        assert np.isfinite(rows).all()
        return np.asarray(np.abs(rows - self.mean).sum(axis=1))


def guard(fit: Any = Distance, **options: Any) -> OutlierGuard:
    common: dict[str, Any] = {"columns": (), "learn_rows": 2, "refuse": False}
    return OutlierGuard("odd", Outliers(fit, **(common | options)))


def ask(*rows: Any) -> Request:
    request = Request({"data": Tensor.of(np.array(rows, np.float64).reshape(len(rows), -1))})
    request.trail = Trail()
    return request


def tags(made: OutlierGuard, request: Request) -> dict[str, Any]:
    made.transform(request)
    assert request.trail is not None
    json.dumps(request.trail.tags, allow_nan=False)
    return request.trail.tags


def test_it_learns_from_the_first_rows_and_says_so() -> None:
    made = guard()
    assert tags(made, ask(1)) == {"odd.learning": 1}
    assert tags(made, ask(3)) == {"odd.learning": 0}
    assert tags(made, ask(2, 20)) == {"odd.is_outlier": [0, 1], "odd.score": [0, 18]}


def test_it_hands_on_what_came() -> None:
    made = guard()
    for request in (ask(1, 3), ask(500)):
        assert made.transform(request).tensors is request.tensors


def test_it_counts() -> None:
    made = guard()
    made.transform(ask(1, 3))
    request = ask(2, 20, 30)
    made.transform(request)
    assert request.trail is not None
    assert request.trail.metrics == [
        {"key": "guard_score", "type": "GAUGE", "value": 28.0, "tags": {"node": "odd"}},
        {"key": "guard_outliers", "type": "COUNTER", "value": 2.0, "tags": {"node": "odd"}},
    ]


def test_rows_that_miss_a_value_are_not_judged() -> None:
    made = guard()
    assert tags(made, ask(1, np.nan)) == {"odd.learning": 1}
    made.transform(ask(3))
    assert tags(made, ask(np.nan, 20, 2)) == {
        "odd.is_outlier": [None, 1, 0],
        "odd.score": [None, 18, 0],
        "odd.ignored_rows": [0],
    }
    assert tags(made, ask(np.nan)) == {"odd.is_outlier": [None], "odd.score": [None], "odd.ignored_rows": [0]}


def test_an_infinity_is_as_far_as_can_be() -> None:
    made = guard()
    assert tags(made, ask(1, -np.inf)) == {"odd.learning": 1}
    made.transform(ask(3))
    assert tags(made, ask(2, np.inf)) == {"odd.is_outlier": [0, 1], "odd.score": [0, sys.float_info.max]}


def test_a_score_that_overflows_is_as_far_as_can_be() -> None:
    made = guard()
    made.transform(ask([1, 1], [3, 3], [1, 1], [3, 3]))
    assert tags(made, ask([1e308, 1e308])) == {"odd.is_outlier": [1], "odd.score": [sys.float_info.max]}


def test_a_row_too_large_to_be_scored_is_as_far_as_can_be() -> None:
    class Turned(Distance):
        def score(self, rows: np.ndarray) -> np.ndarray:
            return np.asarray((rows * 10.0).sum(axis=1))

    made = guard(Turned)
    made.transform(ask(*np.ones((4, 2))))
    assert tags(made, ask([1e308, -1e308], [0, 0], [np.nan, 0]))["odd.is_outlier"] == [1, 0, None]
    assert tags(made, ask([1e308, -1e308]))["odd.score"] == [sys.float_info.max]


def test_an_outlier_can_be_refused() -> None:
    made = guard(refuse=True)
    made.transform(ask(1, 3))
    with pytest.raises(
        BadInput, match="guard 'odd' refuses row 1 as an outlier: its score 18 is above the threshold 10"
    ):
        made.transform(ask(2, 20))
    made.transform(ask(np.nan, 2))


def test_no_rows_bring_no_findings() -> None:
    made = guard()
    made.transform(ask(1, 3))
    request = Request({"data": Tensor.of(np.empty((0, 1)))})
    request.trail = Trail()
    assert tags(made, request) == {"odd.is_outlier": [], "odd.score": []}
    assert request.trail.metrics == []


def test_without_a_trail_it_judges_all_the_same() -> None:
    made = guard(refuse=True)
    request = Request({"x": Tensor.of([[1.0], [3.0]])})
    made.transform(request)
    with pytest.raises(BadInput):
        made.transform(Request({"x": Tensor.of([[99.0]])}))


def test_a_reference_is_learnt_at_once(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,10\n3,10\n,10\n1,10\n3,10\n")
    made = guard(reference=Reference(str(tmp_path / "rows.csv")))
    request = Request({"b": Tensor.of([10.0]), "a": Tensor.of([2.0])})
    request.trail = Trail()
    assert tags(made, request) == {"odd.is_outlier": [0], "odd.score": [0]}


def test_a_reference_with_too_few_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n3,4\n5,6\n")
    with pytest.raises(BadInput, match=r"^reference must have two whole rows a column \(4\), got 3"):
        guard(reference=Reference(str(tmp_path / "rows.csv")))


def test_what_cannot_be_learnt_from_is_refused_and_forgotten() -> None:
    def fit(rows: np.ndarray) -> Distance:
        if rows.max() > 100:
            raise BadInput("too large")
        return Distance(rows)

    made = guard(fit)
    with pytest.raises(BadInput, match="too large"):
        made.transform(ask(1, 1000))
    assert tags(made, ask(1, 3)) == {"odd.learning": 0}
    assert tags(made, ask(2))["odd.score"] == [0]


def test_several_threads_learn_each_row_once() -> None:
    seen: list[np.ndarray] = []

    def fit(rows: np.ndarray) -> Distance:
        seen.append(rows)
        return Distance(rows)

    made = guard(fit, learn_rows=400)

    def send(first: int) -> None:
        for value in range(first, first + 100):
            made.transform(ask(value))

    threads = [threading.Thread(target=send, args=(100 * index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [sorted(rows.ravel().tolist()) for rows in seen] == [list(range(400))]
