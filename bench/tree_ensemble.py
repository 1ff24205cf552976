"""Trees as one TreeEnsemble of ONNX in double precision: what onnxruntime needs for them alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

LEQ, SUM, NONE = 0, 1, 0


def model(trees: Path) -> bytes:
    """`x` [rows, features] to `y`, the sum of the leaves' values. `trees` is what `peers/pmml_models.py` keeps."""
    kept = np.load(trees)
    inner = kept["feature"] >= 0
    place = np.where(inner, np.cumsum(inner), np.cumsum(~inner)) - 1
    left, right = kept["left"][inner], kept["right"][inner]
    doubles = {"nodes_splits": kept["threshold"][inner], "leaf_weights": kept["value"][~inner]}
    whole = {
        "tree_roots": place[kept["root"]],
        "nodes_featureids": kept["feature"][inner],
        "nodes_truenodeids": place[left],
        "nodes_trueleafs": ~inner[left],
        "nodes_falsenodeids": place[right],
        "nodes_falseleafs": ~inner[right],
        "leaf_targetids": np.zeros(int((~inner).sum()), int),
    }
    node = helper.make_node(
        "TreeEnsemble",
        ["x"],
        ["y"],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function=SUM,
        post_transform=NONE,
        nodes_modes=numpy_helper.from_array(np.full(int(inner.sum()), LEQ, np.uint8)),
        **{name: numpy_helper.from_array(values.astype(float)) for name, values in doubles.items()},
        **{name: values.astype(int).tolist() for name, values in whole.items()},
    )
    values = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, shape) for name, shape in _SHAPES.items()]
    graph = helper.make_graph([node], "trees", values[:1], values[1:])
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
    written: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()
    return written


_SHAPES = {"x": ["rows", None], "y": ["rows", 1]}
