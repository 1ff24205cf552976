"""Triton Inference Server, as it comes in the package `nvidia-pytriton`, with its Python back end.

Its own choices are kept (eight HTTP threads), and its dynamic batching is on: without it Triton is slower here.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from bench.peers import venv

PACKAGE = "nvidia-pytriton==0.7.0"
CONFIG = """backend: "python"
max_batch_size: 64
input [{ name: "features", data_type: TYPE_FP32, dims: [ 13 ] }]
output [{ name: "probabilities", data_type: TYPE_FP32, dims: [ 3 ] }]
instance_group [{ kind: KIND_CPU, count: 1 }]
dynamic_batching { }
"""


def command(model: Path, port: int, over: str = "http") -> tuple[list[str], dict[str, str]]:
    """The command line and its environment, for questions over `http` or `grpc`. Raises Missing where it cannot run."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise venv.Missing("the package has a server for Linux on x86-64 only")
    environment = venv.make("triton", PACKAGE)
    packages = venv.packages(environment)
    server = packages / "pytriton" / "tritonserver"
    folder = Path(tempfile.gettempdir()) / "salver-bench" / "triton"
    shutil.rmtree(folder, ignore_errors=True)
    _backend(server, folder / "backends" / "python")
    _repository(model, folder / "models" / "mlp")
    line = [str(server / "bin" / "tritonserver"), f"--model-repository={folder / 'models'}"]
    line += [f"--backend-directory={folder / 'backends'}", f"--{over}-port={port}", f"--{over}-address=127.0.0.1"]
    line += [f"--allow-{'http' if over == 'grpc' else 'grpc'}=false", "--allow-metrics=false"]
    libraries = f"{packages / 'nvidia_pytriton.libs'}:{Path(sys.base_prefix) / 'lib'}"
    path = f"{environment / 'bin'}:{os.environ['PATH']}"  # the back end looks there for its Python
    return line, {"LD_LIBRARY_PATH": libraries, "PYTHONPATH": str(packages), "PATH": path}


def _backend(server: Path, folder: Path) -> None:
    """The back end and the process that runs a model in this version of Python, side by side as Triton wants them."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    stub = server / "python_backend_stubs" / python / "triton_python_backend_stub"
    if not stub.exists():
        raise venv.Missing(f"the package has no back end for Python {python}")
    shutil.copytree(server / "backends" / "python", folder)
    shutil.copy(stub, folder)


def _repository(model: Path, folder: Path) -> None:
    version = folder / "1"
    version.mkdir(parents=True)
    (folder / "config.pbtxt").write_text(CONFIG)
    shutil.copy(model, version)
    shutil.copy(Path(__file__).with_name("triton_model.py"), version / "model.py")
