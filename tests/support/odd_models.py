"""Small ONNX models, one for each thing that can be wrong with what is asked of a model or what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper
from onnx_files import tensor_info

_KINDS = {
    "small": TensorProto.INT8,
    "int": TensorProto.INT32,
    "wide": TensorProto.INT64,
    "float": TensorProto.FLOAT,
    "half": TensorProto.FLOAT16,
    "flag": TensorProto.BOOL,
    "text": TensorProto.STRING,
}


def write_odd_models(base: Path) -> dict[str, Path]:
    """The base path of each model by its name, version 1 of each in it.

    small, int, wide, float, half, flag, text: `x` of that dtype [N] to `y`, the same. pair: FP32 `a` and `b` [N, 2] to
    their `sum`. flat: FP32 `x` [N] to `y`, a scalar. uneven: FP32 `x` [N] to `y` [N] and `z` [1].
    """
    for name, dtype in _KINDS.items():
        _write(base, name, [helper.make_node("Identity", ["x"], ["y"])], [("x", dtype, ("N",))], [("y", dtype, ("N",))])
    float_ = TensorProto.FLOAT
    pairs = [(name, float_, ("N", 2)) for name in ("a", "b", "sum")]
    _write(base, "pair", [helper.make_node("Add", ["a", "b"], ["sum"])], pairs[:2], pairs[2:])
    one = [("x", float_, ("N",))]
    flat = helper.make_node("ReduceSum", ["x"], ["y"], keepdims=0)
    _write(base, "flat", [flat], one, [("y", float_, ())])
    nodes = [helper.make_node("Identity", ["x"], ["y"]), helper.make_node("ReduceSum", ["x"], ["z"], keepdims=1)]
    _write(base, "uneven", nodes, one, [("y", float_, ("N",)), ("z", float_, (1,))])
    return {folder.name: folder for folder in base.iterdir()}


def _write(base: Path, name: str, nodes: Sequence[Any], inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
    infos = [[tensor_info(*info) for info in side] for side in (inputs, outputs)]
    graph = helper.make_graph(nodes, "graph", *infos)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    folder = base / name / "1"
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
