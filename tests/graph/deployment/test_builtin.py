"""The built-in units answer as those of Seldon's Java engine (SimpleModelUnit, SimpleRouterUnit)."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.graph.deployment.builtin import simple_model, simple_router
from salver.graph.deployment.kinds import hooks_of

ROW = Request({"data": Tensor("FP64", np.array([[1.0, 2.0], [3.0, 4.0]]), ("a", "b"))})


def test_the_simple_model_knows_three_classes() -> None:
    answer = asyncio.run(simple_model(ROW)).tensors
    assert list(answer) == ["data"]
    assert answer["data"].to_list() == [[0.1, 0.9, 0.5]]
    assert (answer["data"].dtype, answer["data"].names) == ("FP64", ("class0", "class1", "class2"))


@pytest.mark.parametrize("kind", ["strData", "binData"])
def test_the_simple_model_gives_texts_and_bytes_back(kind: str) -> None:
    asked = {kind: Tensor.of([b"hello"], "BYTES")}
    assert asyncio.run(simple_model(Request(asked))).tensors == asked


def test_the_simple_model_tells_three_metrics_anew_each_time() -> None:
    request = Request(ROW.tensors)
    request.trail = Trail()
    asyncio.run(simple_model(request))
    request.trail.metrics[0]["tags"] = {"mine": "yes"}
    other = Request(ROW.tensors)
    other.trail = Trail()
    asyncio.run(simple_model(other))
    assert other.trail.metrics == [
        {"key": "mymetric_counter", "type": "COUNTER", "value": 1},
        {"key": "mymetric_gauge", "type": "GAUGE", "value": 100},
        {"key": "mymetric_timer", "type": "TIMER", "value": 22.1},
    ]


def test_the_simple_router_takes_the_first_child() -> None:
    assert asyncio.run(simple_router(ROW)) == 0


@pytest.mark.parametrize(
    ("kind", "methods", "implementation", "hooks"),
    [
        ("MODEL", (), "UNKNOWN_IMPLEMENTATION", ("PREDICT", "SEND_FEEDBACK")),
        ("MODEL", ("TRANSFORM_INPUT", "TRANSFORM_OUTPUT"), "UNKNOWN_IMPLEMENTATION",
         ("PREDICT", "TRANSFORM_OUTPUT", "SEND_FEEDBACK")),
        ("ROUTER", (), "UNKNOWN_IMPLEMENTATION", ("ROUTE", "SEND_FEEDBACK")),
        ("COMBINER", ("ROUTE",), "UNKNOWN_IMPLEMENTATION", ("ROUTE", "AGGREGATE")),
        ("TRANSFORMER", (), "UNKNOWN_IMPLEMENTATION", ("TRANSFORM_INPUT",)),
        ("OUTPUT_TRANSFORMER", (), "UNKNOWN_IMPLEMENTATION", ("TRANSFORM_OUTPUT",)),
        ("UNKNOWN_TYPE", ("SEND_FEEDBACK",), "UNKNOWN_IMPLEMENTATION", ("SEND_FEEDBACK",)),
        ("ROUTER", (), "RANDOM_ABTEST", ("ROUTE",)),
        ("UNKNOWN_TYPE", (), "AVERAGE_COMBINER", ("AGGREGATE",)),
        ("MODEL", (), "TENSORFLOW_SERVER", ("PREDICT", "SEND_FEEDBACK")),
    ],
)  # fmt: skip
def test_hooks_are_those_of_the_go_executor(
    kind: str, methods: tuple[str, ...], implementation: str, hooks: tuple[str, ...]
) -> None:
    assert hooks_of(kind, methods, implementation) == hooks
