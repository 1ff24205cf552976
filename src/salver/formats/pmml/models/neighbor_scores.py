"""What a target is by the k nearest rows: their mean, their median, or their vote. Specification: NearestNeighborModel,
"Scoring".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array
from salver.formats.pmml.kernel import NO_CLASSES, Result, labels_of
from salver.formats.pmml.models.training import TrainingTable
from salver.formats.pmml.scope import Target
from salver.formats.pmml.values import MISSING, read

CONTINUOUS: Final = ("average", "median", "weightedAverage")
CATEGORICAL: Final = ("majorityVote", "weightedMajorityVote")


class Scores(Protocol):
    """One target."""

    @property
    def target(self) -> Target: ...
    @property
    def classes(self) -> tuple[Any, ...]: ...

    def __call__(self, neighbors: Array, weights: Array) -> Result:
        """[n, k] places of rows, -1 for none; and what each weighs, NaN for none. A row that lacks a neighbour is
        missing."""

    def column(self, result: Result) -> Array:
        """The prediction as a column of the target's type."""


def compile_scores(
    element: Element, target: Target, table: TrainingTable, *, is_categorical: bool, has_probability: bool
) -> Scores:
    """The scoring of one target by its column of the training instances."""
    texts = table.texts(target.name)
    if is_categorical:
        method = element.choice("categoricalScoringMethod", CATEGORICAL, "majorityVote")
        labels, classes = _labels(target, texts, table.element)
        return _votes(target, labels, classes, is_weighted=method == "weightedMajorityVote", has_share=has_probability)
    method = element.choice("continuousScoringMethod", CONTINUOUS, "average")
    values = [_number(text, target, table.element) for text in texts]
    return _Number(target, method, np.array([*values, MISSING], np.float64))


def _number(text: str | None, target: Target, place: Element) -> float:
    if target.kind == "text":
        place.refuse(f"target '{target.name}' is text: its mean is nothing")
    try:
        value: float = read(text, target.type)
    except ValueError:
        place.refuse(f"{text!r:.60} is no {target.type}, as the target is")
    return value


@dataclass(frozen=True, slots=True)
class _Number:
    """Mean or median."""

    target: Target
    method: str
    values: Array
    """By row of the table; the last, where -1 leads, is missing."""

    @property
    def classes(self) -> tuple[Any, ...]:
        return NO_CLASSES

    def __call__(self, neighbors: Array, weights: Array) -> Result:
        values = self.values[neighbors]
        match self.method:
            case "median":
                return Result(value=_median(values))
            case "weightedAverage":
                return Result(value=(values * weights).sum(axis=1) / weights.sum(axis=1))
            case _:
                return Result(value=values.mean(axis=1))

    def column(self, result: Result) -> Array:
        return np.asarray(result.value)


def _median(values: Array) -> Array:
    """Of each row; of an even number the mean of the middle two."""
    ordered, middle = np.sort(values, axis=1), values.shape[1] // 2
    if values.shape[1] % 2:
        median: Array = ordered[:, middle]
    else:
        median = (ordered[:, middle - 1] + ordered[:, middle]) / 2.0
    return np.where(np.isnan(ordered[:, -1]), np.nan, median)


def _labels(target: Target, texts: list[str | None], place: Element) -> tuple[list[Any], tuple[Any, ...]]:
    """The class of each row of the table, None for none; and the classes."""
    labels = [None if text is None else target.label(text, place) for text in texts]
    found = dict.fromkeys(label for label in labels if label is not None)
    if not found:
        place.refuse(f"no training instance has a value of target '{target.name}'")
    return labels, tuple(dict.fromkeys([*target.levels, *found]))


def _votes(
    target: Target, labels: list[Any], classes: tuple[Any, ...], *, is_weighted: bool, has_share: bool
) -> _Votes:
    found = Counter(label for label in labels if label is not None)
    # Equal votes go to the class that has more rows, so classes are counted in that order.
    order = sorted(range(len(classes)), key=lambda place: -found[classes[place]])
    rank = {classes[place]: position for position, place in enumerate(order)}
    codes = [len(classes) if label is None else rank[label] for label in labels]
    return _Votes(target, classes, np.array([*codes, len(classes)]), np.array(order), is_weighted, has_share)


@dataclass(frozen=True, slots=True)
class _Votes:
    """The class with the most votes."""

    target: Target
    classes: tuple[Any, ...]
    codes: Array
    """The class of each row of the table, counted by how many rows it has; one more than all for none."""
    order: Array
    """The classes in that order."""
    is_weighted: bool
    has_share: bool
    """Whether the share of the votes is wanted, as a probability."""

    def __call__(self, neighbors: Array, weights: Array) -> Result:
        votes = self._count(neighbors, weights)
        winner = self.order[votes.argmax(axis=1)]
        known = (votes.max(axis=1) > 0) & (neighbors[:, -1] >= 0)
        if not known.all():
            winner = np.where(known, winner, -1)
        return Result(winner=winner, probability=self._shares(votes, known) if self.has_share else None)

    def _shares(self, votes: Array, known: Array) -> Array:
        shares = np.empty_like(votes)
        shares[:, self.order] = votes / votes.sum(axis=1, keepdims=True)
        shares[~known] = np.nan
        return shares

    def _count(self, neighbors: Array, weights: Array) -> Array:
        width = len(self.classes) + 1
        cells = self.codes[neighbors] + np.arange(0, width * len(neighbors), width)[:, None]
        told = np.where(weights == weights, weights, 0.0).ravel() if self.is_weighted else None
        votes = np.bincount(cells.ravel(), told, minlength=width * len(neighbors))
        return votes.reshape(len(neighbors), width)[:, :-1].astype(np.float64)

    def column(self, result: Result) -> Array:
        return labels_of(self.classes, self.target.kind)[result.winner]
