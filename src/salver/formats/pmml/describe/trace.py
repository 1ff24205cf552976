"""One prediction, from the request to the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from salver.core.signature import ERROR
from salver.formats.pmml.describe.explain import explain
from salver.formats.pmml.describe.explanations import Trace, TracedField, TracedInput
from salver.formats.pmml.dictionary import DataField
from salver.formats.pmml.document import Document
from salver.formats.pmml.element import Element
from salver.formats.pmml.evaluator import PmmlEvaluator
from salver.formats.pmml.frame import Frame
from salver.formats.pmml.models.table import MODELS
from salver.formats.pmml.treatment import MiningField, read_schema
from salver.formats.pmml.values import is_value, shown_as


def trace(evaluator: PmmlEvaluator, row: Mapping[str, Any], trees: int = 0) -> Trace:
    """How the answer to one row came about, with so many trees of each forest (0 for all).

    Raises BadInput for a row of none of the document's fields, or a misspelt one."""
    document = evaluator.document
    outputs = evaluator.of_values([row])
    reasons = outputs.pop(ERROR, None)
    refused = "" if reasons is None else str(reasons[0])
    frame = document.door.rows([row])
    explained = None if refused else explain(document.model, frame, trees)
    return Trace(
        tuple(_inputs(document, row, frame)),
        tuple(str(name) for name in row if name not in document.door.names),
        () if refused else tuple(_derived(document, frame)),
        explained,
        {} if refused else first_row(outputs),
        refused,
    )


def first_row(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The first entries of columns as plain values; None where they are missing."""
    return {name: _plain(column[0]) for name, column in columns.items()}


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if value is None or value != value else value


def _inputs(document: Document, row: Mapping[str, Any], frame: Frame) -> Iterator[TracedInput]:
    schema = read_schema(document.model.element)
    for entry in document.door.inputs:
        name = entry.data.name
        value = frame.column(entry.field).item(0)
        shown = value if isinstance(value, list) else shown_as(value, entry.field.type)
        yield TracedInput(name, row.get(name), shown, _remark(row, entry.data, schema[name], shown))


def _remark(row: Mapping[str, Any], data: DataField, mining: MiningField, value: Any) -> str:
    """What the schema did to a value."""
    given = row.get(data.name)
    if given is None or given != given:
        how = "not sent" if data.name not in row else "missing"
        return how if value is None else f"{how}: replaced ({mining.missing})"
    read = is_value(given, data.type) if not isinstance(given, list) else True
    if str(given) in data.missing:
        return "means missing" if value is None else f"means missing: replaced ({mining.missing})"
    if value is None and read and _is_outlier(given, mining):
        return "outlier: taken as missing"
    if value is None:
        return "invalid: taken as missing" if mining.invalid == "asMissing" else "invalid"
    if not read:
        return f"invalid: replaced ({mining.invalid})"
    return _changed(given, data, mining, value)


def _changed(given: Any, data: DataField, mining: MiningField, value: Any) -> str:
    if isinstance(given, list) or str(value) == str(given) or _equal(value, given):
        return ""
    if _is_outlier(given, mining):
        clamped = mining.outliers == "asExtremeValues"
        return f"outlier: {'clamped' if clamped else 'replaced'} ({mining.outliers})"
    if data.type == "float" and _equal(value, np.float32(given)):
        return "rounded to single precision"
    return f"invalid: replaced ({mining.invalid})" if mining.invalid in ("asValue", "asMissing") else ""


def _equal(value: Any, given: Any) -> bool:
    try:
        return bool(float(value) == float(given))
    except (TypeError, ValueError):
        return False


def _is_outlier(given: Any, mining: MiningField) -> bool:
    if mining.outliers == "asIs":
        return False
    try:
        number = float(given)
    except (TypeError, ValueError):
        return False
    low, high = mining.low, mining.high
    return (low is not None and number < low) or (high is not None and number > high)


def _derived(document: Document, frame: Frame) -> Iterator[TracedField]:
    """The derived fields that were compiled, which is: are used. A name may be that of several, in several models."""
    names = {element.get("name") for element in _derived_elements(document)}
    for field in document.model.scope.counter.fields:
        if field.name in names and field.compute is not None:
            yield TracedField(field.name, field.type, shown_as(frame.column(field).item(0), field.type))


def _derived_elements(document: Document) -> Iterator[Element]:
    waiting = [document.model.element]
    dictionary = document.root.first("TransformationDictionary")
    if dictionary is not None:
        yield from dictionary.all("DerivedField")
    while waiting:
        model = waiting.pop()
        local, segmentation = model.first("LocalTransformations"), model.first("Segmentation")
        if local is not None:
            yield from local.all("DerivedField")
        for segment in segmentation.all("Segment") if segmentation is not None else ():
            waiting += segment.all(*MODELS)
