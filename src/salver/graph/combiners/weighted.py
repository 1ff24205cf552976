"""Weighted: a mean in which some children count more than others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from salver.core.errors import BadInput, GraphFault
from salver.graph.combiners.answers import CODE
from salver.graph.combiners.blending import Array, Blended
from salver.graph.combiners.waiting import Waiting

_CLOSE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Weighted(Waiting):
    """The weighted mean, number by number. The weights of those that did not answer go to the others, in proportion."""

    weights: tuple[float, ...] | Mapping[str, float] = field(default=())
    """A weight for each child, in their order or by name; together 1."""
    outputs: tuple[str, ...] = ()
    """The outputs that are averaged, others being dropped; all by default, which must be numbers then."""

    def __post_init__(self) -> None:
        super(Weighted, self).__post_init__()
        values = list(self.weights.values()) if isinstance(self.weights, Mapping) else list(self.weights)
        if any(not 0 <= weight < math.inf for weight in values):
            raise BadInput(f"weights must be 0 or more, got {values}")
        if abs(math.fsum(values) - 1) > _CLOSE:
            raise BadInput(f"weights must be 1 together, got {math.fsum(values):g}")

    def __call__(self, children: Sequence[str], name: str) -> Blended:
        weights = self._in_order(children)

        def mean(parts: Sequence[Array], places: Sequence[int]) -> Array:
            came = [weights[place] for place in places]
            whole = math.fsum(came)
            if whole == 0:
                told = ", ".join(children[place] for place in places)
                raise GraphFault(f"those that have answered have no weight: {told}", CODE)
            total = np.zeros(parts[0].shape)
            for weight, part in zip(came, parts, strict=True):
                if weight:
                    total += np.multiply(part, weight / whole, dtype=np.float64)
            return total

        return Blended(self, self.outputs, mean, children, name)

    def _in_order(self, children: Sequence[str]) -> list[float]:
        if not isinstance(self.weights, Mapping):
            if len(self.weights) != len(children):
                raise BadInput(f"weights must be {len(children)}, one for each child, got {len(self.weights)}")
            return list(self.weights)
        if set(self.weights) != set(children):
            raise BadInput(f"weights must name the children {', '.join(children)}, got {', '.join(self.weights)}")
        return [self.weights[child] for child in children]
