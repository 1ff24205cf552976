"""Writes the network of the model-serving tutorial as ONNX: `models/tutorial/1/model.onnx`, from TensorFlow weights.

The weights are the variables of the SavedModel in `data/tutorial` (see NOTICE); TensorFlow is not needed. Names are
those of its signature: `inputs` [-1, 11] to `outputs` [-1, 9], nine independent chances for the grades 0 to 8; the
likeliest is the answer. Run it with

    python convert_tutorial.py [FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import onnx
import tensor_bundle
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
LAYERS = (("dense_1", "Relu"), ("dense_2", "Relu"), ("dense_3", "Sigmoid"))
FEATURES, GRADES = 11, 9


def convert(variables: Path) -> onnx.ModelProto:
    """The model made from the checkpoint with this prefix. Raises ValueError where a variable is missing."""
    found = tensor_bundle.read(variables)
    nodes, weights, value = [], [], "inputs"
    for name, activation in LAYERS:
        result = "outputs" if name == LAYERS[-1][0] else f"{name}/{activation}"
        for part in (f"{name}/kernel", f"{name}/bias"):
            if part not in found:
                raise ValueError(f"there is no variable '{part}'; found {', '.join(found)}")
            weights.append(numpy_helper.from_array(found[part], part))
        nodes += [
            helper.make_node("Gemm", [value, f"{name}/kernel", f"{name}/bias"], [f"{name}/BiasAdd"]),
            helper.make_node(activation, [f"{name}/BiasAdd"], [result]),
        ]
        value = result
    graph = helper.make_graph(
        nodes,
        "wine_tutorial",
        [helper.make_tensor_value_info("inputs", TensorProto.FLOAT, ["rows", FEATURES])],
        [helper.make_tensor_value_info("outputs", TensorProto.FLOAT, ["rows", GRADES])],
        weights,
    )
    model = helper.make_model(
        graph, producer_name="salver/examples/wine", opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    # The name of the SavedModel's signature, which the tutorial's clients ask for.
    helper.set_model_props(model, {"salver.signature": "predict"})
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the tutorial's wine network as ONNX.")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=HERE / "models", help="where tutorial/1/model.onnx goes"
    )
    target = parser.parse_args().folder / "tutorial" / "1" / "model.onnx"
    model = convert(HERE / "data" / "tutorial" / "variables")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(model.SerializeToString(deterministic=True))
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
