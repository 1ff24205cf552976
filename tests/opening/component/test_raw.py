"""Raw methods: Seldon's messages in and out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from salver.core.errors import Told, ToldBadInput, ToldInternal
from salver.core.lesson import Lesson
from salver.core.servable import Request
from salver.core.tensor import Tensor
from salver.core.trail import Trail
from salver.opening.component.answers import whole
from salver.opening.component.hooks import Hooks, read_hooks
from salver.opening.component.user import open_user

SOURCE = """
class Mine:
    def __init__(self, answer=None): self.answer = answer
    def predict_raw(self, message):
        self.message = message
        return self.answer if self.answer is not None else message
    def route_raw(self, message): return self.answer
    def send_feedback_raw(self, feedback):
        return {"jsonData": {"reward": feedback.reward, "routing": dict(feedback.response.meta.routing),
                             "puid": feedback.response.meta.puid, "truth": feedback.truth.strData}}
"""


def hooks(folder: Path, answer: Any = None, source: str = SOURCE) -> tuple[Hooks, Any]:
    (folder / "Mine.py").write_text(source)
    user = open_user(f"{folder}/Mine.py", {"answer": answer})
    user.close()
    return read_hooks(user, "mine"), user.target


def ask(tensor: Tensor, kind: str = "data") -> Request:
    request = Request({kind: tensor})
    request.id = "p1"
    request.trail = Trail()
    request.trail.tags["t"] = 1
    return request


@pytest.mark.parametrize("transport", ["rest", "grpc"])
@pytest.mark.parametrize(
    ("kind", "tensor"),
    [
        ("data", Tensor("FP64", np.array([[1.5, 2.0]]), ("a", "b"))),
        ("data", Tensor("BYTES", np.array([["x", "y"]], dtype=object), ("a", "b"))),
        ("strData", whole("BYTES", "text")),
        ("binData", whole("BYTES", b"\x00\xff")),
        ("jsonData", whole("JSON", {"a": [1.0, None, "b"]})),
        ("jsonData", whole("JSON", "text")),
    ],
)
def test_a_message_that_is_handed_back_is_what_came(tmp_path: Path, transport: str, kind: str, tensor: Tensor) -> None:
    found, _ = hooks(tmp_path)
    outcome = found.predict.run(ask(tensor, kind), transport)
    ((name, back),) = outcome.tensors.items()
    assert (name, back.to_list(), back.names) == (kind, tensor.to_list(), tensor.names)
    assert outcome.remarks.tags == {"t": 1}


def test_a_raw_method_is_given_plain_json_values(tmp_path: Path) -> None:
    found, target = hooks(tmp_path)
    found.predict.run(ask(Tensor("INT64", np.array([[1, 2]]), ("a", "b"))), "rest")
    assert target.message == {
        "meta": {"puid": "p1", "tags": {"t": 1}},
        "data": {"names": ["a", "b"], "ndarray": [[1, 2]]},
    }


@pytest.mark.parametrize("code", [400, 404, 503])
def test_a_failures_status_is_told(tmp_path: Path, code: int) -> None:
    found, _ = hooks(tmp_path, {"status": {"code": code, "info": "not so", "reason": "WHY", "status": "FAILURE"}})
    with pytest.raises(Told) as raised:
        found.predict.run(ask(whole("BYTES", "x"), "strData"), "rest")
    fault = raised.value
    assert (fault.status, fault.code, fault.reason, fault.message) == (code, code, "WHY", "not so")


def test_a_status_of_success_is_no_failure(tmp_path: Path) -> None:
    found, _ = hooks(tmp_path, {"status": {"code": 200, "status": "SUCCESS"}, "strData": "x"})
    assert found.predict.run(ask(whole("BYTES", "x"), "strData"), "rest").tensors["strData"].to_list() == "x"


@pytest.mark.parametrize("answer", [3, [1], {"data": 1}, {"strData": 1}, {"meta": {"tags": 1}}])
def test_what_is_no_message_is_refused(tmp_path: Path, answer: Any) -> None:
    found, _ = hooks(tmp_path, answer)
    with pytest.raises(ToldBadInput) as raised:
        found.predict.run(ask(whole("BYTES", "x"), "strData"), "rest")
    assert raised.value.reason == "MICROSERVICE_BAD_DATA"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), pytest.param(10**400, id="no float")])
def test_a_raw_metric_that_is_no_finite_number_is_refused(tmp_path: Path, value: float) -> None:
    metrics = [{"key": "k", "type": "COUNTER", "value": value}]
    found, _ = hooks(tmp_path, {"strData": "x", "meta": {"metrics": metrics}})
    with pytest.raises(ToldInternal, match="value must be a finite number") as raised:
        found.predict.run(ask(whole("BYTES", "x"), "strData"), "rest")
    assert raised.value.reason == "MICROSERVICE_BAD_METRIC"


@pytest.mark.parametrize(
    ("answer", "branch"),
    [
        ({"data": {"ndarray": [[1]]}}, 1),
        ({"data": {"ndarray": [2]}}, 2),
        ({"data": {"tensor": {"shape": [1, 1], "values": [-1.0]}}}, -1),
        ({"data": {"ndarray": [[1, 7]]}}, 1),
    ],
)
def test_a_raw_route_is_the_first_value(tmp_path: Path, answer: Any, branch: int) -> None:
    found, _ = hooks(tmp_path, answer)
    assert found.route.run(ask(whole("BYTES", "x"), "strData"), "rest").branch == branch


@pytest.mark.parametrize("answer", [{"strData": "x"}, {"data": {"ndarray": [0.5]}}, {"data": {"ndarray": []}}, {}])
def test_a_raw_route_without_a_whole_number_is_refused(tmp_path: Path, answer: Any) -> None:
    found, _ = hooks(tmp_path, answer)
    with pytest.raises(ToldBadInput, match="a route must be an int"):
        found.route.run(ask(whole("BYTES", "x"), "strData"), "rest")


def test_over_grpc_a_message_may_hold_what_json_cannot(tmp_path: Path) -> None:
    source = """
class Mine:
    def __init__(self, answer): pass
    def predict_raw(self, message):
        number = message.data.tensor.values[1]
        message.data.ndarray.append(number)
        return message
"""
    found, _ = hooks(tmp_path, source=source)
    sent = Tensor("FP64", np.array([[1.0, math.nan]]))
    outcome = found.predict.run(ask(sent, "data"), "grpc")
    assert math.isnan(outcome.tensors["data"].array.item())


def test_raw_feedback_is_protobuf(tmp_path: Path) -> None:
    found, _ = hooks(tmp_path)
    lesson = Lesson(0.5, "p1", truth={"strData": whole("BYTES", "right")}, routing={"mine": 1})
    told = found.learn.run(lesson, "").tensors["jsonData"].to_list()
    assert told == {"reward": 0.5, "routing": {"mine": 1}, "puid": "p1", "truth": "right"}


def test_the_old_names_of_raw_methods_go_first(tmp_path: Path) -> None:
    source = """
class Mine:
    def __init__(self, answer): pass
    def predict_raw(self, message): return {"strData": "raw"}
    def predict_rest(self, message): return {"strData": "rest"}
    def predict_grpc(self, message): return {"strData": "grpc"}
    def send_feedback_rest(self, text): return {"strData": type(text).__name__}
"""
    found, _ = hooks(tmp_path, source=source)
    request = ask(whole("BYTES", "x"), "strData")
    for transport in ("rest", "grpc"):
        assert found.predict.run(request, transport).tensors["strData"].to_list() == transport
    assert found.learn.run(Lesson(1.0), "").tensors["strData"].to_list() == "str"


def test_a_raw_method_that_is_not_implemented_gives_way(tmp_path: Path) -> None:
    source = """
from seldon_core.user_model import SeldonComponent, SeldonNotImplementedError
class Mine(SeldonComponent):
    def __init__(self, answer): pass
    def predict_raw(self, message): raise SeldonNotImplementedError("not here")
    def predict(self, X, names): return "plain"
    def transform_input(self, X, names): return super().transform_input(X, names)
"""
    found, _ = hooks(tmp_path, source=source)
    request = ask(Tensor("INT64", np.array([1])))
    assert found.predict.run(request, "rest").tensors["strData"].to_list() == "plain"
    assert found.transform_input.run(request, "rest").tensors is request.tensors
