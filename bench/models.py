"""The models that are served: a small network and an image model, made once and kept in a temporary folder."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MLP_SIZES = (13, 32, 16, 3)
IMAGE_SHAPE = (1, 224, 224, 3)
FOLDER = Path(tempfile.gettempdir()) / "salver-bench" / "models"
"""A folder of models, as `salver serve` takes it: `<name>/1/model.onnx`."""


def path(name: str) -> Path:
    """Where the model `mlp`, `image` or `wide` lies; made when it is not there yet."""
    file = FOLDER / name / "1" / "model.onnx"
    if not file.exists():
        graph = {"mlp": _mlp, "image": _image, "wide": _wide}[name]()
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(model.SerializeToString())
    return file


def _mlp() -> onnx.GraphProto:
    """13-32-16-3: `features` [-1, 13] to `probabilities` [-1, 3]; eight microseconds a call."""
    chance = np.random.default_rng(0)
    nodes, weights, value = [], [], "features"
    for number, (rows, columns) in enumerate(itertools.pairwise(MLP_SIZES), start=1):
        weight = chance.normal(0, rows**-0.5, (rows, columns)).astype(np.float32)
        weights += [
            numpy_helper.from_array(weight, f"weight_{number}"),
            numpy_helper.from_array(np.zeros(columns, np.float32), f"bias_{number}"),
        ]
        nodes.append(helper.make_node("Gemm", [value, f"weight_{number}", f"bias_{number}"], [f"layer_{number}"]))
        value = f"layer_{number}"
        if number < len(MLP_SIZES) - 1:
            nodes.append(helper.make_node("Relu", [value], [f"active_{number}"]))
            value = f"active_{number}"
    nodes.append(helper.make_node("Softmax", [value], ["probabilities"], axis=-1))
    return helper.make_graph(
        nodes,
        "mlp",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["rows", MLP_SIZES[0]])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["rows", MLP_SIZES[-1]])],
        weights,
    )


def _image() -> onnx.GraphProto:
    """`image` [-1, 224, 224, 3] to its mean colour `colour` [-1, 3]: next to nothing to compute."""
    return helper.make_graph(
        [helper.make_node("ReduceMean", ["image"], ["colour"], axes=[1, 2], keepdims=0)],
        "image",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["rows", *IMAGE_SHAPE[1:]])],
        [helper.make_tensor_value_info("colour", TensorProto.FLOAT, ["rows", IMAGE_SHAPE[-1]])],
    )


def _wide() -> onnx.GraphProto:
    """`values` [-1, -1], given back: nothing to compute at all."""
    return helper.make_graph(
        [helper.make_node("Identity", ["values"], ["same"])],
        "wide",
        [helper.make_tensor_value_info("values", TensorProto.FLOAT, ["rows", "columns"])],
        [helper.make_tensor_value_info("same", TensorProto.FLOAT, ["rows", "columns"])],
    )
