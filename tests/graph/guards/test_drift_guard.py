"""What all guards against drift do, shown with one whose distance is that of the means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.guards.drift_guard import Comparison, Drift, DriftGuard
from salver.graph.guards.reference import Reference


class Means:
    def __init__(self, rows: np.ndarray) -> None:
        self.known = rows.mean(axis=0)
        self.windows: list[list[Any]] = []

    def compare(self, window: np.ndarray) -> Comparison:
        self.windows.append(sorted(window[:, 0].tolist()))
        away = np.abs(window.mean(axis=0) - self.known)
        return Comparison(bool(away.max() > 5), 0.25, float(away.max()), tuple(np.flatnonzero(away > 5).tolist()))


def guard(fit: Any = Means, **options: Any) -> DriftGuard:
    common: dict[str, Any] = {"columns": (), "reference": None, "learn_rows": 2, "window_rows": 4, "every_rows": 4}
    return DriftGuard("old", Drift(fit, **(common | options)))


def ask(*rows: Any) -> Request:
    request = Request({"data": Tensor.of(np.array(rows, np.float64).reshape(len(rows), -1))})
    request.trail = Trail()
    return request


def tags(made: DriftGuard, request: Request) -> dict[str, Any]:
    assert made.transform(request).tensors is request.tensors
    assert request.trail is not None
    json.dumps(request.trail.tags, allow_nan=False)
    return request.trail.tags


def test_it_learns_then_fills_its_window_then_tests() -> None:
    made = guard()
    assert tags(made, ask(0)) == {"old.learning": 1}
    assert tags(made, ask(2)) == {"old.learning": 0}
    assert tags(made, ask(1, 1, 1)) == {}
    request = ask(5)
    assert tags(made, request) == {"old.is_drift": False, "old.p_value": 0.25, "old.distance": 1, "old.drifted": []}
    assert request.trail is not None
    assert [(metric["key"], metric["value"]) for metric in request.trail.metrics] == [
        ("guard_is_drift", 0),
        ("guard_p_value", 0.25),
        ("guard_distance", 1),
    ]


def test_between_tests_it_says_what_the_last_one_found() -> None:
    made = guard()
    made.transform(ask(0, 2))
    assert tags(made, ask(9, 9, 9, 9))["old.drifted"] == ["0"]
    request = ask(1)
    assert tags(made, request) == {"old.is_drift": True}
    assert request.trail is not None
    assert request.trail.metrics == []


def test_it_tests_every_so_many_rows_the_last_ones() -> None:
    made: list[Means] = []

    def fit(rows: np.ndarray) -> Means:
        made.append(Means(rows))
        return made[-1]

    watching = guard(fit, every_rows=2)
    watching.transform(ask(0, 2))
    for value in range(1, 9):
        watching.transform(ask(value))
    watching.transform(ask(*range(100, 109)))
    assert made[0].windows == [[1, 2, 3, 4], [3, 4, 5, 6], [5, 6, 7, 8], [105, 106, 107, 108]]


def test_rows_without_a_whole_number_of_values_are_left_out() -> None:
    made = guard()
    assert tags(made, ask(0, np.nan, 2)) == {"old.ignored_rows": [1], "old.learning": 0}
    assert tags(made, ask(1, np.inf, 1, np.nan)) == {"old.ignored_rows": [1, 3]}
    assert tags(made, ask(1, 1))["old.distance"] == 0


def test_columns_are_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("age,income\n0,1\n2,3\n")
    made = guard(reference=Reference(str(tmp_path / "rows.csv")))
    request = Request({"income": Tensor.of([2.0] * 4), "age": Tensor.of([50.0] * 4)})
    request.trail = Trail()
    assert tags(made, request)["old.drifted"] == ["age"]


def test_a_reference_without_whole_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,\n,2\n")
    with pytest.raises(BadInput, match=r"^reference must have two whole rows, got 0"):
        guard(reference=Reference(str(tmp_path / "rows.csv")))


def test_categories_are_compared_with_missing_ones_among_them() -> None:
    seen: list[Any] = []

    class Seen:
        def __init__(self, rows: np.ndarray) -> None:
            seen.append(rows.ravel().tolist())

        def compare(self, window: np.ndarray) -> Comparison:
            seen.append(sorted(map(str, window.ravel().tolist())))
            return Comparison(False, 1.0, 0.0)

    made = guard(Seen, categorical=True)
    made.transform(Request({"x": Tensor("BYTES", np.array(["a", None], object))}))
    made.transform(Request({"x": Tensor("BYTES", np.array(["b", None, "c", b"d"], object))}))
    assert seen == [["a", None], ["None", "b", "c", "d"]]


def test_what_takes_long_says_so() -> None:
    def is_slow(rows: np.ndarray, **options: Any) -> list[bool]:
        made = guard(**options)
        found = [made.may_be_slow]
        made.transform(Request({"x": Tensor.of(rows)}))
        return [*found, made.may_be_slow]

    # Till it has learnt it does not know how wide rows are.
    assert is_slow(np.zeros((2, 1))) == [True, False]
    assert is_slow(np.zeros((200, 100)), window_rows=1000) == [True, True]
    assert is_slow(np.zeros((2, 1)), may_be_slow=True) == [True, True]


def test_a_request_of_another_width_does_no_harm_while_it_learns() -> None:
    made = guard()
    assert tags(made, ask([1, 2, 3])) == {"old.learning": 5}
    assert tags(made, ask(0)) == {"old.learning": 1}
    assert tags(made, ask(2)) == {"old.learning": 0}
    with pytest.raises(BadInput, match="wants 1 columns, got 3"):
        made.transform(ask([1, 2, 3]))
