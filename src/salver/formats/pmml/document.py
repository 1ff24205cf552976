"""A document, opened: its model compiled, its fields at the door.

Specification: General Structure. Several models in one document are alternatives: the first that is scorable answers,
unless another is named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from salver.core.errors import Fault
from salver.formats.onnx_options import OnnxOptions
from salver.formats.pmml.aggregates import list_fields
from salver.formats.pmml.dictionary import DataField, read_dictionary
from salver.formats.pmml.door import Door, Input
from salver.formats.pmml.element import Element, short
from salver.formats.pmml.expressions import promise_all
from salver.formats.pmml.models.table import MODELS, REFUSED
from salver.formats.pmml.options import PmmlOptions
from salver.formats.pmml.progress import Progress
from salver.formats.pmml.reader import read_document
from salver.formats.pmml.scope import Counter, Scope
from salver.formats.pmml.submodel import Compiled, Compiler
from salver.formats.pmml.treatment import MiningField, Treatment, read_schema

_MODELS: Final = (*MODELS, *REFUSED)


@dataclass(frozen=True, slots=True)
class Document:
    """A compiled document."""

    root: Element
    model: Compiled
    door: Door
    facts: Mapping[str, str]
    """What the document says of itself, for people."""


def open_document(path: str, options: PmmlOptions, onnx: OnnxOptions, progress: Progress) -> Document:
    """Reads and compiles. Raises BadInput or Unsupported with path and line for what cannot be."""
    root = read_document(path, options, progress)
    progress.compiling()
    try:
        return _compiled(root, options, onnx)
    except Fault as fault:
        raise type(fault)(f"{path}: {fault.message}") from None


def _compiled(root: Element, options: PmmlOptions, onnx: OnnxOptions) -> Document:
    element = _chosen(root, options.model)
    dictionary = read_dictionary(root)
    schema = read_schema(element)
    scope = Scope(Counter(onnx))
    inputs = _inputs(element, schema, dictionary, scope)
    _mark_lists(inputs, list_fields(root))
    scope.counter.matrix = tuple(entry.field for entry in inputs if entry.is_number)
    for place, field in enumerate(scope.counter.matrix):
        field.place = place
    transformations = root.first("TransformationDictionary")
    if transformations is not None:
        scope.functions.update(_functions(transformations))
        promise_all(transformations, scope)
    model = Compiler(dictionary).outermost(element, scope)
    _mark_lists(inputs, {field.name for field in getattr(model.kernel, "baskets", ())})
    door = Door(tuple(inputs), len(scope.counter.fields))
    return Document(root, model, door, _facts(root, element))


def _chosen(root: Element, name: str) -> Element:
    models = list(root.all(*_MODELS))
    if not models:
        unknown = [child.tag for child in root.children if child.first("MiningSchema") is not None]
        if unknown:
            root.need(unknown[0]).unsupported(f"there is no model element {unknown[0]}; there are {', '.join(MODELS)}")
        root.refuse(f"there is no model in it; wanted one of {', '.join(MODELS)}")
    if name:
        found = next((model for model in models if model.get("modelName") == name), None)
        if found is None:
            names = ", ".join(short(model.get("modelName")) for model in models)
            root.refuse(f"there is no model {short(name)}; the models are {names}")
        return found
    return next((model for model in models if model.flag("isScorable", default=True)), models[0])


def _inputs(
    element: Element, schema: dict[str, MiningField], dictionary: Mapping[str, DataField], scope: Scope
) -> list[Input]:
    """The fields that come in, put into the scope."""
    inputs = []
    with_residual = _reads_residual(element)
    for name, mining in schema.items():
        data = dictionary.get(name)
        if data is None:
            if mining.is_target:
                continue
            mining.element.refuse(f"there is no field {short(name)} in the DataDictionary")
        if mining.is_target and not with_residual:
            continue
        field = scope.counter.make(name, data.type, mining.optype or data.optype, None, mining.element)
        field.levels = data.valid
        scope.put(name, field)
        inputs.append(Input(data, field, Treatment(mining, data, field)))
    return inputs


def _reads_residual(model: Element) -> bool:
    output = model.first("Output")
    return output is not None and any(field.get("feature") == "residual" for field in output.all("OutputField"))


def _functions(transformations: Element) -> dict[str, Element]:
    functions: dict[str, Element] = {}
    for element in transformations.all("DefineFunction"):
        name = element.want("name")
        if name in functions:
            element.refuse(f"there are two functions {short(name)}")
        functions[name] = element
    return functions


def _mark_lists(inputs: list[Input], names: Collection[str]) -> None:
    """An entry of these fields may be a list: the items of a basket, or what an Aggregate or a Lag reads."""
    for entry in inputs:
        if entry.data.name in names:
            entry.is_basket = True


def _facts(root: Element, model: Element) -> dict[str, str]:
    header = root.first("Header")
    application = header.first("Application") if header is not None else None
    timestamp = header.first("Timestamp") if header is not None else None
    facts: dict[str, Any] = {
        "version": root.get("version"),
        "model": model.tag,
        "name": model.get("modelName"),
        "function": model.get("functionName"),
        "algorithm": model.get("algorithmName"),
        "description": header.get("description") if header is not None else "",
        "copyright": header.get("copyright") if header is not None else "",
        "application": f"{application.get('name')} {application.get('version')}".strip()
        if application is not None
        else "",
        "timestamp": timestamp.text.strip() if timestamp is not None else "",
    }
    return {name: value for name, value in facts.items() if value}
