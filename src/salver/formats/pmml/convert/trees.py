"""Trees as nodes: each table of steps one TreeEnsemble. Specification: TreeModel; MiningModel, of nothing but trees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from salver.formats.pmml.convert.compiler import GraphCompiler
from salver.formats.pmml.convert.graph import Graph
from salver.formats.pmml.convert.joints import join_numbers, join_shares, join_tallies
from salver.formats.pmml.convert.said import Said, classified
from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Field
from salver.formats.pmml.kernel import Model
from salver.formats.pmml.segments.forests import ClassForest, NumberForest, TwoClassForest
from salver.formats.pmml.segments.votes import VOTING
from salver.formats.pmml.trees.features import Features
from salver.formats.pmml.trees.forest import FieldForest
from salver.formats.pmml.trees.model import ClassificationTree, RegressionTree, compile_tree
from salver.formats.trees.ensemble import DOMAIN, Layout, ensemble_attributes, lay_out
from salver.formats.trees.steps import INNER, Steps


def tree(model: Model, compiler: GraphCompiler) -> Said:
    """A TreeModel. Raises Unsupported for strategies that mix nodes."""
    kernel = compile_tree(model)
    if not isinstance(kernel, (RegressionTree, ClassificationTree)):
        strategy = model.element.get("missingValueStrategy")
        model.element.unsupported(f"missingValueStrategy={strategy} mixes nodes, for which ONNX has no operator")
    trees = _Trees(kernel.forest, model.element, compiler)
    if isinstance(kernel, RegressionTree):
        entity = graph_index(compiler.graph, trees.payloads())
        value = trees.gathered(kernel.values, entity)
        return Said(value, trees.misses(kernel.values), entity=entity, entities=kernel.entities)
    return _classification(kernel, trees, compiler.graph)


def _classification(kernel: ClassificationTree, trees: _Trees, graph: Graph) -> Said:
    entity = graph_index(graph, trees.payloads())
    winner = graph.add("Gather", graph.constant(kernel.winner.astype(np.int64)), entity, axis=0)
    told = {
        name: trees.gathered(table, entity)
        for name, table in (("probability", kernel.probability), ("confidence", kernel.confidence))
        if table is not None and not (name == "confidence" and kernel.penalty != 1)
    }
    return Said(
        may_miss=trees.misses(np.where(kernel.winner < 0, np.nan, 0.0)),
        classes=kernel.classes,
        winner=winner,
        entity=entity,
        entities=kernel.entities,
        **told,
    )


def graph_index(graph: Graph, payloads: str) -> str:
    """The payloads of a single tree as a column of indices."""
    return graph.cast(graph.column(payloads, 0), "int64")


def forest(model: Model, kernel: Any, compiler: GraphCompiler) -> Said:
    """A MiningModel that the engine has compiled to one forest."""
    trees = _Trees(kernel.forest, model.element, compiler)
    graph = compiler.graph
    if isinstance(kernel, NumberForest):
        return _numbers(kernel, trees, graph, model.element)
    if isinstance(kernel, TwoClassForest):
        share = _divided(graph, trees.sum(kernel.shares[:, 0]), float(kernel.forest.trees))
        shares = graph.side_by_side([share, graph.add("Sub", 1.0, share)])
        return classified(graph, kernel.classes, shares, may_miss=trees.misses(kernel.shares[:, 0]))
    assert isinstance(kernel, ClassForest)  # noqa: S101 - there are no others
    if kernel.method in VOTING:
        return _votes(kernel, trees, graph)
    if kernel.method not in ("average", "weightedAverage"):
        model.element.unsupported(f"multipleModelMethod={kernel.method} of classes cannot be converted")
    weights = kernel.weights if kernel.method == "weightedAverage" else np.ones(kernel.forest.trees)
    shares = trees.gathered(kernel.shares, graph.cast(trees.payloads(), "int64"))
    misses = trees.misses(kernel.shares[:, 0])
    joint = join_shares(graph, shares, weights, kernel.absence, may_miss=misses)
    return classified(graph, kernel.classes, joint, may_miss=misses)


def _numbers(kernel: NumberForest, trees: _Trees, graph: Graph, place: Element) -> Said:
    if kernel.is_quick:
        value = _divided(graph, trees.sum(kernel.added, kernel.precision), kernel.divisor)
        return Said(value, trees.misses(kernel.added))
    values = trees.gathered(kernel.values, graph.cast(trees.payloads(), "int64"))
    misses = trees.misses(kernel.values)
    joint = join_numbers(graph, kernel.method, values, kernel.weights, kernel.absence, place, may_miss=misses)
    return Said(joint, misses)


def _divided(graph: Graph, total: str, divisor: float) -> str:
    return total if divisor == 1 else graph.add("Div", total, divisor)


def _votes(kernel: ClassForest, trees: _Trees, graph: Graph) -> Said:
    """Each leaf adds its tree's vote to its class; a missing answer is one more candidate."""
    cast = kernel.weights if kernel.method == "weightedMajorityVote" else np.ones(kernel.forest.trees)
    winner = np.where(kernel.winner < 0, len(kernel.classes), kernel.winner)
    tally = trees.tally(winner, cast, len(kernel.classes) + 1)
    misses = trees.misses(np.where(kernel.winner < 0, np.nan, 0.0))
    said = join_tallies(graph, tally, kernel.classes, float(cast.sum()), kernel.absence, may_miss=misses)
    return replace(said, classes=kernel.classes)


class _Trees:
    """The trees of one table, with a way for missing values that ONNX knows: the way of true or of false."""

    def __init__(self, forest: FieldForest, place: Element, compiler: GraphCompiler) -> None:
        self._graph = compiler.graph
        self._steps = two_way(forest.steps)
        layout = lay_out(self._steps)
        if layout is None:
            place.unsupported("the ways through the trees meet again too often: as separate ways they are too many")
        self._layout: Layout = layout
        self._payload = self._steps.payload[layout.leaf_step]
        self._matrix = _matrix(forest.features, compiler)
        _note_thresholds(forest.features, self._steps, compiler)

    def misses(self, by_payload: Array) -> bool:
        """Whether a leaf that can be reached has nothing in a table."""
        return bool(np.isnan(by_payload[self._payload]).any())

    def gathered(self, table: Array, payloads: str) -> str:
        """What a table by payload says."""
        return self._graph.add("Gather", self._graph.constant(table), payloads, axis=0)

    def payloads(self) -> str:
        """[n, trees] float64: the payload of each tree's leaf."""
        return self._ensemble(self._payload.astype(np.float64), self._layout.leaf_tree, "float64")

    def sum(self, by_payload: Array, precision: str = "float64") -> str:
        """[n] The sum of the leaves' entries in a table."""
        total = self._ensemble(by_payload[self._payload], np.zeros(len(self._payload), np.intp), precision)
        return self._graph.column(total, 0)

    def tally(self, targets: Array, by_tree: Array, count: int) -> str:
        """[n, count] For each target, the sum of the weights of the trees whose leaves have it."""
        target = targets[self._payload]
        return self._ensemble(by_tree[self._layout.leaf_tree], target, "float64", count)

    def _ensemble(self, weight: Array, target: Array, precision: str, targets: int = 0) -> str:
        attributes = ensemble_attributes(self._steps, self._layout, weight, precision, target)
        if targets:
            attributes["n_targets"] = targets
        matrix = self._matrix if precision == "float64" else self._graph.cast(self._matrix, precision)
        given = self._graph.node("TreeEnsemble", [matrix], attributes, DOMAIN)
        return given if precision == "float64" else self._graph.cast(given, "float64")


def two_way(steps: Steps) -> Steps:
    """The same trees, in which a missing value goes the way of true or of false: before each step where it has a way of
    its own stands one more, `x <= inf`, that is false of missing values alone."""
    own = np.flatnonzero(
        (steps.payload == INNER) & (steps.ways[:, 2] != steps.ways[:, 1]) & (steps.ways[:, 2] != steps.ways[:, 0])
    )
    count = len(steps.payload)
    entry = np.arange(count)
    entry[own] = count + np.arange(len(own))
    ways = entry[steps.ways]
    missing = ways[own, 2]
    ways[own, 2] = ways[own, 0]
    guards = np.stack([missing, own, missing], axis=1)
    return Steps(
        np.concatenate([steps.feature, steps.feature[own]]),
        np.concatenate([steps.threshold, np.full(len(own), np.inf)]),
        np.concatenate([ways, guards]),
        None,
        np.concatenate([steps.payload, np.full(len(own), INNER)]),
        entry[steps.roots],
        2 * steps.depth,
    )


def _matrix(features: Features, compiler: GraphCompiler) -> str:
    """[n, columns] What the trees look at: numbers, then sets in their order."""
    graph, columns = compiler.graph, compiler.columns
    parts, order = [], list(range(len(features.numbers)))
    if features.numbers:
        parts.append(graph.side_by_side([columns.of(field).name for field in features.numbers]))
    by_field: dict[Field, list[int]] = {}
    for place, (field, _) in enumerate(features.sets):
        by_field.setdefault(field, []).append(place)
    for field, places in by_field.items():
        parts.append(_members(field, [features.sets[place][1] for place in places], compiler))
        order += [len(features.numbers) + place for place in places]
    if not parts:
        return graph.side_by_side([graph.filled(0.0)])
    matrix = parts[0] if len(parts) == 1 else graph.add("Concat", *parts, axis=1)
    return matrix if order == sorted(order) else graph.add("Gather", matrix, np.argsort(order), axis=1)


def _members(field: Field, sets: list[tuple[Any, ...]], compiler: GraphCompiler) -> str:
    """[n, sets] Whether a field is in each set: 1, 0, NaN where it is missing."""
    values = list(dict.fromkeys(value for one in sets for value in one))
    rows = np.zeros((len(values) + 2, len(sets)))
    rows[1] = np.nan
    for place, one in enumerate(sets):
        rows[[values.index(value) + 2 for value in one], place] = 1.0
    return compiler.columns.by_value(compiler.columns.of(field), values, rows)


def _note_thresholds(features: Features, steps: Steps, compiler: GraphCompiler) -> None:
    inner = (steps.payload == INNER) & np.isfinite(steps.threshold)
    for place, field in enumerate(features.numbers):
        thresholds = np.unique(steps.threshold[inner & (steps.feature == place)])
        compiler.columns.decides(compiler.columns.of(field), thresholds.tolist())
