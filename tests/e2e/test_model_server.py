"""`tensorflow_model_server` as its users start it: ports, lines, statuses, files that change under it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from model_servers import COMMAND, ModelServer, free_ports, model_server
from serving import DEADLINE_S, until

from salver.protocols.messages import message

pytestmark = pytest.mark.slow

WINE = Path(__file__).parents[2] / "examples" / "wine" / "models" / "wine"
ROW = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]
PREDICT = "/tensorflow.serving.PredictionService/Predict"
STATUS = "/tensorflow.serving.ModelService/GetModelStatus"
RELOAD = "/tensorflow.serving.ModelService/HandleReloadConfigRequest"
LINE = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}: I \w+\.py:\d+\] "


def flags(base: Path = WINE, name: str = "wine") -> tuple[str, ...]:
    return f"--model_name={name}", f"--model_base_path={base}", "--max_num_load_retries=0"


def predict(server: ModelServer, model: str = "wine") -> int:
    return server.ask("POST", f"/v1/models/{model}:predict", {"instances": [ROW]}).status


def configuration(path: Path, *names: str) -> str:
    """Writes a configuration as an editor does, whole at once, and returns the flag that names it."""
    models = "\n".join(
        f'config {{ name: "{name}" base_path: "{WINE}" model_platform: "tensorflow" }}' for name in names
    )
    path.with_suffix(".new").write_text(f"model_config_list {{ {models} }}")
    path.with_suffix(".new").replace(path)
    return f"--model_config_file={path}"


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    state = tmp_path_factory.mktemp("wine")
    socket_path = f"--grpc_socket_path={state / 'grpc.sock'}"
    with model_server(*flags(), socket_path, "--no_such_flag=1", "--grpc_max_threads=3", state=state) as server:
        yield server


def test_it_says_where_it_listens_in_their_words(wine: ModelServer) -> None:
    log = wine.log.read_text()
    for line in (
        rf"Building single TensorFlow model file config:  model_name: wine model_base_path: {WINE}",
        rf"Running gRPC ModelServer at 0\.0\.0\.0:{wine.grpc_port} \.\.\.",
        rf"Running gRPC ModelServer at UNIX socket {wine.log.parent}/grpc\.sock \.\.\.",
        rf"Exporting HTTP/REST API at:localhost:{wine.rest_port} \.\.\.",
    ):
        assert re.search(f"^{LINE}{line}$", log, re.MULTILINE), line


def test_it_predicts_and_tells_the_status(wine: ModelServer) -> None:
    assert predict(wine) == 200
    assert wine.get("/v1/models/wine").document == {
        "model_version_status": [
            {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
        ]
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/v1/models/wine", "/v2/models/wine", "/docs"])
def test_both_ports_answer_what_this_server_adds(path: str, wine: ModelServer) -> None:
    assert wine.ask("GET", path).status == 200
    assert wine.ask("GET", path, port=wine.grpc_port).status == 200


def test_an_unknown_flag_is_told_of_and_passed_over(wine: ModelServer) -> None:
    assert wine.out.read_text().startswith("unknown argument: --no_such_flag=1\nusage: ")
    assert wine.says(r"unknown argument: --no_such_flag=1 is passed over")


def test_a_flag_without_meaning_is_told_of(wine: ModelServer) -> None:
    assert wine.says(r"--grpc_max_threads has no meaning here: requests are answered by an event loop")


def test_the_rest_port_answers_on_ipv6_too(wine: ModelServer) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with socket.create_connection(("::1", wine.rest_port), timeout=DEADLINE_S) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"


def test_sigterm_drains_and_ends_well(tmp_path: Path) -> None:
    with model_server(*flags(), state=tmp_path) as server:
        assert server.stop() == 0
        assert not server.listens(server.grpc_port)


def test_a_socket_that_another_server_has_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "grpc.sock"
    given = (*flags(), f"--grpc_socket_path={path}")
    with model_server(*given, state=tmp_path / "a") as old, model_server(*given, state=tmp_path / "b") as new:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
        assert old.stop() == 0
        assert path.is_socket()
        assert new.stop() == 0
        assert not path.exists()


def test_ports_open_only_when_the_model_is_there(tmp_path: Path) -> None:
    base = tmp_path / "wine"
    base.mkdir()
    with model_server(*flags(base), state=tmp_path / "s", wait_for=r"has no version|Re-\)adding model: wine") as server:
        assert not server.listens(server.rest_port)
        assert not server.listens(server.grpc_port)
        shutil.copytree(WINE / "1", base / "7")
        server.wait_for("Exporting HTTP/REST API")
        assert predict(server) == 200
        assert server.get("/v1/models/wine").document["model_version_status"][0]["version"] == "7"


def test_it_can_be_stopped_before_its_ports_are_open(tmp_path: Path) -> None:
    base = tmp_path / "wine"
    base.mkdir()
    with model_server(*flags(base), state=tmp_path / "s", wait_for=r"Re-\)adding model: wine") as server:
        assert server.stop() == 0


def test_a_model_that_fails_ends_the_start(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    (broken / "1").mkdir(parents=True)
    (broken / "1" / "model.onnx").write_bytes(b"this is no model")
    with model_server(*flags(broken, "b"), state=tmp_path / "s", wait_for="") as server:
        assert server.process.wait(DEADLINE_S) == 255
        told = (
            "Failed to start server. Error: UNKNOWN: 1 servable(s) did not become available: {{name: b version: 1} due"
        )
        assert server.out.read_text().startswith(told)
        assert told in server.log.read_text()


def test_what_is_available_can_be_served_while_another_model_fails(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    (broken / "1").mkdir(parents=True)
    (broken / "1" / "model.onnx").write_bytes(b"this is no model")
    path = tmp_path / "models.config"
    path.write_text(
        f'model_config_list {{ config {{ name: "wine" base_path: "{WINE}" model_platform: "tensorflow" }}'
        f' config {{ name: "b" base_path: "{broken}" model_platform: "tensorflow" }} }}'
    )
    given = ("--serve_available_models", f"--model_config_file={path}", "--max_num_load_retries=0")
    with model_server(*given, state=tmp_path / "s") as server:
        until(lambda: predict(server) == 200)
        until(lambda: b"END" in server.get("/v1/models/b").body)
        assert server.get("/readyz").status == 503
        shutil.rmtree(broken / "1")
        shutil.copytree(WINE / "1", broken / "2")
        until(lambda: predict(server, "b") == 200)
        assert server.get("/readyz").status == 200


def test_a_configuration_that_changes_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "models.config"
    given = (configuration(path, "old"), "--model_config_file_poll_wait_seconds=1")
    with model_server(*given, state=tmp_path / "s") as server:
        assert predict(server, "old") == 200
        configuration(path, "new")
        until(lambda: predict(server, "new") == 200)
        until(lambda: predict(server, "old") == 404)
        path.write_text("what is this")
        server.wait_for("Failed to read ModelServerConfig file: Invalid protobuf file: ")
        server.wait_for(r"Error parsing text-format tensorflow\.serving\.ModelServerConfig: 1:1: ")
        assert predict(server, "new") == 200
        path.write_text('model_config_list { config { name: "x" base_path: "/x" model_platform: "tensorflow" } }')
        server.wait_for("PollFilesystemAndReloadConfig failed to ReloadConfig: ")


def test_without_polling_a_configuration_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "models.config"
    with model_server(configuration(path, "old"), state=tmp_path / "s") as server:
        configuration(path, "new")
        assert predict(server, "new") == 404
        assert predict(server, "old") == 200


def test_one_port_for_both_serves_grpc_only_and_says_so(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    given = (*flags(), f"--port={port}", f"--rest_api_port={port}")
    with model_server(*given, state=tmp_path, wait_for="Skipped exporting HTTP/REST API") as server:
        assert server.says("E .*http_port cannot be same as grpc_port")
        assert not server.says("Exporting")
        until(lambda: server.listens(port))


def test_cross_origin_answers_are_allowed_by_the_flag(tmp_path: Path, wine: ModelServer) -> None:
    with model_server(*flags(), "--rest_api_enable_cors_support", state=tmp_path) as server:
        headers = server.get("/v1/models/wine").headers
        assert headers["access-control-allow-origin"] == "*"
        assert headers["access-control-allow-methods"] == "POST, GET"
        assert headers["access-control-allow-headers"] == "Content-Type"
    assert "access-control-allow-origin" not in wine.get("/v1/models/wine").headers


def test_a_log_level_of_tensorflow_holds(tmp_path: Path) -> None:
    with model_server(*flags(), state=tmp_path, wait_for="", TF_CPP_MIN_LOG_LEVEL="1") as server:
        until(lambda: server.listens(server.rest_port))
        assert "Exporting" not in server.log.read_text()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=DEADLINE_S)


def test_versions_are_told() -> None:
    ran = run("--version", "--port=1")
    assert ran.returncode == 0
    assert re.fullmatch(r"TensorFlow ModelServer: \S+\nTensorFlow Library: .+\n", ran.stdout)


@pytest.mark.parametrize(
    ("arguments", "status", "out", "err"),
    [
        (("--port=x",), 255, "usage: ", "E .*Couldn't interpret value x for flag port."),
        (("--help",), 0, "usage: ", ""),
        (
            ("--model_base_path=here",),
            255,
            "Failed to start server. Error: INVALID_ARGUMENT: Expected model default",
            "",
        ),
        (("--model_config_file=/absent",), 255, "Failed to start server. Error: NOT_FOUND: /absent; No such file", ""),
        ((), 255, "Failed to start server. Error: INVALID_ARGUMENT: Both server_options.model_base_path", ""),
    ],
    ids=["value", "help", "path", "file", "nothing"],
)
def test_what_cannot_start_says_why(arguments: tuple[str, ...], status: int, out: str, err: str) -> None:
    ran = run(*arguments)
    assert ran.returncode == status
    assert ran.stdout.startswith(out)
    assert re.search(err, ran.stderr)
    assert "Traceback" not in ran.stderr


def test_a_port_in_use_ends_the_start(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        ran = run(*flags(), f"--port={taken.getsockname()[1]}")
    assert ran.returncode == 255
    assert "is in use by another process" in ran.stdout


def test_a_reader_that_leaves_does_not_end_the_server(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        [*COMMAND, "--odd", *flags(), f"--port={port}"], stdout=writing, stderr=subprocess.PIPE, text=True
    )
    os.close(writing)
    try:
        assert process.stderr is not None
        assert any("Running gRPC ModelServer" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(DEADLINE_S) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()  # type: ignore[union-attr]


def unary(server_address: str, path: str, request: Any, answer: Any, credentials: Any = None) -> Any:
    """One call by grpcio, once the channel is up."""
    open_channel = grpc.insecure_channel if credentials is None else grpc.secure_channel
    with open_channel(server_address, *([] if credentials is None else [credentials])) as channel:
        call = channel.unary_unary(path, lambda sent: sent.SerializeToString(), answer.FromString)
        return call(request, timeout=DEADLINE_S)


def status_of(server_address: str, model: str = "wine", credentials: Any = None) -> Any:
    request = message("tensorflow.serving.GetModelStatusRequest")()
    request.model_spec.name = model
    answer = message("tensorflow.serving.GetModelStatusResponse")
    return unary(server_address, STATUS, request, answer, credentials).model_version_status


def test_grpc_answers_on_every_port_and_on_the_socket(wine: ModelServer) -> None:
    for where in (wine.grpc, f"127.0.0.1:{wine.rest_port}", f"unix:{wine.log.parent / 'grpc.sock'}"):
        (version,) = status_of(where)
        assert (version.version, version.state, version.status.error_code) == (1, 30, 0)


def test_a_model_that_is_not_there_is_no_servable(wine: ModelServer) -> None:
    request = message("tensorflow.serving.PredictRequest")()
    request.model_spec.name = "intentionally_missing_model"
    with pytest.raises(grpc.RpcError) as caught:
        unary(wine.grpc, PREDICT, request, message("tensorflow.serving.PredictResponse"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert caught.value.details() == "Servable not found for request: Latest(intentionally_missing_model)"


def test_a_reload_over_the_wire_is_carried_out(tmp_path: Path) -> None:
    request = message("tensorflow.serving.ReloadConfigRequest")()
    for name in ("red", "white"):
        request.config.model_config_list.config.add(name=name, base_path=str(WINE), model_platform="tensorflow")
    with model_server(*flags(), "--rest_api_timeout_in_ms=7000", state=tmp_path) as server:
        answer = unary(server.grpc, RELOAD, request, message("tensorflow.serving.ReloadConfigResponse"))
        assert answer.status.error_code == 0
        assert (predict(server, "red"), predict(server, "white"), predict(server)) == (200, 200, 404)


def test_tensors_are_typed_fields_or_content_as_the_flag_says(tmp_path: Path, wine: ModelServer) -> None:
    request = message("tensorflow.serving.PredictRequest")()
    request.model_spec.name = "wine"
    tensor = request.inputs["features"]
    tensor.dtype = 1
    tensor.float_val.extend(ROW)
    tensor.tensor_shape.dim.add(size=1)
    tensor.tensor_shape.dim.add(size=len(ROW))
    answer = message("tensorflow.serving.PredictResponse")
    typed = unary(wine.grpc, PREDICT, request, answer).outputs
    with model_server(*flags(), "--enable_serialization_as_tensor_content", state=tmp_path) as server:
        raw = unary(server.grpc, PREDICT, request, answer).outputs
    assert not any(output.tensor_content for output in typed.values())
    assert all(output.tensor_content for output in raw.values())
    assert raw["probabilities"].tensor_content == array("f", typed["probabilities"].float_val).tobytes()


def test_metrics_of_tensorflow_serving_are_where_the_file_says(tmp_path: Path) -> None:
    config = tmp_path / "monitoring.txt"
    config.write_text('prometheus_config { enable: true path: "/mine" }')
    with model_server(*flags(), f"--monitoring_config_file={config}", state=tmp_path / "s") as server:
        assert predict(server) == 200
        answer = server.get("/mine")
        assert answer.status == 200
        assert b"# TYPE :tensorflow:serving:request_count counter" in answer.body


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Certificate and key for this machine's own address."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return (folder / "cert.pem").read_text(), (folder / "key.pem").read_text()


def ssl_config(path: Path, certificate: tuple[str, str], more: str = "") -> Path:
    cert, key = (text.replace("\n", "\\n") for text in certificate)
    path.write_text(f'server_cert: "{cert}" server_key: "{key}" {more}')
    return path


def test_grpc_with_certificates_from_the_file_and_rest_without(tmp_path: Path, certificate: tuple[str, str]) -> None:
    config = ssl_config(tmp_path / "ssl.txt", certificate)
    with model_server(*flags(), f"--ssl_config_file={config}", state=tmp_path / "s") as server:
        credentials = grpc.ssl_channel_credentials(certificate[0].encode())
        assert len(status_of(server.grpc, credentials=credentials)) == 1
        assert server.get("/healthz").status == 200


def test_clients_without_a_certificate_are_kept_out_where_one_is_asked_for(
    tmp_path: Path, certificate: tuple[str, str]
) -> None:
    authority = certificate[0].replace("\n", "\\n")
    config = ssl_config(tmp_path / "ssl.txt", certificate, f'client_verify: true custom_ca: "{authority}"')
    with model_server(*flags(), f"--ssl_config_file={config}", state=tmp_path / "s") as server:
        cert, key = (text.encode() for text in certificate)
        assert len(status_of(server.grpc, credentials=grpc.ssl_channel_credentials(cert, key, cert))) == 1
        with pytest.raises(grpc.RpcError):
            status_of(server.grpc, credentials=grpc.ssl_channel_credentials(cert))


def test_a_certificate_that_is_none_ends_the_start(tmp_path: Path) -> None:
    path = tmp_path / "ssl.txt"
    path.write_text('server_cert: "c" server_key: "k"')
    ran = run(*flags(), f"--ssl_config_file={path}")
    assert ran.returncode == 255
    assert "Failed to start server. Error: INVALID_ARGUMENT: certificate holds no certificate in PEM" in ran.stdout


def test_batching_is_as_the_file_says(tmp_path: Path) -> None:
    parameters = tmp_path / "batching.txt"
    parameters.write_text("max_batch_size { value: 2 }")
    given = ("--enable_batching", f"--batching_parameters_file={parameters}")
    with model_server(*flags(), *given, state=tmp_path / "s") as server:
        assert predict(server) == 200
        answer = server.ask("POST", "/v1/models/wine:predict", {"instances": [ROW] * 3})
        assert answer.status == 400
        assert answer.error == "Task size 3 is larger than maximum input batch size 2"


def test_a_version_is_batched_as_its_own_file_says(tmp_path: Path) -> None:
    base = tmp_path / "wine"
    for version in ("1", "2"):
        shutil.copytree(WINE / "1", base / version)
    (base / "2" / "batching_params.pbtxt").write_text("max_batch_size { value: 1 }")
    path = tmp_path / "models.config"
    path.write_text(
        f'model_config_list {{ config {{ name: "wine" base_path: "{base}" model_platform: "tensorflow" '
        "model_version_policy { all {} } } }"
    )
    given = (f"--model_config_file={path}", "--enable_batching", "--enable_per_model_batching_parameters")
    with model_server(*given, state=tmp_path / "s") as server:
        rows = {"instances": [ROW] * 2}
        until(lambda: server.get("/v1/models/wine").body.count(b"AVAILABLE") == 2)
        assert server.ask("POST", "/v1/models/wine/versions/1:predict", rows).status == 200
        assert server.ask("POST", "/v1/models/wine/versions/2:predict", rows).status == 400


def test_requests_are_recorded_where_logging_is_configured(tmp_path: Path) -> None:
    path = tmp_path / "models.config"
    path.write_text(
        f'model_config_list {{ config {{ name: "wine" base_path: "{WINE}" model_platform: "tensorflow" '
        f'logging_config {{ log_collector_config {{ type: "file" filename_prefix: "{tmp_path}/log" }} '
        "sampling_config { sampling_rate: 1 } } } }"
    )
    with model_server(f"--model_config_file={path}", state=tmp_path / "s") as server:
        assert predict(server) == 200
        assert server.stop() == 0
    (written,) = tmp_path.glob("log-*.tfrecord")
    assert written.stat().st_size > 0


def test_labels_of_the_first_configuration_answer(tmp_path: Path) -> None:
    path = tmp_path / "models.config"
    path.write_text(
        f'model_config_list {{ config {{ name: "wine" base_path: "{WINE}" model_platform: "tensorflow" '
        'version_labels { key: "stable" value: 1 } version_labels { key: "next" value: 9 } } }'
    )
    with model_server(f"--model_config_file={path}", state=tmp_path / "s") as server:
        assert server.ask("POST", "/v1/models/wine/labels/stable:predict", {"instances": [ROW]}).status == 200
        unknown = server.ask("POST", "/v1/models/wine/labels/next:predict", {"instances": [ROW]})
        assert (unknown.status, unknown.document["error"]) == (400, "Unrecognized servable version label: next")
