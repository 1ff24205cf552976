"""Recorded traffic is tomorrow's warm-up: the next version answers what was recorded, or is refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from serving import Running, serving, until

from salver.protocols.messages import message
from salver.records.tfrecord import framed, read_records

pytestmark = pytest.mark.slow

WINE = Path(__file__).parents[2] / "examples" / "wine" / "models" / "tutorial" / "1" / "model.onnx"
ROW = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]
WARMUP = "assets.extra/tf_serving_warmup_requests"


def configured(folder: Path, model: str) -> Path:
    (folder / "models" / "wine" / "1").mkdir(parents=True)
    shutil.copy(WINE, folder / "models" / "wine" / "1")
    path = folder / "salver.yaml"
    path.write_text(f"port: 0\nmodels:\n  wine:\n    path: models/wine\n{model}")
    return path


def recorded(folder: Path) -> list[Any]:
    logs = []
    for path in sorted((folder / "logs").iterdir()):
        with path.open("rb") as file:
            logs += [
                message("tensorflow.serving.PredictionLog").FromString(data) for data in read_records(file, 1 << 20)
            ]
    return logs


def state_of(server: Running, version: str) -> dict[str, Any]:
    states = server.get("/v1/models/wine").document["model_version_status"]
    found: dict[str, Any] = next((state for state in states if state["version"] == version), {"state": "NONE"})
    return found


def test_what_was_asked_over_any_protocol_warms_up_the_next_version(tmp_path: Path):
    path = configured(tmp_path, "    versions: all\n    record: {prefix: logs/wine}\n")
    with serving(str(path), state=tmp_path / "state") as server:
        predictions = [server.predict("wine", [ROW]) for _ in range(3)]
        tensor = {"name": "inputs", "shape": [1, len(ROW)], "datatype": "FP32", "data": ROW}
        assert server.post("/v2/models/wine/infer", {"inputs": [tensor]}).status == 200
        assert server.post("/v1/models/wine:predict", {"instances": [[1.0]]}).status == 400
        server.stop()
    logs = recorded(tmp_path)
    assert len(logs) == 4
    for log in logs:
        assert log.WhichOneof("log_type") == "predict_log"
        request, response = log.predict_log.request, log.predict_log.response
        assert (request.model_spec.name, response.model_spec.version.value) == ("wine", 1)
        assert list(request.inputs["inputs"].float_val) == pytest.approx(ROW, rel=1e-6)
        (output,) = response.outputs.values()
        assert list(output.float_val) == pytest.approx(predictions[0][0], rel=1e-5)

    version = tmp_path / "models" / "wine" / "2"
    shutil.copytree(version.with_name("1"), version)
    (version / "assets.extra").mkdir()
    (log_file,) = (tmp_path / "logs").iterdir()
    shutil.copy(log_file, version / WARMUP)
    with serving(str(path), state=tmp_path / "state") as server:
        until(lambda: state_of(server, "2")["state"] == "AVAILABLE")


def test_sampling_records_a_share(tmp_path: Path):
    path = configured(tmp_path, "    record: {prefix: logs/wine, sampling_rate: 0}\n")
    with serving(str(path), state=tmp_path / "state") as server:
        server.predict("wine", [ROW])
        server.stop()
    assert not (tmp_path / "logs").exists()


def test_a_recorded_request_that_fails_keeps_the_version_from_serving(tmp_path: Path):
    log = message("tensorflow.serving.PredictionLog")()
    log.predict_log.request.model_spec.name = "wine"
    log.predict_log.request.inputs["inputs"].dtype = 1
    log.predict_log.request.inputs["inputs"].float_val.append(1.0)
    path = configured(tmp_path, "")
    extra = tmp_path / "models" / "wine" / "1" / WARMUP
    extra.parent.mkdir()
    extra.write_bytes(framed(log.SerializeToString()))
    with serving(str(path), state=tmp_path / "state") as server:
        status = state_of(server, "1")
        assert status["state"] != "AVAILABLE"
        assert "shape" in until(lambda: state_of(server, "1")["status"]["error_message"])


def test_a_broken_checksum_keeps_the_version_from_serving(tmp_path: Path):
    path = configured(tmp_path, "")
    extra = tmp_path / "models" / "wine" / "1" / WARMUP
    extra.parent.mkdir()
    extra.write_bytes(framed(b"record")[:-1] + b"?")
    with serving(str(path), state=tmp_path / "state") as server:
        error = until(lambda: state_of(server, "1")["status"]["error_message"])
    assert error == "corrupted record at 0. Please verify your warmup data is in TFRecord format."
