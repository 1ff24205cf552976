"""AnomalyDetectionModel: how far a row is out, by what a model inside says of it.

Specification: AnomalyDetectionModel.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import NO_CLASSES, Kernel, Model, Result, Submodel
from salver.formats.pmml.models.table import MODELS

ALGORITHMS: Final = ("iforest", "ocsvm", "clusterMeanDist", "other")
_EULER: Final = 0.5772156649
"""As many digits as the specification gives."""


def compile_anomaly_detection(model: Model) -> Kernel:
    """The kernel of an AnomalyDetectionModel."""
    element = model.element
    algorithm = element.choice("algorithmType", ALGORITHMS)
    place = element.need(*MODELS)
    inner = model.compile(place, model.scope, frozenset(("affinity",)))
    if algorithm == "clusterMeanDist":
        return AnomalyDetection(inner, _by_mean_distance(element, inner))
    if inner.kernel.classes:
        place.refuse(f"algorithmType={algorithm} needs a model that predicts a number")
    return AnomalyDetection(inner, _isolation(element) if algorithm == "iforest" else _raw)


@dataclass(frozen=True, slots=True)
class AnomalyDetection:
    """The score is made of the result of the model inside."""

    inner: Submodel
    score: Callable[[Result], Array]

    @property
    def classes(self) -> tuple[Any, ...]:
        return NO_CLASSES

    @property
    def entities(self) -> tuple[str, ...]:
        return ()

    def __call__(self, frame: Frame) -> Result:
        inner = self.inner(frame)
        with np.errstate(all="ignore"):
            return Result(value=self.score(inner))


def _raw(result: Result) -> Array:
    return np.asarray(result.value, np.float64)


def _isolation(element: Element) -> Callable[[Result], Array]:
    """Of an isolation forest: 2^(-h / c(n)), where h is the mean length of a row's paths."""
    size: int = element.integer("sampleDataSize")
    if size < 2:
        element.refuse(f"sampleDataSize={size}, wanted 2 or more")
    expected = _expected_path(size)
    return lambda result: 2.0 ** (-_raw(result) / expected)


def _expected_path(size: int) -> float:
    """The mean length of an unsuccessful search in a binary tree of so many rows."""
    if size == 2:
        return 1.0
    return 2.0 * (math.log(size - 1) + _EULER) - 2.0 * (size - 1) / size


def _by_mean_distance(element: Element, inner: Submodel) -> Callable[[Result], Array]:
    """The distance to the nearest cluster over the mean of the distances of that cluster's rows."""
    array = element.need("MeanClusterDistances").need("Array")
    means = np.array(array.numbers(), np.float64)
    clusters = len(inner.kernel.entities)
    if inner.element.tag != "ClusteringModel":
        inner.element.refuse("algorithmType=clusterMeanDist needs a ClusteringModel")
    if len(means) != clusters:
        array.refuse(f"there are {len(means)} mean distances, wanted {clusters}, one for each cluster")
    table = np.append(means, np.nan)

    def score(result: Result) -> Array:
        winner, affinity = np.asarray(result.entity), np.asarray(result.affinity)
        scores: Array = affinity[np.arange(len(winner)), winner] / table[winner]
        return scores

    return score
