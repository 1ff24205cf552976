"""Steps as one TreeEnsemble of onnxruntime (ai.onnx.ml, opset 5), in double precision.

onnxruntime knows two ways on from a node, we three. Where a missing value goes a way of its own, a stump beside the
trees makes the answer NaN when the value is missing; whoever asks walks those rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.formats.onnx_options import OnnxOptions
from salver.formats.onnx_writing import Node, Tensor, Value, write_model
from salver.formats.trees.steps import INNER, Array, Steps

DOMAIN: Final = "ai.onnx.ml"
OPSETS: Final = {"": 21, DOMAIN: 5}
_SUM: Final = 1
_NONE: Final = 0
_MAX_GROWTH: Final = 4
"""Ways that meet again are written out twice; trees of which more than so many times as much would be are not."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Steps as onnxruntime has them: inner nodes and leaves counted apart, each way its own."""

    roots: Array
    step: Array
    """[inner] The step that a node is; -1 for the node above a tree that is a single leaf."""
    true: Array
    false: Array
    true_is_leaf: Array
    false_is_leaf: Array
    leaf_step: Array
    """[leaves] The step that a leaf is."""
    leaf_tree: Array

    def features(self, steps: Steps) -> Array:
        """[inner] The column that a node looks at."""
        return np.where(self.step < 0, 0, steps.feature[self.step])

    def thresholds(self, steps: Steps) -> Array:
        """[inner]"""
        return np.where(self.step < 0, np.inf, steps.threshold[self.step])


def lay_out(steps: Steps) -> Layout | None:
    """The steps of all trees, level by level; None where writing them out would grow too much."""
    limit = _MAX_GROWTH * len(steps.payload) + 1000
    inner = steps.payload == INNER
    trees = len(steps.roots)
    at = np.where(inner[steps.roots], steps.roots, -1)
    tree = np.arange(trees)
    levels: list[tuple[Array, ...]] = []
    nodes = leaves = 0
    while len(at):
        # The node above a single leaf goes to it either way.
        targets = np.where(at[:, None] < 0, steps.roots[tree][:, None], steps.ways[at, :2])
        is_leaf = ~inner[targets]
        nodes += len(at)
        onward = np.where(is_leaf, leaves + _places(is_leaf), nodes + _places(~is_leaf))
        trees_of = np.repeat(tree[:, None], 2, axis=1)
        levels.append((at, *onward.T[::-1], *is_leaf.T[::-1], targets[is_leaf], trees_of[is_leaf]))
        leaves += int(is_leaf.sum())
        at, tree = targets[~is_leaf], trees_of[~is_leaf]
        if nodes + len(at) > limit:
            return None
    return Layout(np.arange(trees), *map(np.concatenate, zip(*levels, strict=True)))


def _places(mask: Array) -> Array:
    """What is marked, counted in its order."""
    places: Array = np.cumsum(mask).reshape(mask.shape) - 1
    return places


def write_ensemble(
    steps: Steps, layout: Layout, columns: int, weights: Array, dtype: str, *, by_tree: bool, guarded: bool
) -> bytes:
    """The model: `x` [n, columns] to `y`, the sum over all trees of the weights of the leaves that are reached.

    `weights` has an entry a step. `by_tree` gives each tree a column of its own in place of the sum. `guarded` adds
    the stumps that make the answer (with `by_tree` a last column) NaN where a value is missing that a tree minds."""
    target = layout.leaf_tree if by_tree else np.zeros(len(layout.leaf_tree), np.intp)
    attributes = ensemble_attributes(steps, layout, weights[layout.leaf_step], dtype, target)
    if guarded:
        _guard(attributes, _minded(steps), dtype, by_tree=by_tree)
    targets = attributes["n_targets"]
    node = Node("TreeEnsemble", ["x"], ["y"], attributes, DOMAIN)
    return write_model([node], [Value("x", dtype, ["n", columns])], [Value("y", dtype, ["n", targets])], opsets=OPSETS)


def ensemble_attributes(steps: Steps, layout: Layout, weight: Array, dtype: str, target: Array) -> dict[str, Any]:
    """The attributes of a TreeEnsemble: `weight` is what each leaf of the layout adds to its `target`. A step's missing
    values go the way of true or of false."""
    number = np.dtype(dtype).type
    feature = layout.features(steps)
    tracks = np.where(layout.step < 0, 0, steps.ways[layout.step, 2] == steps.ways[layout.step, 1])
    return {
        "aggregate_function": _SUM,
        "post_transform": _NONE,
        "n_targets": int(target.max(initial=0)) + 1,
        "tree_roots": layout.roots,
        "nodes_featureids": feature,
        "nodes_splits": Tensor(_rounded_down(layout.thresholds(steps), number)),
        "nodes_modes": Tensor(np.zeros(len(feature), np.uint8)),
        "nodes_missing_value_tracks_true": tracks,
        "nodes_falsenodeids": layout.false,
        "nodes_falseleafs": layout.false_is_leaf,
        "nodes_truenodeids": layout.true,
        "nodes_trueleafs": layout.true_is_leaf,
        "leaf_targetids": target,
        "leaf_weights": Tensor(weight.astype(number)),
    }


def _guard(attributes: dict[str, Any], minded: Array, dtype: str, *, by_tree: bool) -> None:
    """Adds a stump for each column that is minded: nought, or NaN where it is missing."""
    stumps, number = len(minded), np.dtype(dtype).type
    nodes, leaves = len(attributes["nodes_featureids"]), len(attributes["leaf_targetids"])
    targets: int = attributes["n_targets"]
    firsts, ones = leaves + 2 * np.arange(stumps), np.ones(stumps, bool)
    added: dict[str, Array] = {
        "tree_roots": nodes + np.arange(stumps),
        "nodes_featureids": minded,
        "nodes_splits": np.full(stumps, np.inf, number),
        "nodes_modes": np.zeros(stumps, np.uint8),
        "nodes_missing_value_tracks_true": np.zeros(stumps, np.intp),
        "nodes_falsenodeids": firsts + 1,
        "nodes_falseleafs": ones,
        "nodes_truenodeids": firsts,
        "nodes_trueleafs": ones,
        "leaf_targetids": np.full(2 * stumps, targets if by_tree else 0),
        "leaf_weights": np.tile(np.array([0.0, np.nan], number), stumps),
    }
    for name, values in added.items():
        before = attributes[name]
        is_tensor = isinstance(before, Tensor)
        joined = np.concatenate([before.array if is_tensor else before, values])
        attributes[name] = Tensor(joined) if is_tensor else joined
    attributes["n_targets"] = targets + by_tree


class Ensemble:
    """The model in a session of its own: a matrix in, a matrix out."""

    __slots__ = ("has_one_thread", "run")

    def __init__(self, model: bytes, options: OnnxOptions) -> None:
        from salver.formats.onnx_runtime import open_session

        session = open_session(model, options, "the ensemble of the document's trees")
        # Without the wrapper, which keeps the model's bytes, and whose `run` checks the names again.
        self.run = session._sess.run
        self.has_one_thread = has_one_thread(options)

    def __call__(self, matrix: Array) -> Array:
        answer: Array = self.run(["y"], {"x": matrix}, None)[0]
        return answer


def has_one_thread(options: OnnxOptions) -> bool:
    """Whether a session computes on the thread of its caller alone."""
    return options.intra_op_threads == 1 and options.shared_threads in (None, 1)


def _minded(steps: Steps) -> Array:
    """The columns in which a missing value goes a way of its own somewhere."""
    inner = steps.payload == INNER
    own = inner & (steps.ways[:, 2] != steps.ways[:, 1]) & (steps.ways[:, 2] != steps.ways[:, 0])
    return np.unique(steps.feature[own])


def _rounded_down(threshold: Array, number: Any) -> Array:
    """The largest values of a narrower type that are not above the thresholds: for inputs of that type no comparison
    comes out differently."""
    with np.errstate(over="ignore"):
        narrow = threshold.astype(number)
    above = narrow.astype(np.float64) > threshold
    return np.where(above, np.nextafter(narrow, number(-np.inf)), narrow).astype(number)
