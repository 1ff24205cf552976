"""What each kind of model is made of, counted: facts by a few words. The numbers are those of the document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from salver.formats.pmml.element import Element

Facts: TypeAlias = dict[str, Any]


def _count(element: Element | None, *tags: str) -> int:
    return 0 if element is None else len(list(element.all(*tags)))


def _given(element: Element, *attributes: str) -> Facts:
    """Attributes as they are written, where they are."""
    return {name: element.get(name) for name in attributes if name in element.attributes}


def _under(element: Element, *path: str) -> list[Element]:
    """The descendants that a path of tags leads to."""
    found = [element]
    for tag in path:
        found = [child for each in found for child in each.all(tag)]
    return found


def _regression(model: Element) -> Facts:
    tables = list(model.all("RegressionTable"))
    predictors = Counter(child.tag for table in tables for child in table.children)
    return {
        "equations": len(tables),
        "terms": sum(predictors.values()),
        **{words: predictors[tag] for tag, words in _PREDICTORS.items() if predictors[tag]},
        **_given(model, "normalizationMethod"),
    }


_PREDICTORS: Final = {
    "NumericPredictor": "numeric terms",
    "CategoricalPredictor": "categorical terms",
    "PredictorTerm": "products",
}


def _general_regression(model: Element) -> Facts:
    return {
        **_given(
            model, "modelType", "linkFunction", "linkParameter", "cumulativeLink", "distribution", "offsetVariable"
        ),
        "parameters": _count(model.first("ParameterList"), "Parameter"),
        "coefficients": _count(model.first("ParamMatrix"), "PCell"),
        "covariates": _count(model.first("CovariateList"), "Predictor"),
        "factors": _count(model.first("FactorList"), "Predictor"),
    }


def _network(model: Element) -> Facts:
    layers = list(model.all("NeuralLayer"))
    return {
        "inputs": _count(model.first("NeuralInputs"), "NeuralInput"),
        "layers": [_count(layer, "Neuron") for layer in layers],
        "connections": len(_under(model, "NeuralLayer", "Neuron", "Con")),
        "activations": [layer.get("activationFunction", model.get("activationFunction")) for layer in layers],
        **_given(model, "normalizationMethod"),
    }


def _support_vectors(model: Element) -> Facts:
    kernel = next((child for child in model.children if child.tag.endswith("KernelType")), None)
    dictionary = model.first("VectorDictionary")
    return {
        "kernel": "" if kernel is None else kernel.tag.removesuffix("KernelType"),
        **({} if kernel is None else _given(kernel, "gamma", "coef0", "degree")),
        "machines": _count(model, "SupportVectorMachine"),
        "vectors": _count(dictionary, "VectorInstance"),
        **_given(model, "classificationMethod", "svmRepresentation", "maxWins"),
    }


def _scorecard(model: Element) -> Facts:
    return {
        "characteristics": len(_under(model, "Characteristics", "Characteristic")),
        "attributes": len(_under(model, "Characteristics", "Characteristic", "Attribute")),
        **_given(model, "initialScore", "useReasonCodes", "reasonCodeAlgorithm", "baselineScore"),
    }


def _naive_bayes(model: Element) -> Facts:
    counts = _under(model, "BayesOutput", "TargetValueCounts", "TargetValueCount")
    return {
        "inputs": _count(model.first("BayesInputs"), "BayesInput"),
        "classes": len(counts),
        **_given(model, "threshold"),
    }


def _measure(model: Element) -> Facts:
    measure = model.first("ComparisonMeasure")
    kind = None if measure is None else measure.first()
    return {} if measure is None or kind is None else {"measure": kind.tag, **_given(measure, "compareFunction")}


def _clustering(model: Element) -> Facts:
    return {
        "clusters": _count(model, "Cluster"),
        "fields": _count(model, "ClusteringField"),
        **_given(model, "modelClass"),
        **_measure(model),
    }


def _neighbors(model: Element) -> Facts:
    return {
        "neighbours": model.get("numberOfNeighbors"),
        "rows": len(_under(model, "TrainingInstances", "InlineTable", "row")),
        "inputs": len(_under(model, "KNNInputs", "KNNInput")),
        **_measure(model),
        **_given(model, "categoricalScoringMethod", "continuousScoringMethod"),
    }


def _rule_set(model: Element) -> Facts:
    rules = model.first("RuleSet")
    if rules is None:
        return {}
    method = rules.first("RuleSelectionMethod")
    return {
        "rules": _simple_rules(rules),
        **({} if method is None else _given(method, "criterion")),
        **_given(rules, "defaultScore"),
    }


def _simple_rules(rules: Element) -> int:
    """The rules, those inside CompoundRules included."""
    count, waiting = 0, [rules]
    while waiting:
        element = waiting.pop()
        count += _count(element, "SimpleRule")
        waiting += element.all("CompoundRule")
    return count


def _association(model: Element) -> Facts:
    return {
        "items": _count(model, "Item"),
        "item sets": _count(model, "Itemset"),
        "rules": _count(model, "AssociationRule"),
        **_given(model, "minimumSupport", "minimumConfidence"),
    }


def _gaussian_process(model: Element) -> Facts:
    kernel = next((child for child in model.children if "Kernel" in child.tag), None)
    return {
        "kernel": "" if kernel is None else kernel.tag,
        "rows": len(_under(model, "TrainingInstances", "InlineTable", "row")),
    }


def _time_series(model: Element) -> Facts:
    return {**_given(model, "bestFit"), "values": len(_under(model, "TimeSeries", "TimeValue"))}


def _baseline(model: Element) -> Facts:
    tests = _under(model, "TestDistributions")
    return _given(tests[0], "testStatistic", "field") if tests else {}


def _bayesian_network(model: Element) -> Facts:
    nodes = model.first("BayesianNetworkNodes")
    return {"nodes": 0 if nodes is None else len(nodes.children)}


def _text(model: Element) -> Facts:
    terms = _under(model, "TextDictionary", "Array")
    return {
        "terms": len(terms[0].items()) if terms else 0,
        "documents": len(_under(model, "TextCorpus", "TextDocument")),
    }


def _anomaly(model: Element) -> Facts:
    return _given(model, "algorithmType", "sampleDataSize")


COUNTERS: Final[dict[str, Callable[[Element], Facts]]] = {
    "AnomalyDetectionModel": _anomaly,
    "AssociationModel": _association,
    "BaselineModel": _baseline,
    "BayesianNetworkModel": _bayesian_network,
    "ClusteringModel": _clustering,
    "GaussianProcessModel": _gaussian_process,
    "GeneralRegressionModel": _general_regression,
    "NaiveBayesModel": _naive_bayes,
    "NearestNeighborModel": _neighbors,
    "NeuralNetwork": _network,
    "RegressionModel": _regression,
    "RuleSetModel": _rule_set,
    "Scorecard": _scorecard,
    "SupportVectorMachineModel": _support_vectors,
    "TextModel": _text,
    "TimeSeriesModel": _time_series,
}
"""By tag; trees and segments are counted in `shape.py`."""
