"""What a model says of each row, as values of the graph: the counterpart of the engine's `Result`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from salver.formats.pmml.convert.columns import Column
from salver.formats.pmml.convert.graph import MISSING_TEXT, Graph
from salver.formats.pmml.scope import Target
from salver.formats.pmml.values import KINDS


@dataclass(frozen=True, slots=True)
class Said:
    """Names of values. What a kind of model does not have is empty."""

    value: str = ""
    """[n] float64: the prediction where it is a number."""
    may_miss: bool = True
    """Whether the prediction can be missing."""
    classes: tuple[Any, ...] = ()
    winner: str = ""
    """[n] int64: the place of the prediction among the classes, -1 where it is missing."""
    probability: str = ""
    """[n, classes] float64."""
    confidence: str = ""
    """[n, classes] float64."""
    entities: tuple[str, ...] = ()
    entity: str = ""
    """[n] int64, -1 for none."""


def classified(graph: Graph, classes: tuple[Any, ...], probability: str, *, may_miss: bool) -> Said:
    """The likeliest of some classes: the first of equals."""
    winner = graph.add("ArgMax", probability, axis=1, keepdims=0)
    if may_miss:
        missing = graph.missing(graph.column(probability, 0))
        winner = graph.where(missing, np.array(-1), winner)
    return Said(classes=classes, winner=winner, probability=probability, may_miss=may_miss)


def prediction(graph: Graph, said: Said, target: Target) -> Column:
    """The target's column."""
    if not said.classes:
        return Column(said.value, target.type, said.may_miss)
    return Column(labels(graph, said.winner, said.classes, target.type), target.type, said.may_miss)


def labels(graph: Graph, places: str, names: tuple[Any, ...], type_: str) -> str:
    """Names by their places; what is at -1 is missing."""
    if KINDS[type_] == "text":
        return graph.add("Gather", graph.constant([*names, MISSING_TEXT]), places, axis=0)
    return graph.add("Gather", np.array([*names, np.nan], np.float64), places, axis=0)
