"""Several answers as one, as nodes: numbers, distributions, votes.

Specification: MiningModel, "multipleModelMethod", "missingPredictionTreatment".
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from salver.formats.pmml.convert.graph import Graph
from salver.formats.pmml.convert.said import Said
from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array
from salver.formats.pmml.segments.numbers import Absence

_MEANS = ("average", "weightedAverage")
_SUMS = ("sum", "weightedSum", "x-weightedSum")


def join_numbers(
    graph: Graph, method: str, values: str, weights: Array, absence: Absence, place: Element, *, may_miss: bool
) -> str:
    """[n] of [n, segments]. Raises Unsupported for methods that put values in order."""
    weighs = weights if "eighted" in method else np.ones(len(weights))
    if method == "max":
        joint = graph.add("ReduceMax", _without(graph, values, -math.inf), np.array([1]), keepdims=0)
        return _lost(graph, joint, graph.missing(values), weighs, absence) if may_miss else joint
    if method in _MEDIANS and not (may_miss and absence.treatment == "skipSegment"):
        joint = _MEDIANS[method](graph, values, weights)
        return _lost(graph, joint, graph.missing(values), weighs, absence) if may_miss else joint
    if method not in (*_MEANS, *_SUMS):
        place.unsupported(f"multipleModelMethod={method} cannot be converted")
    if not may_miss or absence.treatment != "skipSegment":
        # What is missing makes the sum missing, as it should.
        total = graph.column(graph.add("MatMul", values, weighs[:, None]), 0)
        return graph.add("Div", total, float(weighs.sum())) if method in _MEANS else total
    missing = graph.missing(values)
    total = graph.column(graph.add("MatMul", _without(graph, values, 0.0), weighs[:, None]), 0)
    if method in _MEANS:
        present = graph.number(graph.add("Not", missing))
        total = graph.add("Div", total, graph.column(graph.add("MatMul", present, weighs[:, None]), 0))
    shares = weights if method.startswith("weighted") else np.ones(len(weights))
    return _lost(graph, total, missing, shares, absence)


def _median(graph: Graph, values: str, weights: Array) -> str:
    count = len(weights)
    ordered, _ = graph.ordered(values, count)
    low, high = graph.column(ordered, (count - 1) // 2), graph.column(ordered, count // 2)
    return low if count % 2 else graph.add("Div", graph.add("Add", low, high), 2.0)


def _weighted_median(graph: Graph, values: str, weights: Array) -> str:
    """The value at which half of the weight is reached, in order."""
    ordered, places = graph.ordered(values, len(weights))
    running = graph.add("CumSum", graph.add("Gather", weights, places, axis=0), np.array(1))
    half = graph.add("Div", graph.add("Gather", running, np.array([len(weights) - 1]), axis=1), 2.0)
    reached = graph.cast(graph.add("GreaterOrEqual", running, half), "int64")
    first = graph.add("ArgMax", reached, axis=1, keepdims=1)
    return graph.column(graph.add("GatherElements", ordered, first, axis=1), 0)


_MEDIANS: Final = {"median": _median, "weightedMedian": _weighted_median}


def _without(graph: Graph, values: str, nothing: float) -> str:
    return graph.where(graph.missing(values), nothing, values)


def _lost(graph: Graph, joint: str, missing: str, weights: Array, absence: Absence) -> str:
    """A joint answer, missing where too many of its parts are. `missing` is [n, segments]."""
    counts = graph.column(graph.add("MatMul", graph.number(missing), weights[:, None]), 0)
    if absence.treatment != "skipSegment":
        return graph.where(graph.add("Greater", counts, 0.0), math.nan, joint)
    share = graph.add("Div", counts, float(weights.sum()))
    none_left = graph.add("Equal", graph.sum(graph.number(missing)), float(len(weights)))
    beyond = graph.add("Greater", share, float(absence.threshold))
    return graph.where(graph.add("Or", beyond, none_left), math.nan, joint)


def join_shares(graph: Graph, shares: str, weights: Array, absence: Absence, *, may_miss: bool) -> str:
    """[n, classes] of [n, segments, classes]: the weighted mean."""
    by_segment = weights[None, :, None]
    if not may_miss or absence.treatment != "skipSegment":
        total = graph.sum(graph.add("Mul", shares, by_segment))
        return graph.add("Div", total, float(weights.sum()))
    missing = graph.missing(graph.add("Gather", shares, np.array(0), axis=2))
    total = graph.sum(graph.add("Mul", _without(graph, shares, 0.0), by_segment))
    present = graph.number(graph.add("Not", missing))
    mean = graph.add("Div", total, graph.add("MatMul", present, weights[:, None]))
    some = _lost(graph, graph.filled(0.0), missing, weights, absence)
    return graph.add("Add", mean, graph.side_by_side([some]))


def join_tallies(
    graph: Graph, tally: str, classes: tuple[Any, ...], weight: float, absence: Absence, *, may_miss: bool
) -> Said:
    """The class with the most votes; its probability is its share of the votes for classes. `tally` is
    [n, classes + 1]: the last entry counts missing answers, `weight` is that of all votes."""
    votes = graph.add("Gather", tally, np.arange(len(classes)), axis=1)
    winner = graph.add("ArgMax", votes, axis=1, keepdims=0)
    share = graph.add("Div", votes, graph.add("ReduceSum", votes, np.array([1]), keepdims=1))
    if not may_miss:
        return Said(winner=winner, probability=share, may_miss=False)
    lost_votes = graph.column(tally, len(classes))
    most = graph.add("ReduceMax", votes, np.array([1]), keepdims=0)
    match absence.treatment:
        case "continue":
            lost = graph.add("Greater", lost_votes, most)
        case "returnMissing":
            lost = graph.add("Greater", lost_votes, 0.0)
        case _:
            beyond = graph.add("Greater", graph.add("Div", lost_votes, weight), float(absence.threshold))
            lost = graph.add("Or", beyond, graph.add("Equal", most, 0.0))
    share = graph.where(graph.add("Unsqueeze", lost, np.array([1])), math.nan, share)
    return Said(winner=graph.where(lost, np.array(-1), winner), probability=share)
