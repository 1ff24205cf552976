"""Servers for these tests: one that most of them share, and a way to start others."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto, helper
from onnx_files import tensor_info
from serving import Running, serving

WINE = Path(__file__).parents[2] / "examples" / "wine" / "models"
MAX_BODY_BYTES = 4_000_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts servers that end with the test."""
    with ExitStack() as servers:

        def start(*arguments: str | Path, **environment: str) -> Running:
            words = map(str, arguments)
            return servers.enter_context(serving(*words, state=tmp_path / "state", **environment))

        yield start


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The server that tests share; they leave it as they found it.

    wine, tutorial: the example's. pair: FP32 [-1, 2] `a` and `b` to their `sum`. small: INT8 [-1] `x` to `y`.
    half: FP16 [-1] `x` to `y`. text: BYTES backwards. column: FP64 `x`, doubled.
    """
    folder = tmp_path_factory.mktemp("house")
    write_onnx(
        folder / "pair.onnx",
        helper.make_node("Add", ["a", "b"], ["sum"]),
        [tensor_info(name, shape=("N", 2)) for name in ("a", "b")],
        [tensor_info("sum", shape=("N", 2))],
    )
    for name, kind in (("small", TensorProto.INT8), ("half", TensorProto.FLOAT16)):
        ends = [tensor_info(end, kind) for end in ("x", "y")]
        write_onnx(folder / f"{name}.onnx", helper.make_node("Identity", ["x"], ["y"]), ends[:1], ends[1:])
    (folder / "text.py").write_text("def predict(x: bytes) -> bytes:\n    return x[::-1]\n")
    (folder / "column.py").write_text("def predict(x: float) -> float:\n    return 2 * x\n")
    (folder / "config.yaml").write_text(
        textwrap.dedent(f"""\
            models:
              wine: {{path: {WINE}/wine, labels: {{stable: 1, next: 7}}}}
              tutorial: {{path: {WINE}/tutorial}}
              pair: {{path: pair.onnx}}
              small: {{path: small.onnx}}
              half: {{path: half.onnx}}
              text: {{path: "text.py:predict"}}
              column: {{path: "column.py:predict"}}
            limits: {{max_body_bytes: {MAX_BODY_BYTES}}}
            """)
    )
    with serving(str(folder / "config.yaml"), state=folder / "state") as running:
        assert running.get("/readyz").status == 200
        yield running


def write_onnx(path: Path, node: Any, inputs: list[Any], outputs: list[Any]) -> None:
    graph = helper.make_graph([node], "graph", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
