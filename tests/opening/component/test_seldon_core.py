"""What users import from `seldon_core`. The names and shapes are those of Seldon's package, 1.17.1."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from salver.opening.component import words
from salver.opening.component.seldon_core import Storage, env_utils, metrics, seldon_methods, utils
from salver.opening.component.seldon_core.flask_utils import SeldonMicroserviceException
from salver.opening.component.seldon_core.proto import prediction_pb2
from salver.opening.component.seldon_core.user_model import (
    SeldonComponent,
    SeldonNotImplementedError,
    SeldonResponse,
)


@pytest.fixture
def no_seldon_core(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As before anything was loaded."""
    held = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "seldon_core"}
    for name in held:
        monkeypatch.delitem(sys.modules, name)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "seldon_core"]:
        del sys.modules[name]


@pytest.mark.usefixtures("no_seldon_core")
def test_every_module_can_be_imported_once_it_is_offered() -> None:
    words.offer()
    for name in ("seldon_core", *(f"seldon_core.{name}" for name in words._MODULES)):
        ours = importlib.import_module(name.replace("seldon_core", words._OURS, 1))
        assert importlib.import_module(name) is ours
    assert words.words_in_force().response is SeldonResponse


@pytest.mark.usefixtures("no_seldon_core")
def test_the_genuine_package_goes_before_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seldon_core").mkdir()
    (tmp_path / "seldon_core" / "__init__.py").write_text("genuine = True\n")
    (tmp_path / "seldon_core" / "user_model.py").write_text(
        "class SeldonResponse: pass\nclass SeldonNotImplementedError(Exception): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    words.offer()
    assert "seldon_core" not in sys.modules
    genuine: ModuleType = importlib.import_module("seldon_core.user_model")
    assert words.words_in_force().response is genuine.SeldonResponse


def test_a_component_is_born_with_nothing_but_load() -> None:
    component = SeldonComponent(any="argument")
    component.load()
    names = [name for name in vars(SeldonComponent) if not name.startswith("_") and name != "load"]
    assert len(names) == 20
    for name in names:
        with pytest.raises(SeldonNotImplementedError, match=f"{name} is not implemented"):
            getattr(component, name)()


def test_a_response_may_be_one_already() -> None:
    response = SeldonResponse([1], tags={"a": 1})
    assert SeldonResponse.create(response) is response
    made = SeldonResponse.create("x")
    assert (made.data, made.tags, made.metrics) == ("x", {}, [])


def test_a_refusal_says_status_and_reason() -> None:
    error = SeldonMicroserviceException("no", status_code=422, reason="WHY")
    assert (error.status_code, str(error)) == (422, "no")
    assert error.to_dict() == {"status": {"status": 1, "info": "no", "code": -1, "reason": "WHY"}}
    assert SeldonMicroserviceException("no").status_code == 400


@pytest.mark.parametrize("form", ["tensor", "ndarray", "tftensor"])
def test_an_array_goes_into_a_message_and_comes_back(form: str) -> None:
    array = np.arange(12.0).reshape(2, 3, 2)
    data = utils.array_to_grpc_datadef(form, array, ["a", "b", "c"])
    assert (list(data.names), data.WhichOneof("data_oneof")) == (["a", "b", "c"], form)
    found = utils.get_data_from_proto(prediction_pb2.SeldonMessage(data=data))
    assert found.tolist() == array.tolist()
    json_data = utils.array_to_rest_datadef(form, array, ["a"])
    assert set(json_data) == {"names", form}
    data, _, _, kind = utils.extract_request_parts_json({"data": {**json_data, "names": ["a"]}})
    assert (data.tolist(), kind) == (array.tolist(), "data")


def test_text_goes_into_an_ndarray() -> None:
    data = utils.array_to_grpc_datadef("ndarray", np.array([["a", "b"]]))
    assert utils.grpc_datadef_to_array(data).tolist() == [["a", "b"]]
    assert utils.grpc_datadef_to_array(prediction_pb2.DefaultData()).tolist() == []


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ({"strData": "a"}, "a"),
        ({"binData": "AP8="}, b"\x00\xff"),
        ({"jsonData": {"a": [1.5, None]}}, {"a": [1.5, None]}),
        ({"data": {"ndarray": [[1.5]]}}, np.array([[1.5]])),
    ],
)
def test_messages_are_json_and_protobuf(document: dict[str, Any], value: Any) -> None:
    proto = utils.json_to_seldon_message(document)
    assert utils.seldon_message_to_json(proto) == document
    assert utils.get_data_from_proto(proto) == value
    found, meta, _, kind = utils.extract_request_parts(proto)
    assert (found, meta, kind) == (value, {}, next(iter(document)))
    messages = utils.json_to_seldon_messages({"seldonMessages": [document]})
    assert utils.seldon_messages_to_json(messages) == {"seldonMessages": [document]}


def test_a_message_without_data_or_with_unknown_members_is_refused() -> None:
    for function, value in (
        (utils.json_to_seldon_message, {"nothing": 1}),
        (utils.get_data_from_proto, prediction_pb2.SeldonMessage()),
        (utils.extract_request_parts_json, {}),
        (utils.extract_request_parts_json, [1]),
        (utils.extract_request_parts_json, {"data": {"ndarray": 1}}),
    ):
        with pytest.raises(SeldonMicroserviceException):
            function(value)
    assert utils.json_to_seldon_message(None) == prediction_pb2.SeldonMessage()


def test_feedback_has_parts() -> None:
    document = {
        "request": {"data": {"names": ["a"], "ndarray": [[1.0]]}},
        "truth": {"data": {"ndarray": [[2.0]]}},
        "reward": 0.5,
    }
    feedback = utils.json_to_feedback(document)
    data, features, truth, reward = utils.extract_feedback_request_parts(feedback)
    assert (list(data.names), features.tolist(), truth.tolist(), reward) == (["a"], [[1.0]], [[2.0]], 0.5)
    assert utils.feedback_to_json(feedback) == document


class Named:
    def class_names(self) -> list[str]:
        return ["p", "q"]

    def tags(self) -> dict[str, Any]:
        return {"b": "class", "c": "class"}


def test_a_response_is_made_of_parts() -> None:
    request: Any = {
        "data": {"tensor": {"shape": [1, 1], "values": [1.0]}},
        "meta": {"puid": "p", "tags": {"a": "asked"}},
    }
    parts: Any = (np.array([[1, 2]]), request["meta"], [{"key": "k", "type": "GAUGE", "value": 1}], {"c": "answer"})
    wanted = {
        "data": {"names": ["p", "q"], "tensor": {"shape": [1, 2], "values": [1, 2]}},
        "meta": {
            "puid": "p",
            "tags": {"a": "asked", "b": "class", "c": "answer"},
            "metrics": [{"key": "k", "type": "GAUGE", "value": 1}],
        },
    }
    assert utils.construct_response_json(Named(), False, request, *parts) == wanted
    proto = utils.construct_response(Named(), False, utils.json_to_seldon_message(request), *parts)
    assert utils.seldon_message_to_json(proto) == wanted
    with pytest.raises(SeldonMicroserviceException):
        utils.construct_response_json(Named(), False, request, object())


def test_names_may_be_an_array() -> None:
    class Model:
        class_names = np.array(["p", "q"])

    response = utils.construct_response_json(Model(), False, {}, np.array([[1, 2]]))
    assert response["data"]["names"] == ["p", "q"]


def test_a_class_may_come_from_no_file() -> None:
    space: dict[str, Any] = {}
    exec("class Model:\n    def predict(self, X, names): return X + 1", space)
    answer = seldon_methods.predict(space["Model"](), {"data": {"ndarray": [1]}})
    assert answer["data"]["ndarray"] == [2]


def test_metrics_are_made_and_checked() -> None:
    made = [metrics.create_counter("c", 1), metrics.create_gauge("g", 2.5), metrics.create_timer("t", np.float64(3))]
    assert [metric["type"] for metric in made] == [metrics.COUNTER, metrics.GAUGE, metrics.TIMER]
    assert metrics.validate_metrics(made)
    assert not metrics.validate_metrics({"key": "c"})
    assert not metrics.validate_metrics([{"key": "c", "type": "SUM", "value": 1}])
    with pytest.raises(TypeError):
        metrics.create_counter("c", "1")  # type: ignore[arg-type]


def test_what_the_operator_would_tell_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PREDICTIVE_UNIT_ID", "PREDICTOR_LABELS", "FLAG"):
        monkeypatch.delenv(name, raising=False)
    assert env_utils.get_model_name("none") == "none"
    assert env_utils.get_predictor_version() == "NOT_IMPLEMENTED"
    monkeypatch.setenv("PREDICTIVE_UNIT_ID", "node")
    monkeypatch.setenv("PREDICTOR_LABELS", '{"version": "v2"}')
    assert (env_utils.get_model_name(), env_utils.get_predictor_version()) == ("node", "v2")
    assert utils.getenv("FLAG", "PREDICTIVE_UNIT_ID") == "node"
    assert not utils.getenv_as_bool("FLAG")
    monkeypatch.setenv("FLAG", "True")
    assert utils.getenv_as_bool("FLAG")


def test_storage_is_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_text("w")
    assert Storage.download(f"file://{tmp_path}/model") == f"{tmp_path}/model"
    out = Storage.download(f"{tmp_path}/model", str(tmp_path / "out"))
    assert (Path(out) / "weights").read_text() == "w"
    with pytest.raises(RuntimeError, match="there is no"):
        Storage.download(str(tmp_path / "other"))
    with pytest.raises(ValueError, match="cannot fetch gs://bucket/model"):
        Storage.download("gs://bucket/model")


def test_links_of_storage_are_made_once(tmp_path: Path) -> None:
    for name in ("model", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights").write_text(name)
    out = str(tmp_path / "out")
    for _ in range(2):
        assert Storage.download(f"{tmp_path}/model", out) == out
    with pytest.raises(FileExistsError):
        Storage.download(f"{tmp_path}/other", out)
    (tmp_path / "model" / "weights").unlink()
    Storage.download(f"{tmp_path}/other", out)
    assert (tmp_path / "out" / "weights").read_text() == "other"
