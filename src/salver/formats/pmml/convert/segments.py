"""MiningModels as nodes: forests as one table of trees, chains, selections, and segments that answer together.

Specification: MiningModel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from salver.formats.pmml.convert import models, trees
from salver.formats.pmml.convert.compiler import GraphCompiler
from salver.formats.pmml.convert.graph import Graph
from salver.formats.pmml.convert.joints import join_numbers, join_shares, join_tallies
from salver.formats.pmml.convert.outputs import Converted, output_columns
from salver.formats.pmml.convert.predicates import predicate_masks
from salver.formats.pmml.convert.said import Said, classified
from salver.formats.pmml.element import Element
from salver.formats.pmml.kernel import Model
from salver.formats.pmml.predicates import TAGS
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.segments.forests import compile_forest
from salver.formats.pmml.segments.numbers import read_absence
from salver.formats.pmml.segments.parts import model_element
from salver.formats.pmml.segments.votes import VOTING

_CHAINS: Final = ("modelChain", "multiModelChain")


@dataclass(frozen=True, slots=True)
class _Part:
    """A segment in the graph."""

    converted: Converted
    weight: float
    mask: str
    """The rows in which it takes part; empty for all."""


def mining(model: Model, compiler: GraphCompiler) -> Said:
    """A MiningModel. Raises Unsupported for methods that have no operators."""
    segmentation = model.element.need("Segmentation")
    method = segmentation.want("multipleModelMethod")
    forest = compile_forest(model, segmentation, method)
    if forest is not None:
        return trees.forest(model, forest, compiler)
    if method == "selectAll":
        segmentation.unsupported("multipleModelMethod=selectAll gives lists, for which ONNX has no type")
    parts = _parts(model, segmentation, compiler, is_chain=method in _CHAINS)
    classes = compiler.kernels[model.element].classes
    if method in _CHAINS or method == "selectFirst":
        entities = compiler.kernels[model.element].entities
        return _chosen(parts, classes, entities, compiler.graph, last=method in _CHAINS)
    return _joined(parts, classes, method, segmentation, compiler.graph)


def _parts(model: Model, segmentation: Element, compiler: GraphCompiler, *, is_chain: bool) -> list[_Part]:
    scope = Scope(model.scope.counter, model.scope)
    scope.target = model.target
    parts = []
    for segment in segmentation.all("Segment"):
        outer = scope if is_chain else model.scope
        predicate = segment.need(*TAGS)
        mask = "" if predicate.tag == "True" else predicate_masks(predicate, outer, compiler.columns)[0]
        inner = model.prepare(model_element(segment), outer)
        converted = models.converted(inner, compiler)
        part = _Part(converted, segment.number("weight", 1.0), mask)
        parts.append(part)
        _publish(part, model.scope, scope, compiler)
    return parts


def _publish(part: _Part, around: Scope, chain: Scope, compiler: GraphCompiler) -> None:
    """Names a segment's outputs for later segments, and for the outputs of the model around it."""
    for name, column in output_columns(part.converted, compiler).items():
        if part.mask:
            nothing = compiler.graph.constant([""]) if column.is_text else math.nan
            column = column.renamed(compiler.graph.where(part.mask, column.name, nothing), may_miss=True)
        element = part.converted.model.element
        field = around.counter.make(name, column.type, "", None, element)
        compiler.columns.put(field, column)
        chain.put(name, field)
        if around.find(name) is None:
            around.put(name, field)


# One of them answers.


def _chosen(
    parts: Sequence[_Part], classes: tuple[Any, ...], entities: tuple[str, ...], graph: Graph, *, last: bool
) -> Said:
    order = list(reversed(parts)) if last else list(parts)
    always = next((place for place, part in enumerate(order) if not part.mask), None)
    if always is not None:
        order = order[: always + 1]
    if len(order) == 1 and not order[0].mask:
        return order[0].converted.said
    if len({bool(part.converted.said.classes) for part in order}) > 1:
        order[0].converted.model.element.unsupported(
            "segments of which some give numbers and some classes cannot be converted"
        )
    said, entity = _nothing(order[0].converted.said, classes, graph), graph.filled(-1)
    for part in reversed(order):
        own, place = _widened(part.converted.said, classes, graph), np.array(parts.index(part))
        said = own if not part.mask else _over(part.mask, own, said, graph)
        entity = graph.where(part.mask, place, entity) if part.mask else graph.filled(int(place))
    may_miss = always is None or any(part.converted.said.may_miss for part in order)
    return replace(said, may_miss=may_miss, entity=entity, entities=entities)


def _nothing(like: Said, classes: tuple[Any, ...], graph: Graph) -> Said:
    """No answer in any row."""
    nothing = graph.filled(math.nan)
    if not classes:
        return Said(nothing)
    shares = graph.add("Add", graph.side_by_side([nothing]), np.zeros((1, len(classes)))) if like.probability else ""
    return Said(classes=classes, winner=graph.filled(-1), probability=shares)


def _over(mask: str, said: Said, other: Said, graph: Graph) -> Said:
    """One answer where a mask says so, else another."""
    if not said.classes:
        return Said(graph.where(mask, said.value, other.value))
    rows = graph.add("Unsqueeze", mask, np.array([1]))
    both = said.probability and other.probability
    shares = graph.where(rows, said.probability, other.probability) if both else ""
    return replace(other, winner=graph.where(mask, said.winner, other.winner), probability=shares)


def _widened(said: Said, classes: tuple[Any, ...], graph: Graph) -> Said:
    """An answer over some of the classes as one over all of them, without what belongs to its model alone."""
    if said.classes == classes or not classes:
        return Said(said.value, said.may_miss, said.classes, said.winner, said.probability)
    places = [classes.index(label) for label in said.classes]
    winner = graph.add("Gather", np.array([*places, -1]), said.winner, axis=0)
    shares = said.probability
    if shares:
        spread = np.zeros((len(said.classes), len(classes)))
        spread[np.arange(len(places)), places] = 1.0
        shares = graph.add("MatMul", shares, spread)
    return Said(may_miss=said.may_miss, classes=classes, winner=winner, probability=shares)


# They answer together.


def _joined(parts: Sequence[_Part], classes: tuple[Any, ...], method: str, segmentation: Element, graph: Graph) -> Said:
    if any(part.mask for part in parts):
        segmentation.unsupported("segments that answer together, some of them for some rows, cannot be converted")
    absence = read_absence(segmentation)
    weights = np.array([part.weight for part in parts])
    answers = [_widened(part.converted.said, classes, graph) for part in parts]
    may_miss = any(said.may_miss for said in answers)
    if not classes:
        values = graph.side_by_side([said.value for said in answers])
        return Said(join_numbers(graph, method, values, weights, absence, segmentation, may_miss=may_miss), may_miss)
    if method in VOTING:
        cast = weights if method == "weightedMajorityVote" else np.ones(len(weights))
        tally = _tally([said.winner for said in answers], cast, len(classes), graph)
        said = join_tallies(graph, tally, classes, float(cast.sum()), absence, may_miss=may_miss)
        return replace(said, classes=classes)
    if method not in ("average", "weightedAverage") or not all(said.probability for said in answers):
        segmentation.unsupported(f"multipleModelMethod={method} of these classes cannot be converted")
    weighs = weights if method == "weightedAverage" else np.ones(len(weights))
    stacked = graph.add(
        "Concat", *(graph.add("Unsqueeze", said.probability, np.array([1])) for said in answers), axis=1
    )
    joint = join_shares(graph, stacked, weighs, absence, may_miss=may_miss)
    return classified(graph, classes, joint, may_miss=may_miss)


def _tally(winners: list[str], weights: Any, count: int, graph: Graph) -> str:
    """[n, classes + 1] The weight of the votes for each class; the last is for missing answers, which are at -1."""
    total = ""
    for winner, weight in zip(winners, weights.tolist(), strict=True):
        votes = graph.add("Gather", np.eye(count + 1) * weight, winner, axis=0)
        total = graph.add("Add", total, votes) if total else votes
    return total
