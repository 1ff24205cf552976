"""Seldon Core's Python wrapper: a process for each node, asked in turn as Seldon's executor asks them.

The last version under the Apache licence. Its defaults, but for four threads a process: with its default of one it
closes each connection, and is slower.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from bench import cores
from bench.graph_documents import SELDON_NODES
from bench.peers import venv
from bench.peers.chain import Plan
from bench.running import free_port

PACKAGES: Final = ("seldon-core==1.17.1", "setuptools==80.9.0")
"""Its gunicorn imports `pkg_resources`, which later versions of setuptools have no more."""
NODES: Final = (("Scale", "TRANSFORMER", "/transform-input"), ("Score", "MODEL", "/predict"))


def command(port: int) -> list[str]:
    """The command line of both wrappers and their driver. Raises Missing where Seldon cannot be installed."""
    program = environment() / "bin" / "seldon-core-microservice"
    folder = Path(tempfile.gettempdir()) / "salver-bench" / "seldon"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SELDON_NODES, folder)
    ports = {name: free_port() for name, _, _ in NODES}
    servers = [_wrapper(program, folder, name, kind, ports[name]) for name, kind, _ in NODES]
    return Plan(port, cores.LOAD, servers, [(ports[name], path) for name, _, path in NODES], "as it is").command()


def environment() -> Path:
    """Where it is installed. Raises Missing."""
    return venv.make("seldon", *PACKAGES, runtime=False)


def _wrapper(program: Path, folder: Path, name: str, kind: str, port: int) -> tuple[list[str], dict[str, str]]:
    line = [str(program), f"seldon_nodes.{name}", "--service-type", kind, "--threads", "4", "--log-level", "WARNING"]
    line += ["--http-port", str(port), "--grpc-port", str(free_port()), "--metrics-port", str(free_port())]
    return line, {"PYTHONPATH": str(folder)}


if __name__ == "__main__":
    environment()
