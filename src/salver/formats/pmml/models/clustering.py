"""ClusteringModel: the cluster whose centre is nearest. Specification: ClusteringModel.

Only clusters with centres: what a distribution-based model computes the specification leaves open.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.expressions import derive
from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import Kernel, Model, Result
from salver.formats.pmml.models.compare import Comparison, read_comparison
from salver.formats.pmml.models.measures import Measure, compile_measure, default_function
from salver.formats.pmml.models.ranks import are_ranks_asked
from salver.formats.pmml.models.vectors import Vectors, entry


def compile_clustering(model: Model) -> Kernel:
    """The kernel of a ClusteringModel."""
    element = model.element
    if element.choice("modelClass", ("centerBased", "distributionBased"), "centerBased") == "distributionBased":
        element.unsupported("modelClass=distributionBased is not supported")
    comparison = element.need("ComparisonMeasure")
    comparisons = _comparisons(model, default_function(comparison))
    measure = compile_measure(comparison, comparisons, _missing_weights(element, len(comparisons)))
    clusters = list(element.all("Cluster"))
    if not clusters:
        element.refuse("a ClusteringModel needs a Cluster")
    ids = tuple(cluster.get("id") or str(place) for place, cluster in enumerate(clusters, 1))
    centers = np.array([_center(cluster, comparisons) for cluster in clusters])
    labels = tuple(model.target.label(id_, element) for id_ in ids)
    vectors = Vectors(tuple(one.field for one in comparisons))
    return Clusters(ids, labels, vectors, measure, centers, is_ranked=are_ranks_asked(element))


def _comparisons(model: Model, default: str) -> list[Comparison]:
    """The fields that centres have a value of, in order."""
    element = model.element
    centers = element.first("CenterFields")
    if centers is not None:
        return [_center_field(child, model, default) for child in centers.all("DerivedField", "FieldRef")]
    fields = [child for child in element.all("ClusteringField") if child.flag("isCenterField", default=True)]
    if not fields:
        element.refuse("a ClusteringModel needs a ClusteringField")
    return [read_comparison(child, model.field(child), default) for child in fields]


def _center_field(child: Element, model: Model, default: str) -> Comparison:
    """As PMML 3 has them."""
    field = derive(child, model.scope) if child.tag == "DerivedField" else model.field(child)
    return read_comparison(child, field, default)


def _missing_weights(element: Element, count: int) -> list[float] | None:
    weights = element.first("MissingValueWeights")
    if weights is None:
        return None
    array = weights.need("Array")
    numbers = array.numbers()
    if len(numbers) != count:
        array.refuse(f"there are {len(numbers)} weights, wanted {count}, one for each field")
    return numbers


def _center(cluster: Element, comparisons: list[Comparison]) -> list[float]:
    array = cluster.need("Array")
    items = array.items()
    if len(items) != len(comparisons):
        array.refuse(f"there are {len(items)} coordinates, wanted {len(comparisons)}, one for each field")
    return [
        entry(item, one.field, array) if one.field.kind == "text" else array.parsed(item, "coordinate")
        for item, one in zip(items, comparisons, strict=True)
    ]


class Clusters:
    """Finds each row's cluster; the affinity is the distance (or similarity) to each centre."""

    __slots__ = ("_affinity", "_is_ranked", "_measure", "_vectors", "classes", "entities")

    def __init__(
        self,
        ids: tuple[str, ...],
        labels: tuple[Any, ...],
        vectors: Vectors,
        measure: Measure,
        centers: Array,
        *,
        is_ranked: bool,
    ) -> None:
        self.classes = labels
        self.entities = ids
        self._vectors = vectors
        self._measure = measure
        self._affinity = measure.against(centers)
        self._is_ranked = is_ranked

    def __call__(self, frame: Frame) -> Result:
        with np.errstate(all="ignore"):
            affinity = self._affinity(self._vectors(frame))
        winner = self._measure.best(affinity)
        ranking = self._ranked(affinity) if self._is_ranked else None
        return Result(winner=winner, affinity=affinity, entity=winner, ranking=ranking)

    def _ranked(self, affinity: Array) -> Array:
        ranking = np.argsort(self._measure.order(affinity), axis=1, kind="stable")
        return np.where(np.isnan(affinity[np.arange(len(affinity))[:, None], ranking]), -1, ranking)
