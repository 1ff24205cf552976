"""The features that OutputFields read of a result, each: the element and the model, to the dataType of what is read and
how its column is computed. Specification: Output, "feature".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import Kernel, One, Result
from salver.formats.pmml.scope import Scope, Target
from salver.formats.pmml.values import written

Compute: TypeAlias = Callable[[Frame], Array]


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


def class_of(element: Element, model: Answering) -> int | None:
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
    place = class_of(element, model)

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
    place = class_of(element, model) if model.kernel.classes else None

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
    rank = rank_of(element)
    if text is not None:
        place = entities.index(text) if text in entities else -1
        return "double", lambda frame: _pick(model(frame).affinity, place, None, frame)
    return "double", lambda frame: _pick(model(frame).affinity, None, _ranked(model(frame), rank), frame)


def _entity(element: Element, model: Answering) -> tuple[str, Compute]:
    rank = rank_of(element)
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


def rank_of(element: Element) -> int:
    rank: int = element.integer("rank", 1)
    if rank < 1:
        element.refuse(f"rank={rank}, wanted 1 or more")
    return rank


def _residual(element: Element, model: Answering) -> tuple[str, Compute]:
    actual = model.scope.find(model.target.name) if model.target.name else None
    if actual is None:
        element.refuse("a residual needs the target among the inputs")
    if model.function != "classification":
        if actual.kind == "text":
            element.refuse(f"a residual is of numbers, field {short(actual.name)} is text")
        return "double", lambda frame: frame.column(actual) - model.prediction(frame)
    place = class_of(element, model)
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
    rank = rank_of(element)

    def compute(frame: Frame) -> Array:
        reasons = model(frame).reasons
        if reasons is None:
            return np.full(frame.rows, None, object)
        return _objects([codes[rank - 1] if len(codes) >= rank else None for codes in reasons])

    return "string", compute


READERS: Final[dict[str, Callable[[Element, Answering], tuple[str, Compute]]]] = {
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
