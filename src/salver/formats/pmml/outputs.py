"""OutputFields: what a document says of its answer. Each becomes a field like any other, so that later segments,
later outputs and the answer itself read it the same way. Specification: Output.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.expressions import compile_expression
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import Kernel, One, Result, Target
from salver.formats.pmml.rule_outputs import RULE_FEATURES, compile_rule_output
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.values import KINDS, cast, written

Compute: TypeAlias = Callable[[Frame], Array]

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


class Answering(Protocol):
    """What outputs are read of: a submodel."""

    @property
    def element(self) -> Element: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def target(self) -> Target: ...
    @property
    def function(self) -> str: ...
    @property
    def kernel(self) -> Kernel: ...
    @property
    def is_quick(self) -> bool: ...
    def __call__(self, frame: Frame) -> Result: ...
    @property
    def labels(self) -> tuple[Any, ...]: ...
    def one(self, frame: Frame) -> One: ...
    def prediction(self, frame: Frame) -> Array: ...
    def display(self, frame: Frame) -> Array: ...


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
        return _single_reason(_rank(element), model)
    if not model.is_quick:
        return None
    if feature == "predictedValue":
        return Pick(model)
    place = _class(element, model) if feature == "probability" else None
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
    reader = _READERS.get(feature)
    if reader is None:
        element.unsupported(
            f"feature={short(feature)} is not supported; there are {', '.join((*_READERS, *_EXPRESSIONS))}"
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


# Features, each: the element and the model -> its dataType and how its column is computed.


def _value(element: Element, model: Answering) -> tuple[str, Compute]:
    wanted = element.get("targetField")
    if wanted and wanted != model.target.name:
        other = _other_target(wanted, element, model)
        return other.type, lambda frame: target_column(model(frame), wanted)
    return model.target.type, model.prediction


def target_column(result: Result, name: str) -> Array:
    """The prediction of another target than the first."""
    return (result.targets or {})[name]


def _other_target(name: str, element: Element, model: Answering) -> Target:
    others: dict[str, Target] = getattr(model.kernel, "other_targets", {})
    if name not in others:
        element.refuse(f"there is no target {short(name)}")
    return others[name]


def _display(element: Element, model: Answering) -> tuple[str, Compute]:
    type_ = model.target.type

    def compute(frame: Frame) -> Array:
        return _objects(
            value if isinstance(value, str) else written(value, type_) for value in model.display(frame).tolist()
        )

    return "string", compute


def _class(element: Element, model: Answering) -> int | None:
    """The place of the class that an output names; None for the winner's."""
    text = element.attributes.get("value")
    if text is None:
        return None
    label = model.target.label(text, element)
    classes = model.kernel.classes
    if label not in classes:
        return -1
    return classes.index(label)


def _probability(element: Element, model: Answering) -> tuple[str, Compute]:
    place = _class(element, model)

    def compute(frame: Frame) -> Array:
        result = model(frame)
        if place == -1:
            return _nought_for_the_rest(np.full(frame.rows, np.nan), result)
        return _pick(result.probability, place, result.winner, frame)

    return "double", compute


def _nought_for_the_rest(column: Array, result: Result) -> Array:
    """Where there is an answer, what it does not say of a class is 0."""
    if result.winner is None:
        return column
    return np.where((column != column) & (result.winner >= 0), 0.0, column)


def _confidence(element: Element, model: Answering) -> tuple[str, Compute]:
    place = _class(element, model) if model.kernel.classes else None

    def compute(frame: Frame) -> Array:
        result = model(frame)
        confidence = result.confidence if result.confidence is not None else result.probability
        if confidence is not None and confidence.shape[1] == 1:
            return confidence[:, 0]
        told = _pick(confidence, place, result.winner, frame)
        return told if place is None else _nought_for_the_rest(told, result)

    return "double", compute


def _affinity(element: Element, model: Answering) -> tuple[str, Compute]:
    text = element.attributes.get("value")
    entities = model.kernel.entities
    rank = _rank(element)
    if text is not None:
        place = entities.index(text) if text in entities else -1
        return "double", lambda frame: _pick(model(frame).affinity, place, None, frame)
    return "double", lambda frame: _pick(model(frame).affinity, None, _ranked(model(frame), rank), frame)


def _entity(element: Element, model: Answering) -> tuple[str, Compute]:
    rank = _rank(element)
    names: list[str | None] = [*model.kernel.entities, None]

    def compute(frame: Frame) -> Array:
        places = _ranked(model(frame), rank)
        if places is None:
            return np.full(frame.rows, None, object)
        return _objects(names[place] for place in places.tolist())

    return "string", compute


def _ranked(result: Result, rank: int) -> Array | None:
    """Places of the entities that come at a rank."""
    if rank == 1 and result.entity is not None:
        return result.entity
    if result.ranking is not None and rank <= result.ranking.shape[1]:
        return result.ranking[:, rank - 1]
    return None


def _rank(element: Element) -> int:
    rank: int = element.integer("rank", 1)
    if rank < 1:
        element.refuse(f"rank={rank}, wanted 1 or more")
    return rank


def _residual(element: Element, model: Answering) -> tuple[str, Compute]:
    actual = model.scope.find(model.target.name) if model.target.name else None
    if actual is None:
        element.refuse("a residual needs the target among the inputs")
    if model.function != "classification":
        return "double", lambda frame: frame.column(actual) - model.prediction(frame)
    place = _class(element, model)
    table = np.array([*model.kernel.classes, None], object)

    def compute(frame: Frame) -> Array:
        result = model(frame)
        classes = np.full(frame.rows, -1 if place is None else place)
        if place is None and result.winner is not None:
            classes = result.winner
        known = frame.column(actual)
        hit = np.array([a == b for a, b in zip(known.tolist(), table[classes].tolist(), strict=True)], float)
        hit[[value is None or value != value for value in known.tolist()]] = np.nan
        return hit - _pick(result.probability, place, result.winner, frame)

    return "double", compute


def _fact(feature: str, type_: str) -> Callable[[Element, Answering], tuple[str, Compute]]:
    def read_fact(element: Element, model: Answering) -> tuple[str, Compute]:
        def compute(frame: Frame) -> Array:
            found = (model(frame).facts or {}).get(feature)
            if found is None:
                return np.full(
                    frame.rows, None if type_ == "string" else np.nan, object if type_ == "string" else float
                )
            return found

        return type_, compute

    return read_fact


def _reason_code(element: Element, model: Answering) -> tuple[str, Compute]:
    rank = _rank(element)

    def compute(frame: Frame) -> Array:
        reasons = model(frame).reasons
        if reasons is None:
            return np.full(frame.rows, None, object)
        return _objects([codes[rank - 1] if len(codes) >= rank else None for codes in reasons])

    return "string", compute


_READERS: Final[dict[str, Callable[[Element, Answering], tuple[str, Compute]]]] = {
    "predictedValue": _value,
    "predictedDisplayValue": _display,
    "probability": _probability,
    "confidence": _confidence,
    "affinity": _affinity,
    "clusterId": _entity,
    "clusterAffinity": _affinity,
    "entityId": _entity,
    "entityAffinity": _affinity,
    "residual": _residual,
    "reasonCode": _reason_code,
    "standardError": _fact("standardError", "double"),
    "standardDeviation": _fact("standardDeviation", "double"),
    "warning": _fact("warning", "string"),
    "ruleValue": _fact("ruleValue", "string"),
}


def _pick(matrix: Array | None, place: int | None, winner: Array | None, frame: Frame) -> Array:
    """One column of a matrix, or in each row the winner's entry; missing where there is none."""
    if matrix is None or place == -1 or (place is None and winner is None):
        return np.full(frame.rows, np.nan)
    if place is not None:
        return matrix[:, place]
    places = np.full(len(matrix), -1) if winner is None else winner
    return np.where(places < 0, np.nan, matrix[np.arange(len(matrix)), places])


def _objects(values: Any) -> Array:
    items = list(values)
    column = np.empty(len(items), object)
    column[:] = items
    return column
