"""The image's contract, as far as it shows without a container: what the Dockerfile says, and its entry point run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from model_servers import free_ports
from serving import DEADLINE_S, until

ROOT = Path(__file__).parents[2]
ENTRY_POINT = ROOT / "docker" / "entrypoint.sh"
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_ports_environment_and_entry_point_are_those_of_the_other_image() -> None:
    assert re.search(r"^EXPOSE 8500 8501$", DOCKERFILE, re.MULTILINE)
    assert re.search(r"\bMODEL_NAME=model\b", DOCKERFILE)
    assert re.search(r"\bMODEL_BASE_PATH=/models\b", DOCKERFILE)
    assert 'ENTRYPOINT ["/usr/bin/tf_serving_entrypoint.sh"]' in DOCKERFILE
    assert re.search(r"^COPY .*docker/entrypoint\.sh /usr/bin/tf_serving_entrypoint\.sh$", DOCKERFILE, re.MULTILINE)


def test_everything_that_is_copied_is_there_and_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
    sources = [source for line in copied if not line[0].startswith("--from") for source in line if source[0] != "-"]
    assert sources
    for source in sources:
        assert (ROOT / source).exists()
        assert source.partition("/")[0] in let_in


def test_it_installs_extras_that_there_are() -> None:
    (names,) = re.findall(r'"\.\[([\w,-]+)\]"', DOCKERFILE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(names.split(",")) <= project["optional-dependencies"].keys()


@pytest.mark.slow
def test_the_entry_point_serves_the_model_that_the_environment_names(tmp_path: Path) -> None:
    """In a clean folder, with the real command under the name that the script calls."""
    command = tmp_path / "bin" / "tensorflow_model_server"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m salver tensorflow-model-server "$@"\n')
    command.chmod(0o755)
    grpc_port, rest_port = free_ports(2)
    process = subprocess.Popen(
        [str(ENTRY_POINT), f"--port={grpc_port}", f"--rest_api_port={rest_port}"],
        cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        env={
            "PATH": f"{command.parent}:{os.environ['PATH']}",
            "MODEL_NAME": "wine",
            "MODEL_BASE_PATH": str(ROOT / "examples" / "wine" / "models"),
        },
    )  # fmt: skip
    try:
        assert process.stderr is not None
        told = until(lambda: _line_with(process, "Exporting HTTP/REST API"))
        assert f"localhost:{rest_port}" in told
        # The shell has gone: the signal reaches the server itself.
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        assert process.wait(DEADLINE_S) == 0
        assert "draining" in rest
    finally:
        process.kill()
        process.communicate()


def _line_with(process: subprocess.Popen[str], words: str) -> str:
    assert process.stderr is not None
    return next((line for line in process.stderr if words in line), "it has ended")
