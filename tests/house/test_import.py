"""`import salver` is cheap: what is heavy comes when it is needed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

MAX_S = 0.3
"""Beyond NumPy, best of five; some 0.1 s on a quiet machine."""
HEAVY = {"onnxruntime", "pandas", "polars", "uvloop", "httptools", "simdjson", "orjson", "yaml", "onnx", "uvicorn"}

pytestmark = pytest.mark.slow


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_nothing_heavy_is_imported() -> None:
    modules = json.loads(run("import json, sys, salver; print(json.dumps(list(sys.modules)))"))
    assert HEAVY & {name.partition(".")[0] for name in modules} == set()


def test_it_takes_little_time() -> None:
    code = "import numpy, time; t = time.perf_counter(); import salver; print(time.perf_counter() - t)"
    assert min(float(run(code)) for _ in range(5)) < MAX_S


def test_an_onnx_model_does_not_bring_the_server() -> None:
    code = "import json, sys, salver.formats.onnx; print(json.dumps(list(sys.modules)))"
    assert {"uvloop", "httptools", "pandas"} & set(json.loads(run(code))) == set()
