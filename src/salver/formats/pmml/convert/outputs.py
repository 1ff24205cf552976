"""Outputs as columns of the graph. Specification: Output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from salver.formats.pmml.convert.columns import Column
from salver.formats.pmml.convert.compiler import GraphCompiler
from salver.formats.pmml.convert.expressions import as_type, expression_column, filled
from salver.formats.pmml.convert.said import Said, labels, prediction
from salver.formats.pmml.element import Element, short
from salver.formats.pmml.kernel import Model
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.targets import read_targets
from salver.formats.pmml.values import is_value, read, written


@dataclass(frozen=True, slots=True)
class Converted:
    """A model in the graph: what it says after its targets."""

    model: Model
    said: Said


_Read: TypeAlias = Callable[[Element, Converted, GraphCompiler], Column]


def output_columns(converted: Converted, compiler: GraphCompiler) -> dict[str, Column]:
    """A model's OutputFields, in order. Raises Unsupported for features that have no operators."""
    model = converted.model
    output = model.element.first("Output")
    scope = Scope(model.scope.counter, model.scope)
    scope.target = model.target
    if model.target.name:
        _name(
            model.target.name, prediction(compiler.graph, converted.said, model.target), scope, model.element, compiler
        )
    found: dict[str, Column] = {}
    for element in output.all("OutputField") if output is not None else ():
        name = element.want("name")
        found[name] = _column(element, converted, scope, compiler)
        _name(name, found[name], scope, element, compiler)
    return found


def _name(name: str, column: Column, scope: Scope, place: Element, compiler: GraphCompiler) -> None:
    field = scope.counter.make(name, column.type, "", None, place)
    compiler.columns.put(field, column)
    scope.put(name, field)


def _column(element: Element, converted: Converted, scope: Scope, compiler: GraphCompiler) -> Column:
    expression = next((child for child in element.children if child.tag not in ("Decisions", "Value")), None)
    feature = element.get("feature") or ("transformedValue" if expression is not None else "predictedValue")
    if feature in ("transformedValue", "decision") and expression is not None:
        column = filled(expression_column(expression, scope, compiler.columns), compiler.columns)
    else:
        for attribute in ("segmentId", "targetField"):
            if element.get(attribute, converted.model.target.name) != converted.model.target.name:
                element.unsupported(f"an output with {attribute} cannot be converted")
        read = _READERS.get(feature)
        if read is None:
            element.unsupported(f"feature={short(feature)} cannot be converted; there are {', '.join(_READERS)}")
        column = read(element, converted, compiler)
    return as_type(column, element.get("dataType") or column.type, element, compiler.columns)


def _value(element: Element, converted: Converted, compiler: GraphCompiler) -> Column:
    return prediction(compiler.graph, converted.said, converted.model.target)


def _display(element: Element, converted: Converted, compiler: GraphCompiler) -> Column:
    said, target = converted.said, converted.model.target
    if not said.classes:
        element.unsupported("the display value of a number cannot be converted")
    rules = read_targets(converted.model.element, target)
    shown = {} if rules is None else rules.displays
    names = tuple(shown.get(label) or written(label, target.type) or "" for label in said.classes)
    return Column(labels(compiler.graph, said.winner, names, "string"), "string", said.may_miss)


def _of_class(matrix: str, element: Element, converted: Converted, compiler: GraphCompiler) -> Column:
    """A column of [n, classes]: that of the class which an output names, else the winner's."""
    graph, said = compiler.graph, converted.said
    if not matrix:
        element.unsupported(f"{converted.model.element.tag} has no {element.get('feature')} here that can be converted")
    text = element.attributes.get("value")
    if text is None:
        place = graph.add("Unsqueeze", said.winner, np.array([1]))
        entry = graph.column(graph.add("GatherElements", matrix, place, axis=1), 0)
        missing = graph.add("Less", said.winner, np.array(0))
        return Column(graph.where(missing, float("nan"), entry) if said.may_miss else entry, "double")
    label = converted.model.target.label(text, element)
    if label not in said.classes:
        return Column(graph.filled(float("nan")), "double")
    return Column(graph.column(matrix, said.classes.index(label)), "double", said.may_miss)


def _probability(element: Element, converted: Converted, compiler: GraphCompiler) -> Column:
    return _of_class(converted.said.probability, element, converted, compiler)


def _confidence(element: Element, converted: Converted, compiler: GraphCompiler) -> Column:
    kernel = compiler.kernels[converted.model.element]
    if getattr(kernel, "penalty", 1) != 1:
        element.unsupported("confidences with a missingValuePenalty cannot be converted")
    said = converted.said
    return _of_class(said.confidence or said.probability, element, converted, compiler)


def _entity(element: Element, converted: Converted, compiler: GraphCompiler) -> Column:
    said = converted.said
    if not said.entity or element.get("rank", "1") != "1":
        element.unsupported(f"{converted.model.element.tag} has no {element.get('feature')} that can be converted")
    type_ = element.get("dataType") or "string"
    if not all(is_value(name, type_) for name in said.entities):
        element.unsupported(f"not all entities are {type_}")
    names = tuple(read(name, type_) for name in said.entities)
    return Column(labels(compiler.graph, said.entity, names, type_), type_)


_READERS: Final[dict[str, _Read]] = {
    "predictedValue": _value,
    "predictedDisplayValue": _display,
    "probability": _probability,
    "confidence": _confidence,
    "entityId": _entity,
}
