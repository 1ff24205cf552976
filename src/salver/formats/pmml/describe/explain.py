"""Explains one answer of a model: the general facts for every kind, and the detail of those that have an explainer."""

from __future__ import annotations

from typing import Any, Final, cast

from salver.formats.pmml.describe.explanations import Detail, Explained, Segments, TracedSegment, TreePath
from salver.formats.pmml.describe.leaves import leaves
from salver.formats.pmml.describe.predicate_text import predicate_text
from salver.formats.pmml.describe.sums import number, points, sums
from salver.formats.pmml.describe.tree_path import tree_path
from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import Result
from salver.formats.pmml.predicates import TAGS
from salver.formats.pmml.segments.forests import ClassForest, NumberForest, TwoClassForest
from salver.formats.pmml.segments.parts import Segment
from salver.formats.pmml.segments.select import Segmented
from salver.formats.pmml.submodel import Compiled
from salver.formats.pmml.trees.nodes import Nodes
from salver.formats.pmml.trees.scores import shares_of
from salver.formats.pmml.values import shown_as, written

_REGRESSIONS: Final = ("RegressionModel", "GeneralRegressionModel")


def explain(model: Compiled, frame: Frame, trees: int) -> Explained:
    """How a model came to its answer for the only row of a frame. Of each forest so many trees, 0 for all."""
    result = model(frame)
    raw = model.kernel(frame).value
    before = None if raw is None or raw.dtype == object else number(raw[0])
    prediction = model.prediction(frame).item(0)
    if not isinstance(prediction, list):
        prediction = shown_as(prediction, model.target.type)
    classes = tuple(str(written(label, model.target.type)) for label in model.kernel.classes)
    entity = -1 if result.entity is None else int(result.entity[0])
    return Explained(
        model.element.tag,
        model.element.get("modelName"),
        model.function,
        _detail(model, frame, trees),
        before if before != prediction and model.element.first("Targets") is not None else None,
        prediction,
        _row(classes, result.probability),
        _row(classes, result.confidence),
        _row(model.kernel.entities, result.affinity),
        model.kernel.entities[entity] if entity >= 0 else None,
        _ranking(model, result),
        tuple(result.reasons[0]) if result.reasons is not None else (),
    )


def _row(names: tuple[str, ...], matrix: Array | None) -> dict[str, float | None]:
    if matrix is None or matrix.shape[1] != len(names):
        return {}
    return {name: number(value) for name, value in zip(names, matrix[0].tolist(), strict=True)}


def _ranking(model: Compiled, result: Result) -> tuple[str, ...]:
    places: list[int] = [] if result.ranking is None else result.ranking[0].tolist()
    return tuple(model.kernel.entities[place] for place in places if place >= 0)


def _detail(model: Compiled, frame: Frame, trees: int) -> Detail | None:
    kernel: Any = model.kernel
    if isinstance(kernel, (NumberForest, TwoClassForest, ClassForest)):
        return leaves(model, kernel, frame, trees)
    if isinstance(kernel, Segmented):
        return _segments(model, kernel, frame, trees)
    if model.element.tag == "TreeModel":
        return _tree(model, frame)
    if model.element.tag in _REGRESSIONS:
        return sums(model, frame)
    return points(model, frame) if model.element.tag == "Scorecard" else None


def _tree(model: Compiled, frame: Frame) -> TreePath | None:
    nodes = model.element.table
    if not isinstance(nodes, Nodes):
        return None
    return tree_path(nodes, model.scope, frame, _shares(nodes, model) if model.kernel.classes else {})


def _shares(nodes: Nodes, model: Compiled) -> dict[int, dict[str, float]]:
    """The distribution of each node that has one."""
    shares = shares_of(nodes, model.target)
    if shares.probability is None:
        return {}
    names = [str(written(label, model.target.type)) for label in shares.classes]
    return {
        node: dict(zip(names, row, strict=True))
        for node, row in enumerate(shares.probability.tolist())
        if row and row[0] == row[0]
    }


def _segments(model: Compiled, kernel: Segmented, frame: Frame, trees: int) -> Segments:
    segmentation = model.element.need("Segmentation")
    method = segmentation.get("multipleModelMethod")
    traced: list[TracedSegment] = []
    for segment, element in zip(kernel.segments, segmentation.all("Segment"), strict=True):
        is_settled = method == "selectFirst" and any(one.explained is not None for one in traced)
        predicate = predicate_text(element.need(*TAGS))
        traced.append(_segment(segment, predicate, frame, trees, "is not asked" if is_settled else ""))
    return Segments(method, tuple(traced))


def _segment(segment: Segment, predicate: str, frame: Frame, trees: int, left_out: str) -> TracedSegment:
    explained = None
    if not left_out:
        part, _ = segment.part(frame)
        left_out = "" if part.rows else "takes no part"
        explained = explain(cast(Compiled, segment.model), part, trees) if part.rows else None
    return TracedSegment(segment.id, segment.weight, "" if predicate == "true" else predicate, left_out, explained)
