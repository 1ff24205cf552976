"""MLServer with runtimes of our own, in the server's own process (`parallel_workers` 0)."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.peers import venv
from bench.running import free_port

PACKAGE = "mlserver==1.7.1"


def command(model: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """One that calls onnxruntime: the command line and its environment. Raises Missing where MLServer cannot be
    installed."""
    runtime = Path(__file__).with_name("mlserver_runtime.py")
    settings = {"implementation": "mlserver_runtime.OnnxRuntime", "parameters": {"uri": str(model)}}
    return command_for("mlserver", {"mlp": settings}, (runtime,), port)


def command_for(
    name: str, models: Mapping[str, Mapping[str, Any]], code: tuple[Path, ...], port: int
) -> tuple[list[str], dict[str, str]]:
    """Likewise for models by name, with what stands in their settings, and the modules that these name. Its files lie
    in a folder `name`."""
    environment = venv.make("mlserver", PACKAGE)
    folder = Path(tempfile.gettempdir()) / "salver-bench" / name
    shutil.rmtree(folder, ignore_errors=True)
    for model, settings in models.items():
        (folder / model).mkdir(parents=True)
        (folder / model / "model-settings.json").write_text(json.dumps({"name": model, **settings}))
    for module in code:
        shutil.copy(module, folder)
    settings = {
        "parallel_workers": 0,
        "debug": False,
        "host": "127.0.0.1",
        "http_port": port,
        "grpc_port": free_port(),
        "metrics_port": free_port(),
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    return [str(environment / "bin" / "mlserver"), "start", str(folder)], {"PYTHONPATH": str(folder)}
