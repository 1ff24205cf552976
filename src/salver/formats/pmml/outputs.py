"""OutputFields: what a document says of its answer. Each becomes a field like any other, so that later segments,
later outputs and the answer itself read it the same way. Specification: Output.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.expressions import compile_expression
from salver.formats.pmml.frame import Field, Frame
from salver.formats.pmml.kernel import One
from salver.formats.pmml.output_features import READERS, Answering, Compute, class_of, rank_of
from salver.formats.pmml.rule_outputs import RULE_FEATURES, compile_rule_output
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.values import KINDS, cast

_EXPRESSIONS: Final = ("transformedValue", "decision")
_TYPES: Final = {
    "probability": "double",
    "confidence": "double",
    "affinity": "double",
    "clusterAffinity": "double",
    "entityAffinity": "double",
    "residual": "double",
    "standardError": "double",
    "standardDeviation": "double",
    "support": "double",
    "lift": "double",
    "leverage": "double",
    "clusterId": "string",
    "entityId": "string",
    "reasonCode": "string",
    "warning": "string",
    "rule": "string",
    "ruleId": "string",
    "antecedent": "string",
    "consequent": "string",
    "ruleValue": "string",
    "predictedDisplayValue": "string",
}
"""What an OutputField without a dataType is, by feature."""


def features_read(model: Element) -> frozenset[str]:
    """The features that a model's OutputFields read."""
    output = model.first("Output")
    return frozenset(_feature(field) for field in output.all("OutputField")) if output is not None else frozenset()


def compile_outputs(model: Answering) -> dict[str, Field]:
    """The OutputFields of a model, in order, as fields. Raises BadInput for two of one name."""
    output = model.element.first("Output")
    fields: dict[str, Field] = {}
    scope = Scope(model.scope.counter, model.scope)
    scope.target = model.target
    if model.target.name:
        scope.put(model.target.name, _predicted(model, model.element))
    for element in output.all("OutputField") if output is not None else ():
        name = element.want("name")
        if name in fields:
            element.refuse(f"there are two outputs {short(name)}")
        fields[name] = _compile(element, model, scope)
        scope.put(name, fields[name])
    return fields


def is_final(element: Element) -> bool:
    """Whether an OutputField belongs to the answer."""
    return element.flag("isFinalResult", default=True)


def _feature(element: Element) -> str:
    expression = any(child.tag not in ("Decisions", "Value") for child in element.children)
    return element.get("feature") or ("transformedValue" if expression else "predictedValue")


def _predicted(model: Answering, place: Element) -> Field:
    target = model.target
    field = model.scope.counter.make(target.name, target.type, target.optype, model.prediction, place)
    field.levels = target.levels
    return field


def _compile(element: Element, model: Answering, scope: Scope) -> Field:
    feature = _feature(element)
    source, compute = _source(feature, element, model, scope)
    declared = element.get("dataType")
    type_ = declared or _TYPES.get(feature) or source
    optype = element.get("optype") or ("categorical" if KINDS.get(type_) in ("text", "boolean") else "continuous")
    if type_ != source:
        compute = _casting(compute, source, type_, element)
    field = scope.counter.make(element.want("name"), type_, optype, compute, element)
    if type_ == source and not element.attributes.keys() & {"segmentId", "targetField"}:
        field.single = _single(feature, element, model)
    return field


def _single(feature: str, element: Element, model: Answering) -> Callable[[Frame], Any] | None:
    """The short way for one row, where a feature has one."""
    if feature == "reasonCode":
        return _single_reason(rank_of(element), model)
    if not model.is_quick:
        return None
    if feature == "predictedValue":
        return Pick(model)
    place = class_of(element, model) if feature == "probability" else None
    return None if place is None or place < 0 else Pick(model, place)


@dataclass(frozen=True, slots=True)
class Pick:
    """What a quick model says of one row: its prediction, or the probability of a class."""

    model: Answering
    place: int = -1
    """Of the class; -1 for the prediction."""

    def __call__(self, frame: Frame) -> Any:
        return self.of(self.model.one(frame))

    def of(self, said: One) -> Any:
        """Out of the model's answer."""
        value, shares = said
        if self.place >= 0:
            return math.nan if shares is None else shares[self.place]
        return self.model.labels[value] if self.model.labels else value


def _single_reason(rank: int, model: Answering) -> Callable[[Frame], Any]:
    def code(frame: Frame) -> str | None:
        reasons = model(frame).reasons
        return reasons[0][rank - 1] if reasons is not None and rank <= len(reasons[0]) else None

    return code


def _casting(compute: Compute, source: str, type_: str, element: Element) -> Compute:
    if type_ not in KINDS:
        element.refuse(f"dataType={short(type_)} is not known here; wanted one of {', '.join(KINDS)}")
    return lambda frame: cast(compute(frame), source, type_)[0]


def _source(feature: str, element: Element, model: Answering, scope: Scope) -> tuple[str, Compute]:
    """The dataType of a feature as it is read, and how."""
    if feature in _EXPRESSIONS:
        child = next((child for child in element.children if child.tag != "Decisions"), None)
        if child is None:
            element.refuse(f"an output of feature {feature} needs an expression")
        expression = compile_expression(child, scope)
        return expression.type, expression.compute
    if "segmentId" in element.attributes:
        return _of_segment(feature, element, model)
    if feature in RULE_FEATURES and hasattr(model.kernel, "rules"):
        return compile_rule_output(feature, element, model.kernel)
    reader = READERS.get(feature)
    if reader is None:
        element.unsupported(
            f"feature={short(feature)} is not supported; there are {', '.join((*READERS, *_EXPRESSIONS))}"
        )
    return reader(element, model)


def _of_segment(feature: str, element: Element, model: Answering) -> tuple[str, Compute]:
    """A feature of one segment of a MiningModel, missing where it took no part."""
    find = getattr(model.kernel, "segment", None)
    segment = find(element.get("segmentId")) if find is not None else None
    if segment is None:
        element.refuse(f"there is no segment {short(element.get('segmentId'))}")
    plain = Element(
        element.tag,
        {key: value for key, value in element.attributes.items() if key != "segmentId"},
        element.line,
        element.parent,
    )
    type_, compute = _source(feature, plain, segment.model, segment.model.scope)
    return type_, lambda frame: segment.spread(frame, compute, type_)
