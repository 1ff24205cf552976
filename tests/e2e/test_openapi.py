"""What `/openapi.json` promises, held against the server by schemathesis: all its checks, in all its phases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from serving import Running

pytest.importorskip("schemathesis")

CONFIG = Path(__file__).with_name("schemathesis.toml")
WINE = Path(__file__).parents[2] / "examples" / "wine" / "models"


def test_the_server_keeps_what_its_document_promises(serve: Callable[..., Running], tmp_path: Path) -> None:
    server = serve(WINE)
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG), "run", "--no-color"]
    ran = subprocess.run(
        [*command, f"{server.url}/openapi.json"], capture_output=True, text=True, timeout=180, cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stdout
    assert "Traceback" not in server.log.read_text()
    assert server.post("/admin/models/wine/load").status == 200
    assert server.predict("wine", [[0.0] * 11])
