"""The shape of a model as plain data: what it is made of, counted. Segments have shapes of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from salver.formats.pmml.describe.counting import COUNTERS
from salver.formats.pmml.describe.predicate_text import predicate_text
from salver.formats.pmml.element import Element
from salver.formats.pmml.models.table import MODELS
from salver.formats.pmml.predicates import TAGS
from salver.formats.pmml.trees.nodes import Nodes

Facts: TypeAlias = dict[str, Any]

_OF_ITS_OWN: Final = ("Output", "Targets", "LocalTransformations")


@dataclass(frozen=True, slots=True)
class Part:
    """A segment, or a model inside another."""

    id: str
    predicate: str
    """When it takes part, in words; empty for always."""
    weight: float | None
    shape: Shape


@dataclass(frozen=True, slots=True)
class Shape:
    """A model element, counted."""

    element: str
    function: str
    name: str
    algorithm: str
    line: int
    facts: Facts
    parts: tuple[Part, ...] = ()
    """Its segments; empty where all are plain trees, which are counted together."""


def shape_of(model: Element) -> Shape:
    """The shape of a model element."""
    facts: Facts = {}
    parts: tuple[Part, ...] = ()
    if model.tag == "MiningModel":
        facts, parts = _mining(model)
    elif model.tag == "TreeModel":
        facts = tree_facts([model])
    else:
        count: Callable[[Element], Facts] = COUNTERS.get(model.tag, lambda _: {})
        facts = count(model)
        inner = next(model.all(*MODELS), None)
        parts = (Part("", "", None, shape_of(inner)),) if inner is not None else ()
    return Shape(
        model.tag,
        model.get("functionName"),
        model.get("modelName"),
        model.get("algorithmName"),
        model.line,
        {**facts, **_around(model)},
        parts,
    )


def _around(model: Element) -> Facts:
    local = model.first("LocalTransformations")
    return {"derived fields of its own": len(list(local.all("DerivedField")))} if local is not None else {}


def _mining(model: Element) -> tuple[Facts, tuple[Part, ...]]:
    segmentation = model.first("Segmentation")
    if segmentation is None:
        return {}, ()
    segments = [(segment, next(segment.all(*MODELS), None)) for segment in segmentation.all("Segment")]
    facts: Facts = {"method": segmentation.get("multipleModelMethod"), "segments": len(segments)}
    treatment = segmentation.get("missingPredictionTreatment")
    if treatment:
        facts["missing predictions"] = treatment
    models = [inner for _, inner in segments if inner is not None]
    if len(models) > 1 and all(_is_plain(segment, inner) for segment, inner in segments):
        return facts | tree_facts(models), ()
    return facts, tuple(
        _part(segment, inner, place) for place, (segment, inner) in enumerate(segments, 1) if inner is not None
    )


def _is_plain(segment: Element, model: Element | None) -> bool:
    """Whether a segment is nothing but one more tree."""
    is_tree = model is not None and model.tag == "TreeModel" and model.first(*_OF_ITS_OWN) is None
    return is_tree and segment.first("True") is not None


def _part(segment: Element, inner: Element, place: int) -> Part:
    predicate = segment.need(*TAGS)
    return Part(
        segment.get("id") or str(place),
        "" if predicate.tag == "True" else predicate_text(predicate),
        segment.number("weight", None),
        shape_of(inner),
    )


def tree_facts(models: list[Element]) -> Facts:
    """Trees, counted together."""
    tables = [model.table for model in models if isinstance(model.table, Nodes)]
    leaves = [len(set(range(len(nodes))).difference(nodes.parent)) for nodes in tables]
    facts: Facts = {"trees": len(tables)} if len(models) > 1 else {}
    facts["nodes"] = sum(map(len, tables))
    facts["leaves"] = sum(leaves)
    facts["depth"] = max(map(_depth, tables), default=0)
    for attribute in ("missingValueStrategy", "noTrueChildStrategy", "missingValuePenalty"):
        words = sorted({model.get(attribute) for model in models} - {""})
        if words:
            facts[attribute] = ", ".join(words)
    return facts


def _depth(nodes: Nodes) -> int:
    """Forks on the longest way. A parent comes before its children."""
    depths = [0] * len(nodes)
    for node, parent in enumerate(nodes.parent):
        if parent >= 0:
            depths[node] = depths[parent] + 1
    return max(depths, default=0)
