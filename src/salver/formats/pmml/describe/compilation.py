"""What each model of a document was compiled to, in words: where the work of a prediction is done."""

from __future__ import annotations

from typing import Any, Final

from salver.formats.pmml.kernel import Kernel, Submodel
from salver.formats.pmml.segments.forests import ClassForest, NumberForest, TwoClassForest
from salver.formats.pmml.segments.select import Segmented, Selected
from salver.formats.pmml.trees.forest import FieldForest
from salver.formats.pmml.trees.model import ClassificationTree, RegressionTree
from salver.formats.pmml.trees.spreading import SpreadingTree

_MAX_SEGMENTS: Final = 20
_WORDS: Final = {
    "RegressionModel": "one product of matrices for all rows and equations, then the link function",
    "GeneralRegressionModel": "one product of matrices for all rows and equations, then the link function",
    "NeuralNetwork": "one product of matrices a layer",
    "SupportVectorMachineModel": "all rows against all vectors at once, in NumPy",
    "ClusteringModel": "all rows against all clusters at once, in NumPy",
    "NearestNeighborModel": "all rows against all training rows at once, in NumPy",
    "NaiveBayesModel": "sums of logarithms for all rows and classes at once, in NumPy",
    "Scorecard": "a column of points a characteristic, in NumPy",
    "RuleSetModel": "a mask of rows a rule, in NumPy",
}
"""By element, for kernels that are computed one way whatever they hold."""


def compiled_to(model: Submodel) -> list[str]:
    """A line for a model, and one for each of its segments, indented."""
    element = model.element.tag
    kernel = model.kernel
    lines = [f"{element}: {_words(kernel, element)}"]
    if isinstance(kernel, Segmented):
        for segment in kernel.segments[:_MAX_SEGMENTS]:
            name, *rest = compiled_to(segment.model)
            lines += [f"  segment {segment.id}: {name}", *(f"  {line}" for line in rest)]
        if len(kernel.segments) > _MAX_SEGMENTS:
            lines.append(f"  ... and {len(kernel.segments) - _MAX_SEGMENTS} more segments")
    return lines


def _words(kernel: Kernel, element: str) -> str:
    if isinstance(kernel, (NumberForest, TwoClassForest)):
        words = _size(kernel.forest) + ": "
        return words + (_summed(kernel.forest) if kernel.is_quick else _found(kernel.forest))
    if isinstance(kernel, (ClassForest, RegressionTree, ClassificationTree)):
        return f"{_size(kernel.forest)}: {_found(kernel.forest)}"
    if isinstance(kernel, SpreadingTree):
        return f"{len(kernel.entities):,} nodes: their predicates in NumPy, then row by row, since nodes are mixed"
    if isinstance(kernel, Segmented):
        return _segments(kernel)
    return _WORDS.get(element, "columns in NumPy")


def _size(forest: FieldForest) -> str:
    trees = "1 tree" if forest.trees == 1 else f"{forest.trees:,} trees"
    return f"{trees}, {len(forest.steps.payload):,} steps"


def _summed(forest: FieldForest) -> str:
    if not forest.has_session:
        return "leaves by a walk in NumPy, then added up"
    walked = "" if forest.steps.is_blind else "; a walk in NumPy for rows with a missing value that a tree minds"
    return f"one TreeEnsemble in onnxruntime that adds up{walked}"


def _found(forest: FieldForest) -> str:
    if not forest.has_session:
        return "leaves by a walk in NumPy"
    return "leaves of few rows by one TreeEnsemble in onnxruntime, of many by a walk in NumPy"


def _segments(kernel: Any) -> str:
    count = len(kernel.segments)
    if isinstance(kernel, Selected):
        which = "the last that takes part" if kernel.is_chain else "the first that takes part"
        return f"{count:,} segments, each compiled by itself; {which} answers"
    return f"{count:,} segments, each compiled by itself; all that take part answer together"
