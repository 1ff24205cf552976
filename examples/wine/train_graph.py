"""Trains the two models of `graph/wine.graph.yaml` from the CSV beside it, and writes what the graph needs:

    graph/network.onnx    a network (11-32-16-6) of all measurements
    graph/acids.pmml      a multinomial logistic regression that knows only three of them, the acids
    graph/training.csv    the rows they have seen, which is what the graph's guards take for ordinary

Both take measurements that are standardised already; the graph does it, with the numbers that this script prints. NumPy
trains, `onnx` writes one and the standard library the other; the same machine writes the same files every time. Run it
with

    python train_graph.py [FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from train import FEATURES, GRADES, HERE, Array, Layers, accuracy, fit, read, split

HELD_OUT = 0.4
"""The part of the wines that no model sees: those are asked about, and a bandit needs many of them."""
ACIDS = ("fixed acidity", "citric acid", "pH")
PMML = "http://www.dmg.org/PMML-4_4"


def network(layers: Layers) -> onnx.ModelProto:
    """Standardised measurements FP32 [-1, 11] to `quality` INT64 [-1]."""
    constants = {"grades": np.array(GRADES, np.int64)}
    nodes = []
    value = "standardised"
    for number, (weight, bias) in enumerate(layers, start=1):
        constants |= {f"weight_{number}": weight.astype(np.float32), f"bias_{number}": bias.astype(np.float32)}
        nodes.append(helper.make_node("Gemm", [value, f"weight_{number}", f"bias_{number}"], [f"layer_{number}"]))
        value = f"layer_{number}"
        if number < len(layers):
            nodes.append(helper.make_node("Relu", [value], [f"active_{number}"]))
            value = f"active_{number}"
    nodes += [
        helper.make_node("ArgMax", [value], ["best"], axis=-1, keepdims=0),
        helper.make_node("Gather", ["grades", "best"], ["quality"]),
    ]
    graph = helper.make_graph(
        nodes,
        "wine_network",
        [helper.make_tensor_value_info("standardised", TensorProto.FLOAT, ["rows", len(FEATURES)])],
        [helper.make_tensor_value_info("quality", TensorProto.INT64, ["rows"])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
        doc_string=f"standardised: {', '.join(FEATURES)}; each less its mean, by its deviation.",
    )
    return helper.make_model(
        graph, producer_name="salver/examples/wine", opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )


def regression(layers: Layers) -> str:
    """A document that takes the eleven columns in the CSV's order, of which it uses three, and gives `quality`."""
    ((weights, intercepts),) = layers
    document = Xml.Element("PMML", xmlns=PMML, version="4.4")
    header = Xml.SubElement(document, "Header", copyright="The Salver developers")
    Xml.SubElement(header, "Application", name="salver/examples/wine")
    dictionary = Xml.SubElement(document, "DataDictionary")
    for name in FEATURES:
        Xml.SubElement(dictionary, "DataField", name=name, optype="continuous", dataType="double")
    target = Xml.SubElement(dictionary, "DataField", name="quality", optype="categorical", dataType="integer")
    for grade in GRADES:
        Xml.SubElement(target, "Value", value=str(grade))
    model = Xml.SubElement(document, "RegressionModel", modelName="acids")
    model.attrib |= {"functionName": "classification", "normalizationMethod": "softmax"}
    schema = Xml.SubElement(model, "MiningSchema")
    for name in FEATURES:
        Xml.SubElement(schema, "MiningField", name=name)
    Xml.SubElement(schema, "MiningField", name="quality", usageType="target")
    for grade, intercept, column in zip(GRADES, intercepts, weights.T, strict=True):
        table = Xml.SubElement(model, "RegressionTable", targetCategory=str(grade), intercept=f"{intercept:.6f}")
        for name, weight in zip(ACIDS, column, strict=True):
            Xml.SubElement(table, "NumericPredictor", name=name, coefficient=f"{weight:.6f}")
    Xml.indent(document)
    return Xml.tostring(document, "unicode", xml_declaration=True) + "\n"


def train(folder: Path) -> None:
    """Writes the three files, and prints what goes into the graph's document."""
    features, grades = read()
    seen, unseen = split(features, grades, HELD_OUT)
    mean, std = features[seen].mean(axis=0), features[seen].std(axis=0)
    inputs, classes = ((features - mean) / std).astype(np.float64), np.searchsorted(GRADES, grades)
    acids = inputs[:, [FEATURES.index(name) for name in ACIDS]]
    large, small = fit(inputs[seen], classes[seen]), fit(acids[seen], classes[seen], hidden=())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "network.onnx").write_bytes(network(large).SerializeToString(deterministic=True))
    (folder / "acids.pmml").write_text(regression(small))
    write_rows(folder / "training.csv", features[seen])
    print(f"network: right on {accuracy(large, inputs[unseen], classes[unseen]):.1%} of {len(unseen)} unseen wines")
    print(f"acids:   right on {accuracy(small, acids[unseen], classes[unseen]):.1%}")
    print(f"mean: [{', '.join(f'{number:.6g}' for number in mean)}]")
    print(f"std: [{', '.join(f'{number:.6g}' for number in std)}]")


def write_rows(path: Path, rows: Array) -> None:
    lines = [",".join(FEATURES), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the models of the wine graph.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "graph", help="where the files go")
    train(parser.parse_args().folder)


if __name__ == "__main__":
    main()
