"""MLServer with a runtime of our own that calls onnxruntime, in the server's own process (`parallel_workers` 0)."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from bench.peers import venv
from bench.running import free_port

PACKAGE = "mlserver==1.7.1"


def command(model: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """The command line and its environment. Raises Missing where MLServer cannot be installed."""
    environment = venv.make("mlserver", PACKAGE)
    folder = Path(tempfile.gettempdir()) / "salver-bench" / "mlserver"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("mlserver_runtime.py"), folder)
    settings = {
        "parallel_workers": 0,
        "debug": False,
        "host": "127.0.0.1",
        "http_port": port,
        "grpc_port": free_port(),
        "metrics_port": free_port(),
    }
    model_settings = {
        "name": "mlp",
        "implementation": "mlserver_runtime.OnnxRuntime",
        "parameters": {"uri": str(model)},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(model_settings))
    return [str(environment / "bin" / "mlserver"), "start", str(folder)], {"PYTHONPATH": str(folder)}
