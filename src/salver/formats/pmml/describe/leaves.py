"""What the trees of a forest say of one row, tree by tree. Specification: MiningModel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from salver.formats.pmml.describe.explanations import Leaf, Leaves
from salver.formats.pmml.describe.sums import number
from salver.formats.pmml.describe.tree_path import node_name
from salver.formats.pmml.frame import Frame
from salver.formats.pmml.segments.forests import ClassForest, NumberForest, TwoClassForest
from salver.formats.pmml.segments.parts import model_element
from salver.formats.pmml.submodel import Compiled
from salver.formats.pmml.trees.nodes import Nodes
from salver.formats.pmml.values import written

Forest = NumberForest | TwoClassForest | ClassForest


def leaves(model: Compiled, kernel: Forest, frame: Frame, limit: int) -> Leaves:
    """Each tree's leaf and what it says; as many trees as the limit allows, 0 for all."""
    segments = list(model.element.need("Segmentation").all("Segment"))
    payloads = kernel.forest.payloads(kernel.forest.matrix(frame))[0].tolist()
    start, found = 0, []
    for place, (segment, payload) in enumerate(zip(segments, payloads, strict=True), 1):
        nodes = model_element(segment).table
        weight: float = segment.number("weight", 1.0)
        found.append(_leaf(segment.get("id") or str(place), nodes, payload, payload - start, weight, kernel, model))
        start += len(nodes)
    method = model.element.need("Segmentation").get("multipleModelMethod")
    total, divisor = _total(kernel, found, method)
    return Leaves(method, tuple(found[:limit] if limit else found), len(found), total, divisor)


def _leaf(tree: str, nodes: Nodes, payload: int, node: int, weight: float, kernel: Forest, model: Compiled) -> Leaf:
    if payload < 0:
        return Leaf(tree, None, None, weight, {})
    score: Any = nodes.score[node]
    shares = {}
    if isinstance(kernel, NumberForest):
        score = number(kernel.values[payload])
    else:
        row = _shares(kernel, payload)
        shares = {
            str(written(label, model.target.type)): float(share)
            for label, share in zip(kernel.classes, row, strict=True)
        }
    return Leaf(
        tree, node_name(nodes, node), score, weight, {label: share for label, share in shares.items() if share == share}
    )


def _shares(kernel: TwoClassForest | ClassForest, payload: int) -> list[float]:
    shares: list[float] = kernel.shares[payload].tolist()
    return shares


def _total(kernel: Forest, found: list[Leaf], method: str) -> tuple[float | None, float]:
    if not isinstance(kernel, NumberForest) or not kernel.is_quick:
        return None, 1.0
    is_weighted = "eighted" in method
    scores = [math.nan if leaf.score is None else leaf.score * (leaf.weight if is_weighted else 1.0) for leaf in found]
    # In their order and precision, as the model adds them.
    return number(float(np.add.accumulate(np.array(scores, kernel.precision))[-1])), kernel.divisor
