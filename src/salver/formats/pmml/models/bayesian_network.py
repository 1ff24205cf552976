"""BayesianNetworkModel: how likely each value of the target is, given what is known of a row. Specification:
BayesianNetworkModel. Discrete nodes only; the inference is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from salver.formats.pmml.element import short
from salver.formats.pmml.expressions import derive
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import Kernel, Model, Result, best
from salver.formats.pmml.models.discrete_node import DiscreteNode, read_nodes
from salver.formats.pmml.models.elimination import MAX_CELLS, Factor, Inference, TooLarge
from salver.formats.pmml.models.vectors import Vectors, entry

_CHUNK: Final = 1 << 21
"""How many entries the largest table may have for all rows at once."""


def compile_bayesian_network(model: Model) -> Kernel:
    """The kernel of a BayesianNetworkModel."""
    element = model.element
    if not model.is_classification:
        element.unsupported(f"functionName={model.function} is not supported here, only classification")
    nodes = read_nodes(element.need("BayesianNetworkNodes"))
    places = {node.name: place for place, node in enumerate(nodes)}
    kept = places.get(model.target.name)
    if kept is None:
        element.refuse(f"no node is the target {short(model.target.name)}")
    classes = tuple(model.target.label(value, nodes[kept].element) for value in nodes[kept].values)
    evidence = [_evidence(node, place, model) for place, node in enumerate(nodes) if place != kept]
    known = tuple(one for one in evidence if one is not None)
    factors = [Factor(node.scope, node.table, has_rows=False) for node in nodes]
    observed = frozenset(one.node for one in known)
    try:
        inference = Inference([len(node.values) for node in nodes], factors, kept, observed)
    except TooLarge:
        element.unsupported(f"exact inference would need tables of more than {MAX_CELLS} entries")
    return BayesianNetwork(classes, known, Vectors(tuple(one.field for one in known)), inference)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The field that tells a node's value."""

    node: int
    field: Field
    values: Array
    """The node's values as vectors hold them."""

    def factor(self, column: Array) -> Factor:
        """1 for what a row may be: anything where it is missing, nothing where it is no value of the node."""
        may_be = (column[:, None] == self.values) | np.isnan(column)[:, None]
        return Factor((self.node,), may_be.astype(np.float64), has_rows=True)


def _evidence(node: DiscreteNode, place: int, model: Model) -> _Evidence | None:
    """None for a node that no field tells of."""
    derived = [derive(child, model.scope) for child in node.element.all("DerivedField")]
    field = derived[-1] if derived else model.scope.find(node.name)
    if field is None:
        return None
    return _Evidence(place, field, np.array([entry(value, field, node.element) for value in node.values]))


@dataclass(frozen=True, slots=True)
class BayesianNetwork:
    """Gives the posterior distribution of the target."""

    classes: tuple[Any, ...]
    evidence: tuple[_Evidence, ...]
    vectors: Vectors
    inference: Inference

    @property
    def entities(self) -> tuple[str, ...]:
        return ()

    def __call__(self, frame: Frame) -> Result:
        known = self.vectors(frame)
        step = max(1, _CHUNK // self.inference.cells)
        with np.errstate(all="ignore"):
            parts = [self._of(known[start : start + step]) for start in range(0, max(1, len(known)), step)]
        probability = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return Result(winner=best(probability), probability=probability)

    def _of(self, known: Array) -> Array:
        told = [one.factor(known[:, place]) for place, one in enumerate(self.evidence)]
        return self.inference(told, len(known))
