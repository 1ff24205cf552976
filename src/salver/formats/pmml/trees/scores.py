"""What a tree's nodes say: scores, and the distribution of the training rows over the classes.

Specification: TreeModel, "Node" and "ScoreDistribution".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from salver.formats.pmml.frame import Array
from salver.formats.pmml.scope import Target
from salver.formats.pmml.trees.nodes import Nodes


@dataclass(frozen=True, slots=True)
class Shares:
    """The distributions of a tree's nodes over classes; [nodes, classes]."""

    classes: tuple[Any, ...]
    winner: Array
    """[nodes] The place of a node's label among the classes, -1 for none."""
    probability: Array | None
    """NaN in nodes that have no distribution; None where no node has one."""
    confidence: Array | None
    count: Array
    """recordCount of each class; 0 where it is not told."""


def numbers_of(nodes: Nodes) -> Array:
    """[nodes] The scores of a regression tree, NaN where a node has none. Raises BadInput for a score that is none."""
    values = np.full(len(nodes), np.nan)
    for node, score in enumerate(nodes.score):
        if score is not None:
            try:
                values[node] = float(score)
            except ValueError:
                nodes.place(node).refuse(f"score={score!r:.60} is no number")
    return values


def shares_of(nodes: Nodes, target: Target) -> Shares:
    """The distributions of a classification tree."""
    places: dict[Any, int] = {level: place for place, level in enumerate(target.levels)}
    labels: dict[str, int] = {}

    def place_of(text: str, node: int) -> int:
        found = labels.get(text)
        if found is None:
            label = target.label(text, nodes.place(node))
            found = labels[text] = places.setdefault(label, len(places))
        return found

    owners = list(nodes.share_node)
    classes = np.array([place_of(text, node) for text, node in zip(nodes.share_value, owners, strict=True)], np.intp)
    labelled = np.array(
        [-1 if score is None else place_of(score, node) for node, score in enumerate(nodes.score)], np.intp
    )
    size = (len(nodes), len(places))
    owner = np.array(owners, np.intp)
    count = _spread(size, owner, classes, np.frombuffer(nodes.share_count, np.float64), 0.0)
    given = _spread(size, owner, classes, np.frombuffer(nodes.share_probability, np.float64), np.nan)
    confidence = _spread(size, owner, classes, np.frombuffer(nodes.share_confidence, np.float64), np.nan)
    has_shares = np.zeros(len(nodes), bool)
    has_shares[owner] = True
    probability = _probabilities(count, given, has_shares)
    return Shares(
        tuple(places),
        np.where(labelled >= 0, labelled, _largest(count, given, has_shares)),
        probability if has_shares.any() else None,
        confidence if len(owner) and not np.isnan(nodes.share_confidence).all() else None,
        np.nan_to_num(count),
    )


def _spread(size: tuple[int, int], owner: Array, classes: Array, values: Array, rest: float) -> Array:
    table = np.full(size, rest)
    table[owner, classes] = values
    return table


def _probabilities(count: Array, given: Array, has_shares: Array) -> Array:
    """Given ones where a node has any, else the shares of its counts; NaN where it has no distribution."""
    counts = np.nan_to_num(count)
    total = counts.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = counts / total
    some = (given == given).any(axis=1, keepdims=True)
    table = np.where(some, np.nan_to_num(given), shares)
    table[~has_shares] = np.nan
    return table


def _largest(count: Array, given: Array, has_shares: Array) -> Array:
    """The class with the largest count, the first of equals; -1 for a node without distribution."""
    if not count.shape[1]:
        return np.full(len(count), -1)
    weight = np.nan_to_num(count)
    weight = np.where((weight.sum(axis=1) > 0)[:, None], weight, np.nan_to_num(given))
    return np.where(has_shares, weight.argmax(axis=1), -1)
