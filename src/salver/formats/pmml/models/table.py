"""The model elements: which there are, and who compiles each. The only list of them.

A file of kernels is imported when a document has one of its elements.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final

from salver.formats.pmml.kernel import Kernel, Model

_ROOM: Final = "salver.formats.pmml"

MODELS: Final[dict[str, tuple[str, str]]] = {
    "AnomalyDetectionModel": ("models.anomaly_detection", "compile_anomaly_detection"),
    "AssociationModel": ("models.association", "compile_association"),
    "BaselineModel": ("models.baseline", "compile_baseline"),
    "BayesianNetworkModel": ("models.bayesian_network", "compile_bayesian_network"),
    "ClusteringModel": ("models.clustering", "compile_clustering"),
    "GaussianProcessModel": ("models.gaussian_process", "compile_gaussian_process"),
    "GeneralRegressionModel": ("models.general_regression", "compile_general_regression"),
    "MiningModel": ("segments.mining", "compile_mining"),
    "NaiveBayesModel": ("models.naive_bayes", "compile_naive_bayes"),
    "NearestNeighborModel": ("models.nearest_neighbor", "compile_nearest_neighbor"),
    "NeuralNetwork": ("models.neural_network", "compile_neural_network"),
    "RegressionModel": ("models.regression", "compile_regression"),
    "RuleSetModel": ("models.rule_set", "compile_rule_set"),
    "Scorecard": ("models.scorecard", "compile_scorecard"),
    "SupportVectorMachineModel": ("models.support_vector_machine", "compile_support_vector_machine"),
    "TextModel": ("models.text", "compile_text"),
    "TimeSeriesModel": ("models.time_series", "compile_time_series"),
    "TreeModel": ("trees.model", "compile_tree"),
}
"""By tag: the module of the kernel, and its compiler."""

REFUSED: Final = {"SequenceModel": "sequence rules are not supported"}


def compile_kernel(model: Model) -> Kernel:
    """The kernel of a model element. Raises Unsupported for an element that is not in the table."""
    tag = model.element.tag
    if tag not in MODELS:
        model.element.unsupported(REFUSED.get(tag, f"there is no model element {tag}; there are {', '.join(MODELS)}"))
    module, name = MODELS[tag]
    compiler: Callable[[Model], Kernel] = getattr(import_module(f"{_ROOM}.{module}"), name)
    return compiler(model)
