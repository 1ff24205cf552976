"""The segments of a MiningModel: a model each, the rows it is asked for, its weight.

Specification: MiningModel, "Segment".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import Model, Result, Submodel
from salver.formats.pmml.predicates import Predicate, compile_predicate, is_always_true
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.values import KINDS

_NOT_MODELS: Final = frozenset(
    ("SimplePredicate", "CompoundPredicate", "SimpleSetPredicate", "True", "False", "VariableWeight")
)


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """One segment, compiled."""

    id: str
    weight: float
    model: Submodel
    predicate: Predicate | None
    """None where it always takes part."""

    def rows(self, frame: Frame) -> Array | None:
        """The rows (a mask) in which it takes part; None for all."""
        if self.predicate is None:
            return None
        key = (self, "rows")
        mask: Array | None = frame.memo.get(key)
        if mask is None:
            mask = frame.memo[key] = self.predicate(frame)[0]
        return None if mask.all() else mask

    def part(self, frame: Frame) -> tuple[Frame, Array | None]:
        """The frame of the rows in which it takes part, and their positions; None for all of them."""
        mask = self.rows(frame)
        if mask is None:
            return frame, None
        key = (self, "part")
        found: tuple[Frame, Array] | None = frame.memo.get(key)
        if found is None:
            places = np.flatnonzero(mask)
            found = frame.memo[key] = (frame.take(places), places)
        return found

    def spread(self, frame: Frame, compute: Callable[[Frame], Array], type_: str) -> Array:
        """A column of the rows in which it takes part, over all rows; missing in the others."""
        part, places = self.part(frame)
        if places is None:
            return compute(part)
        is_text = KINDS[type_] == "text"
        column: Array = np.full(frame.rows, None if is_text else np.nan, object if is_text else np.float64)
        if len(places):
            column[places] = compute(part)
        return column


def read_segments(
    model: Model, segmentation: Element, wants: frozenset[str], *, chained: bool
) -> tuple[list[Segment], dict[str, Field]]:
    """The segments in order, and their outputs as fields of the model around them, which knows them by name. In a
    chain each segment sees the outputs of those before it.

    Raises BadInput for two of one id, Unsupported for weights that are expressions."""
    scope = Scope(model.scope.counter, model.scope)
    scope.target = model.target
    segments: list[Segment] = []
    published: dict[str, Field] = {}
    ids: set[str] = set()
    for position, element in enumerate(segmentation.all("Segment"), 1):
        id_ = element.get("id") or str(position)
        if id_ in ids:
            element.refuse(f"there are two segments {id_!r:.60}")
        ids.add(id_)
        if element.first("VariableWeight") is not None:
            element.unsupported("a VariableWeight is not supported")
        segment = _segment(element, id_, model, scope if chained else model.scope, wants)
        segments.append(segment)
        for name, field in _published(segment, model.scope).items():
            scope.put(name, field)
            published[name] = field
    if not segments:
        segmentation.refuse("a Segmentation needs segments")
    for name, field in published.items():
        if model.scope.find(name) is None:
            model.scope.put(name, field)
    return segments, published


def model_element(segment: Element) -> Element:
    """The model inside a Segment."""
    found = next((child for child in segment.children if child.tag not in _NOT_MODELS), None)
    if found is None:
        segment.refuse("a Segment needs a model")
    return found


def _segment(element: Element, id_: str, model: Model, scope: Scope, wants: frozenset[str]) -> Segment:
    predicate = None if is_always_true(element) else compile_predicate(element, scope)
    inner = model.compile(model_element(element), scope, wants)
    return Segment(id_, element.number("weight", 1.0), inner, predicate)


def _published(segment: Segment, scope: Scope) -> dict[str, Field]:
    """A segment's outputs as fields of the model around it."""
    fields: dict[str, Field] = {}
    for name, field in segment.model.outputs.items():
        compute: Any = lambda frame, field=field: segment.spread(frame, lambda part: part.column(field), field.type)  # noqa: E731
        made = scope.counter.make(name, field.type, field.optype, compute, segment.model.element)
        made.levels = field.levels
        made.single = field.single if segment.predicate is None else None
        fields[name] = made
    return fields


def gather(result: Result, mapping: Array | None, classes: int) -> Result:
    """A result in the classes of the model around it: `mapping` has the place of each of its own classes there."""
    if mapping is None or result.winner is None:
        return result
    probability = None if result.probability is None else widened(result.probability, mapping, classes)
    return replace(result, winner=np.append(mapping, -1)[result.winner], probability=probability, confidence=None)


def widened(probability: Array, mapping: Array, classes: int) -> Array:
    """A distribution over some of the classes as one over all of them."""
    wide = np.zeros((len(probability), classes))
    wide[:, mapping] = probability
    wide[np.isnan(probability[:, 0])] = np.nan
    return wide
