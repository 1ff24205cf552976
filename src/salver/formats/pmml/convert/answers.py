"""The answer's columns in the graph, by the engine's names: targets, declared outputs, its own view."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from salver.formats.onnx_writing import Value
from salver.formats.pmml.answers import UNNAMED
from salver.formats.pmml.convert.columns import Column
from salver.formats.pmml.convert.compiler import GraphCompiler
from salver.formats.pmml.convert.outputs import Converted, output_columns
from salver.formats.pmml.convert.said import labels, prediction
from salver.formats.pmml.outputs import is_final
from salver.formats.pmml.values import KINDS, written


@dataclass(frozen=True, slots=True)
class Answers:
    """What the graph answers."""

    outputs: tuple[Value, ...]
    left_out: tuple[str, ...]
    """What the engine answers of its own accord, and the graph cannot."""


def answers_of(converted: Converted, names: Iterable[str], compiler: GraphCompiler) -> Answers:
    """Makes outputs of the graph, as many of the engine's answers (by name) as there are."""
    columns = _columns(converted, compiler)
    found = {name: columns[name] for name in names if name in columns}
    masks = compiler.graph.refused_for(column.name for column in found.values())
    mask = compiler.graph.any_of(masks) if masks else ""
    for name in found:
        if any(name == input_.name for input_ in compiler.inputs):
            converted.model.element.unsupported(f"'{name}' is the name of an input and of an output")
    outputs = tuple(_output(name, column, mask, compiler) for name, column in found.items())
    return Answers(outputs, tuple(name for name in names if name not in found))


def _columns(converted: Converted, compiler: GraphCompiler) -> dict[str, Column]:
    """Every column there is, by name."""
    model, said = converted.model, converted.said
    columns = _view(converted, compiler)
    kernel = compiler.kernels[model.element]
    for name in getattr(kernel, "nested_outputs", {}):
        columns[name] = compiler.columns.of(model.scope.field(name, model.element))
    declared = output_columns(converted, compiler)
    output = model.element.first("Output")
    for element in output.all("OutputField") if output is not None else ():
        if is_final(element):
            columns[element.get("name")] = declared[element.get("name")]
    columns.setdefault(model.target.name or UNNAMED, prediction(compiler.graph, said, model.target))
    return columns


def _view(converted: Converted, compiler: GraphCompiler) -> dict[str, Column]:
    """What the engine tells of its own accord."""
    graph, said, target = compiler.graph, converted.said, converted.model.target
    columns: dict[str, Column] = {}
    votes = getattr(compiler.kernels[converted.model.element], "counts_votes", False)
    for word, matrix in (("probability", said.probability), ("confidence", said.confidence)):
        for place, label in enumerate(said.classes if matrix else ()):
            entry = graph.column(matrix, place)
            if votes and word == "probability":
                entry = graph.where(graph.add("Equal", entry, 0.0), float("nan"), entry)
            columns[f"{word}({written(label, target.type)})"] = Column(entry, "double")
    if said.entity:
        columns["entityId"] = Column(labels(graph, said.entity, said.entities, "string"), "string")
    return columns


def _output(name: str, column: Column, mask: str, compiler: GraphCompiler) -> Value:
    """Integers and truth values that may be missing are float64: NaN is the only sign for it."""
    graph, value = compiler.graph, column.name
    kind = KINDS[column.type]
    may_miss = column.may_miss or bool(mask)
    if mask:
        value = graph.where(mask, graph.constant([""]) if kind == "text" else float("nan"), value)
    dtype = "object" if kind == "text" else "float64"
    if not may_miss and kind == "boolean":
        dtype = "bool"
    elif not may_miss and kind == "number" and column.type not in ("double", "float"):
        dtype = "int64"
    if dtype in ("bool", "int64"):
        value = graph.cast(value, dtype)
    graph.name_output(value, name)
    return Value(name, dtype, ["rows"])
