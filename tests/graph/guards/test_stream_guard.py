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
from salver.graph.guards.adwin import Adwin
from salver.graph.guards.cusum import Cusum
from salver.graph.guards.reference import Reference
from salver.graph.guards.stream_guard import StreamGuard


def ask(*values: float, **others: Any) -> Request:
    columns = {"x": list(values)} | others
    request = Request({name: Tensor.of(np.array(column, np.float64)) for name, column in columns.items()})
    request.trail = Trail()
    return request


def tags(made: StreamGuard, request: Request) -> dict[str, Any]:
    assert made.transform(request).tensors is request.tensors
    assert request.trail is not None
    json.dumps(request.trail.tags, allow_nan=False)
    return request.trail.tags


def test_it_learns_then_watches() -> None:
    made = Cusum(learn_rows=4, threshold=4.0)("line")
    assert tags(made, ask(9, 11, np.nan)) == {"line.ignored_rows": [2], "line.learning": 2}
    assert tags(made, ask(9, 11)) == {"line.learning": 0}
    deviation = float(np.std([9, 11, 9, 11], ddof=1))
    quiet = ask(10 + deviation)
    assert tags(made, quiet) == {"line.is_drift": False, "line.distance": pytest.approx(0.5)}
    loud = ask(10 + 5 * deviation)
    assert tags(made, loud) == {"line.is_drift": True, "line.distance": pytest.approx(5)}
    assert loud.trail is not None
    assert [(metric["key"], metric["type"]) for metric in loud.trail.metrics] == [
        ("guard_distance", "GAUGE"),
        ("guard_drifts", "COUNTER"),
    ]


def test_the_column_is_picked_by_name(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("x,y\n0,9\n0,11\n0,10\n")
    made = Cusum(column="y", reference=Reference(str(tmp_path / "rows.csv")))("line")
    assert tags(made, ask(1e9, y=[12.0]))["line.distance"] == pytest.approx(1.5)


def test_where_there_are_several_one_must_be_named() -> None:
    with pytest.raises(BadInput, match="guard 'line' watches one column and none is named; the request has 2"):
        Adwin()("line").transform(ask(1, y=[2.0]))


def test_one_that_needs_no_reference_watches_from_the_first_row() -> None:
    made = Adwin()("line")
    assert made.may_be_slow
    assert tags(made, ask(*[0.2] * 200)) == {"line.is_drift": False, "line.distance": 0.0}
    assert tags(made, ask(*[0.9] * 200))["line.is_drift"] is True


def test_values_beyond_all_bounds_do_no_harm() -> None:
    made = Cusum(learn_rows=2)("line")
    made.transform(ask(1, 2))
    assert tags(made, ask(1e308, np.inf))["line.is_drift"] is True
    assert tags(made, ask(1.5))["line.distance"] == 0


def test_a_reference_without_values_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("x\n1\n")
    with pytest.raises(BadInput, match=r"^reference must have two finite values, got 1"):
        Cusum(reference=Reference(str(tmp_path / "rows.csv")))("line")
