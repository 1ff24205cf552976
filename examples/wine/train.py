"""Trains the wine model from the CSV beside it and writes it as ONNX: `models/wine/1/model.onnx`.

A small network (11-32-16-6) that guesses the taster's grade of a red wine, 3 to 8, from eleven measurements.
NumPy trains it, `onnx` writes it; the same machine writes the same file every time. Run it with

    python train.py [FOLDER]
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
FEATURES = (
    "fixed acidity",
    "volatile acidity",
    "citric acid",
    "residual sugar",
    "chlorides",
    "free sulfur dioxide",
    "total sulfur dioxide",
    "density",
    "pH",
    "sulphates",
    "alcohol",
)
GRADES = (3, 4, 5, 6, 7, 8)

HIDDEN = (32, 16)
EPOCHS = 300
LEARNING_RATE = 0.01
WEIGHT_DECAY = 0.01
HELD_OUT = 0.2
SEED = 7

Array = np.ndarray[Any, Any]
Layers = list[tuple[Array, Array]]


def read() -> tuple[Array, Array]:
    """Every row of the CSV: measurements [1599, 11] float32 and grades [1599] int64."""
    rows = np.loadtxt(HERE / "data" / "winequality_red.csv", delimiter=";")
    return rows[:, :-1].astype(np.float32), rows[:, -1].astype(np.int64)


def split(features: Array, grades: Array, share: float = HELD_OUT) -> tuple[Array, Array]:
    """Indices to train on and to hold out. A wine that is listed twice is used once, so that none is in both."""
    _, distinct = np.unique(np.column_stack([features, grades]), axis=0, return_index=True)
    order = np.random.default_rng(SEED).permutation(distinct)
    held_out = round(len(order) * share)
    return order[held_out:], order[:held_out]


def fit(inputs: Array, classes: Array, hidden: tuple[int, ...] = HIDDEN) -> Layers:
    """Weights and biases of each layer: all rows at once, Adam, cross entropy."""
    layers = _fresh((inputs.shape[1], *hidden, len(GRADES)))
    targets = np.eye(len(GRADES))[classes]
    parameters = [array for layer in layers for array in layer]
    means = [np.zeros_like(array) for array in parameters]
    squares = [np.zeros_like(array) for array in parameters]
    for step in range(1, EPOCHS + 1):
        gradients = _gradients(layers, inputs, targets)
        for parameter, mean, square, gradient in zip(parameters, means, squares, gradients, strict=True):
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient**2 - square)
            size = np.sqrt(square / (1 - 0.999**step)) + 1e-8
            parameter -= LEARNING_RATE * (mean / (1 - 0.9**step)) / size
    return layers


def _fresh(sizes: tuple[int, ...]) -> Layers:
    chance = np.random.default_rng(SEED)
    return [
        (chance.normal(0, np.sqrt(2 / rows), (rows, columns)), np.zeros(columns))
        for rows, columns in itertools.pairwise(sizes)
    ]


def _gradients(layers: Layers, inputs: Array, targets: Array) -> list[Array]:
    values = [inputs]
    for weight, bias in layers[:-1]:
        values.append(np.maximum(values[-1] @ weight + bias, 0))
    weight, bias = layers[-1]
    logits = values[-1] @ weight + bias
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    slope = (odds / odds.sum(axis=1, keepdims=True) - targets) / len(inputs)
    gradients: list[Array] = []
    for (weight, _), value in zip(reversed(layers), reversed(values), strict=True):
        gradients[:0] = [value.T @ slope + WEIGHT_DECAY * weight, slope.sum(axis=0)]
        slope = (slope @ weight.T) * (value > 0)
    return gradients


def build(layers: Layers, mean: Array, spread: Array) -> onnx.ModelProto:
    """The whole way from raw measurements to a grade as one graph: a caller needs no preparation of its own."""
    constants = {"mean": mean, "spread": spread, "grades": np.array(GRADES, np.int64)}
    nodes = [
        helper.make_node("Sub", ["features", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "spread"], ["normal"]),
    ]
    value = "normal"
    for number, (weight, bias) in enumerate(layers, start=1):
        constants |= {f"weight_{number}": weight.astype(np.float32), f"bias_{number}": bias.astype(np.float32)}
        nodes.append(helper.make_node("Gemm", [value, f"weight_{number}", f"bias_{number}"], [f"layer_{number}"]))
        value = f"layer_{number}"
        if number < len(layers):
            nodes.append(helper.make_node("Relu", [value], [f"active_{number}"]))
            value = f"active_{number}"
    nodes += [
        helper.make_node("Softmax", [value], ["probabilities"], axis=-1),
        helper.make_node("ArgMax", ["probabilities"], ["best"], axis=-1, keepdims=0),
        helper.make_node("Gather", ["grades", "best"], ["quality"]),
    ]
    graph = helper.make_graph(
        nodes,
        "wine_quality",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["rows", len(FEATURES)])],
        [
            helper.make_tensor_value_info("quality", TensorProto.INT64, ["rows"]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["rows", len(GRADES)]),
        ],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
        doc_string=f"features: {', '.join(FEATURES)}. probabilities: of the grades {', '.join(map(str, GRADES))}.",
    )
    return helper.make_model(
        graph, producer_name="salver/examples/wine", opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )


def accuracy(layers: Layers, inputs: Array, classes: Array) -> float:
    """The share of rows whose likeliest class is the right one."""
    value = inputs
    for weight, bias in layers[:-1]:
        value = np.maximum(value @ weight + bias, 0)
    weight, bias = layers[-1]
    return float(np.mean((value @ weight + bias).argmax(axis=1) == classes))


def train() -> onnx.ModelProto:
    """The trained model; its metadata holds the accuracy over all rows and over the wines it has not seen."""
    features, grades = read()
    seen, unseen = split(features, grades)
    mean, spread = features[seen].mean(axis=0), features[seen].std(axis=0)
    inputs, classes = (features - mean) / spread, np.searchsorted(GRADES, grades)
    layers = fit(inputs[seen].astype(np.float64), classes[seen])
    model = build(layers, mean, spread)
    helper.set_model_props(
        model,
        {
            "accuracy": f"{accuracy(layers, inputs, classes):.4f}",
            "accuracy_unseen": f"{accuracy(layers, inputs[unseen], classes[unseen]):.4f}",
        },
    )
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the wine model and write it as ONNX.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "models", help="to hold wine/1/")
    target = parser.parse_args().folder / "wine" / "1" / "model.onnx"
    model = train()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(model.SerializeToString(deterministic=True))
    for entry in model.metadata_props:
        print(f"{entry.key}: {entry.value}")
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
