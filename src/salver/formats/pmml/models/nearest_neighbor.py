"""NearestNeighborModel: what the nearest of the training instances say. Specification: NearestNeighborModel.

All rows against all instances, as many at a time as memory allows. Equally near instances rank as they stand in the
table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from salver.formats.pmml.frame import Array, Frame
from salver.formats.pmml.kernel import Kernel, Model, Result
from salver.formats.pmml.models.compare import Comparison, read_comparison
from salver.formats.pmml.models.measures import Compute, Measure, compile_measure, default_function
from salver.formats.pmml.models.neighbor_scores import Scores, compile_scores
from salver.formats.pmml.models.target_fields import targets_of
from salver.formats.pmml.models.training import TrainingTable
from salver.formats.pmml.models.vectors import Vectors
from salver.formats.pmml.scope import Target

_CHUNK: Final = 1 << 21
"""How many distances are in memory at once."""
_FEW: Final = 1024
"""So many entries are sorted sooner than partitioned."""
_MOST_SHOWN: Final = 1000
"""Of a larger table distances are only kept where they are asked for."""
_AFFINITY: Final = frozenset(("affinity", "entityAffinity", "clusterAffinity"))


def compile_nearest_neighbor(model: Model) -> Kernel:
    """The kernel of a NearestNeighborModel."""
    element = model.element
    table = TrainingTable(element.need("TrainingInstances"), model.scope)
    comparison = element.need("ComparisonMeasure")
    comparisons = _comparisons(model, default_function(comparison))
    fields = tuple(one.field for one in comparisons)
    count: int = element.integer("numberOfNeighbors")
    if count < 1:
        element.refuse(f"numberOfNeighbors={count}, wanted 1 or more")
    return Neighbors(
        ids=_ids(model, table),
        scores=_scores(model, table),
        vectors=Vectors(fields),
        measure=compile_measure(comparison, comparisons),
        references=table.vectors(fields),
        count=min(count, len(table)),
        threshold=element.number("threshold", 0.001),
        keeps_affinity=len(table) <= _MOST_SHOWN or bool(model.wants & _AFFINITY),
    )


def _comparisons(model: Model, default: str) -> list[Comparison]:
    inputs = model.element.need("KNNInputs")
    comparisons = [read_comparison(child, model.field(child), default) for child in inputs.all("KNNInput")]
    if not comparisons:
        inputs.refuse("KNNInputs needs a KNNInput")
    return comparisons


def _ids(model: Model, table: TrainingTable) -> tuple[str, ...]:
    """What the rows of the table are called: by `instanceIdVariable`, else their position."""
    variable = model.element.get("instanceIdVariable")
    names = table.texts(variable) if variable else [None] * len(table)
    return tuple(name if name is not None else str(place) for place, name in enumerate(names, 1))


def _scores(model: Model, table: TrainingTable) -> tuple[Scores, ...]:
    functions = {"classification": True, "regression": False}
    return tuple(
        compile_scores(
            model.element,
            target,
            table,
            is_categorical=functions.get(model.function, target.optype != "continuous"),
            has_probability="probability" in model.wants,
        )
        for target in targets_of(model)
    )


class Neighbors:
    """Finds each row's neighbours; the affinity is the distance (or similarity) to every instance.

    Without a target it is the nearest instance itself that is predicted."""

    __slots__ = (
        "_compute",
        "_count",
        "_keeps_affinity",
        "_measure",
        "_references",
        "_scores",
        "_threshold",
        "_vectors",
        "classes",
        "entities",
        "other_targets",
    )

    def __init__(
        self,
        *,
        ids: tuple[str, ...],
        scores: tuple[Scores, ...],
        vectors: Vectors,
        measure: Measure,
        references: Callable[[], Array],
        count: int,
        threshold: float,
        keeps_affinity: bool,
    ) -> None:
        self.entities = ids
        self.classes: tuple[Any, ...] = scores[0].classes if scores else ids
        self.other_targets: Mapping[str, Target] = {other.target.name: other.target for other in scores[1:]}
        """The targets after the first."""
        self._scores = scores
        self._vectors = vectors
        self._measure = measure
        self._references = references
        self._count = count
        self._threshold = threshold
        self._keeps_affinity = keeps_affinity
        self._compute: Compute | None = None

    def __call__(self, frame: Frame) -> Result:
        with np.errstate(all="ignore"):
            neighbors, near, affinity = self._search(self._vectors(frame))
            weights = near if self._measure.is_similarity else 1.0 / (near + self._threshold)
            said = [scores(neighbors, weights) for scores in self._scores]
        result = said[0] if said else Result(winner=neighbors[:, 0])
        result.entity, result.ranking, result.affinity = neighbors[:, 0], neighbors, affinity
        result.targets = {
            scores.target.name: scores.column(other) for scores, other in zip(self._scores[1:], said[1:], strict=True)
        }
        return result

    def _search(self, rows: Array) -> tuple[Array, Array, Array | None]:
        """Of each row: its neighbours, the nearest first; how near they are; and all affinities, where kept."""
        compute = self._compute
        if compute is None:
            # By two threads at worst: both make the same.
            compute = self._compute = self._measure.against(self._references())
        step = max(1, _CHUNK // len(self.entities))
        if len(rows) <= step:
            return self._nearest(compute(rows))
        parts = [self._nearest(compute(rows[start : start + step])) for start in range(0, len(rows), step)]
        neighbors, near = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
        kept = [part[2] for part in parts if part[2] is not None]
        return neighbors, near, np.concatenate(kept) if kept else None

    def _nearest(self, affinity: Array) -> tuple[Array, Array, Array | None]:
        neighbors = smallest(self._measure.order(affinity), self._count)
        near = affinity[_rows(affinity), neighbors]
        unknown = np.isnan(near)
        if unknown.any():
            neighbors = np.where(unknown, -1, neighbors)
        return neighbors, near, affinity if self._keeps_affinity else None


def smallest(order: Array, count: int) -> Array:
    """The places of the smallest entries of each row, ascending, equals by place; NaN comes last."""
    if order.size <= _FEW or count * 4 >= order.shape[1]:
        return np.argsort(order, axis=1, kind="stable")[:, :count]
    places = np.argpartition(order, count - 1, axis=1)[:, :count]
    places.sort(axis=1)
    rows = _rows(order)
    near = order[rows, places]
    places = places[rows, np.argsort(near, axis=1, kind="stable")]
    # Where more entries equal the last one, the partition took any of them.
    tied = (order <= near.max(axis=1, keepdims=True)).sum(axis=1) > count
    if tied.any():
        places[tied] = np.argsort(order[tied], axis=1, kind="stable")[:, :count]
    return places


def _rows(matrix: Array) -> Array:
    return np.arange(len(matrix))[:, None]
