"""`tensorflow_model_server` with TensorFlow's own models: what its clients ask first, by REST, gRPC and socket."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from model_servers import ModelServer, free_ports, model_server
from serving import DEADLINE_S

from salver.protocols.messages import message

MODELS = Path(__file__).parents[2] / ".." / "shared" / "testdata" / "saved_models"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MODELS.is_dir(), reason="../shared/testdata/saved_models is not there"),
    pytest.mark.skipif(not importlib.util.find_spec("tensorflow"), reason="tensorflow is not installed"),
]
SERVICE = "/tensorflow.serving.PredictionService/"
START_S = 4 * DEADLINE_S
"""TensorFlow's import alone takes seconds where the machine is busy."""


def models(name: str) -> str:
    return str((MODELS / name).resolve())


def config(path: Path) -> str:
    """TensorFlow Serving's own example of a configuration, and the flag that names it."""
    text = (MODELS / "good_model_config.txt").read_text()
    text = text.replace("${TEST_HALF_PLUS_TWO_DIR}", models("saved_model_half_plus_two_cpu"))
    path.write_text(text.replace("${TEST_HALF_PLUS_THREE_DIR}", models("saved_model_half_plus_three")))
    return f"--model_config_file={path}"


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    state = tmp_path_factory.mktemp("halves")
    given = (
        config(state / "models.config"),
        f"--grpc_socket_path={state}/grpc.sock",
        f"--monitoring_config_file={models('monitoring_config.txt')}",
    )
    with model_server(*given, state=state) as server:
        yield server


def ask(where: str, method: str, request: Any, answer: str) -> Any:
    with grpc.insecure_channel(where) as channel:
        call = channel.unary_unary(
            SERVICE + method,
            lambda sent: sent.SerializeToString(),
            message(f"tensorflow.serving.{answer}").FromString,
        )
        return call(request, timeout=DEADLINE_S)


def predict(where: str, model: str) -> list[float]:
    request = message("tensorflow.serving.PredictRequest")()
    request.model_spec.name = model
    tensor = request.inputs["x"]
    tensor.dtype = 1
    tensor.float_val.append(2.0)
    tensor.tensor_shape.dim.add(size=1)
    outputs = ask(where, "Predict", request, "PredictResponse").outputs
    return list(outputs["y"].float_val)


def test_predictions_over_every_way(halves: ModelServer) -> None:
    for where in (halves.grpc, f"unix:{halves.log.parent}/grpc.sock"):
        assert predict(where, "half_plus_two") == [3.0]
        assert predict(where, "half_plus_three") == [4.0]
    asked = halves.ask("POST", "/v1/models/half_plus_two:predict", {"instances": [2.0, 3.0, 4.0]})
    assert asked.document == {"predictions": [3.0, 3.5, 4.0]}


def test_examples_over_grpc_and_rest(halves: ModelServer) -> None:
    request = message("tensorflow.serving.ClassificationRequest")()
    request.model_spec.name, request.model_spec.signature_name = "half_plus_two", "classify_x_to_y"
    request.input.example_list.examples.add().features.feature["x"].float_list.value.append(2.0)
    answer = ask(halves.grpc, "Classify", request, "ClassificationResponse")
    assert [each.score for each in answer.result.classifications[0].classes] == [3.0]
    body = {"signature_name": "regress_x_to_y", "examples": [{"x": 2.0}]}
    assert halves.ask("POST", "/v1/models/half_plus_two:regress", body).document == {"results": [3.0]}


def test_metrics_are_at_the_path_of_the_file(halves: ModelServer) -> None:
    assert b"# TYPE" in halves.get("/monitoring/prometheus/metrics").body


def test_tensorboard_can_take_a_profile(halves: ModelServer) -> None:
    """By TensorFlow's own client, in a process of its own: it brings its own gRPC."""
    trace = (
        "from tensorflow.python.profiler import profiler_client\n"
        f"profiler_client.trace('{halves.grpc}', '{halves.log.parent}', 300, '', 1)"
    )
    ran = subprocess.run([sys.executable, "-c", trace], capture_output=True, text=True, timeout=START_S)
    assert ran.returncode == 0, ran.stderr[-2000:]


def refused(name: str, state: Path, *given: str) -> str:
    """What a server prints that cannot serve this model."""
    flags = (f"--model_base_path={models(name)}", "--max_num_load_retries=0", *given)
    with model_server(*flags, state=state, wait_for="") as server:
        assert server.process.wait(START_S) == 255
        assert "Traceback" not in server.log.read_text()
        return server.out.read_text()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bad_half_plus_two", "Session Bundle is deprecated and removed."),
        ("session_bundle_half_plus_two", "Session Bundle is deprecated and removed."),
        ("generated/half_plus_two_truncated_saved_model", ""),
        ("generated/half_plus_two_missing_variables_data", ""),
        ("generated/half_plus_two_warmup_corrupt", "Please verify your warmup data is in TFRecord format"),
        ("generated/half_plus_two_warmup_1001_records", "Number of warmup records exceeds the maximum (1000)"),
        ("generated/half_plus_two_warmup_failing_request", ""),
    ],
)
def test_what_cannot_be_loaded_ends_the_start_with_the_reason(name: str, words: str, tmp_path: Path) -> None:
    told = refused(name, tmp_path)
    start = "Failed to start server. Error: UNKNOWN: 1 servable(s) did not become available: {{name: default version: "
    assert told.startswith(start)
    assert words in told


def test_tags_choose_the_graph(tmp_path: Path) -> None:
    told = refused("saved_model_half_plus_two_cpu", tmp_path, "--saved_model_tags=serve,gpu")
    assert "{ serve gpu }" in told


def test_warm_up_can_be_left_out(tmp_path: Path) -> None:
    given = (f"--model_base_path={models('generated/half_plus_two_warmup_corrupt')}", "--enable_model_warmup=false")
    with model_server(*given, state=tmp_path) as server:
        assert predict(server.grpc, "default") == [3.0]


def test_a_lite_model_is_served_where_it_is_preferred(tmp_path: Path) -> None:
    if importlib.util.find_spec("ai_edge_litert") is None:
        pytest.skip("ai-edge-litert is not installed")
    base = models("saved_model_half_plus_two_tflite")
    given = (f"--model_base_path={base}", "--prefer_tflite_model=true")
    with model_server(*given, state=tmp_path) as server:
        assert predict(server.grpc, "default") == [3.0]


def test_methods_are_checked_where_the_flag_asks(tmp_path: Path) -> None:
    """The TF2 model's classify signature says that it is for predicting."""
    request = message("tensorflow.serving.ClassificationRequest")()
    request.model_spec.name, request.model_spec.signature_name = "default", "classify_x_to_y"
    request.input.example_list.examples.add().features.feature["x"].float_list.value.append(2.0)
    base = f"--model_base_path={models('saved_model_half_plus_two_tf2_cpu')}"
    with model_server(base, "--enable_signature_method_name_check", state=tmp_path) as server:
        with pytest.raises(grpc.RpcError) as caught:
            ask(server.grpc, "Classify", request, "ClassificationResponse")
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert (
            "Expected classification signature method_name to be tensorflow/serving/classify" in caught.value.details()
        )
        body = {"signature_name": "classify_x_to_y", "examples": [{"x": 2.0}]}
        refused = server.ask("POST", "/v1/models/default:classify", body)
        assert refused.status == 400
        assert "Expected classification signature method_name" in refused.document["error"]


def test_one_server_answers_while_another_starts(tmp_path: Path, halves: ModelServer) -> None:
    """Both are given the same ports and the second ends, as it can have none."""
    (free,) = free_ports(1)
    flags = (f"--port={halves.grpc_port}", f"--rest_api_port={free}", config(tmp_path / "models.config"))
    with model_server(*flags, state=tmp_path / "s", wait_for="") as second:
        assert second.process.wait(START_S) == 255
        assert "is in use by another process" in second.out.read_text()
    assert predict(halves.grpc, "half_plus_two") == [3.0]
