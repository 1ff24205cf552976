"""Seldon's five roles in one graph, each a class in the style of its examples."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from salver.core.lesson import Lesson
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.opening.graph import open_graph
from salver.opening.place import OpenOptions

CLASSES = Path(__file__).parents[2] / "data" / "seldon" / "classes"
DOCUMENT = f"""
nodes:
  outlier: {{component: {CLASSES}/Outlier.py, args: {{limit: 3.0}}, inline: INLINE}}
  bandit:
    component: {CLASSES}/EpsilonGreedy.py
    args: {{n_branches: 2, epsilon: 0.0}}
    inline: INLINE
    inputs: [outlier]
    children: [iris, pair]
  iris: {{component: {CLASSES}/Iris.py, inline: INLINE}}
  pair: {{component: {CLASSES}/Average.py, inline: INLINE, children: [warm, cool]}}
  warm: {{component: {CLASSES}/Iris.py, args: {{temperature: 2.0}}, inline: INLINE}}
  cool: {{component: {CLASSES}/Iris.py, args: {{temperature: 0.5}}, inline: INLINE}}
"""
ROW = [5.1, 3.5, 1.4, 0.2]


def chances(temperature: float) -> Any:
    """The class's own formula."""
    weights = np.array([[0.4, 0.4, -1.7], [1.2, -0.3, -1.1], [-2.1, 0.6, 2.4], [-1.0, -1.2, 2.3]])
    odds = np.exp((np.array([ROW]) @ weights + np.array([0.3, 0.8, -1.1])) / temperature)
    return odds / odds.sum()


def ask() -> Request:
    request = Request({"data": Tensor("FP64", np.array([ROW]))})
    request.id = "p1"
    return request


@pytest.mark.parametrize("inline", ["true", "false"])
def test_classes_stand_in_each_role_of_a_graph(tmp_path: Path, inline: str) -> None:
    (tmp_path / "graph.yaml").write_text(DOCUMENT.replace("INLINE", inline))
    graph = open_graph(tmp_path / "graph.yaml", OpenOptions(), "g")

    async def talk() -> tuple[Response, Response]:
        first = await graph(ask())
        assert first.trail is not None
        lesson = Lesson(1.0, "p1", request=ask().tensors, routing={"bandit": 1})
        await graph.learn(lesson)
        second = await graph(ask())
        await graph.aclose()
        return first, second

    first, second = asyncio.run(talk())
    assert first.tensors["data"].array == pytest.approx(chances(1.0))
    assert first.tensors["data"].names == ("setosa", "versicolor", "virginica")
    assert second.tensors["data"].array == pytest.approx((chances(2.0) + chances(0.5)) / 2)
    assert first.trail is not None
    assert second.trail is not None
    assert (first.trail.routing["bandit"], second.trail.routing["bandit"]) == (0, 1)
    assert second.trail.tags["outlier"] == [1]
    assert second.trail.tags["success"] == [0, 1]
    assert [metric["key"] for metric in first.trail.metrics] == [
        "outliers",
        "iris_calls",
        "iris_temperature",
        "iris_ms",
    ]
