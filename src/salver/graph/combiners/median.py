"""Median: the middle of what the children answer, which one wild child cannot move far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from salver.graph.combiners.blending import Array, Blended
from salver.graph.combiners.waiting import Waiting


@dataclass(frozen=True, slots=True)
class Median(Waiting):
    """The median, number by number; of an even number of children, the mean of the middle two."""

    outputs: tuple[str, ...] = ()
    """The outputs that are combined, others being dropped; all by default, which must be numbers then."""

    def __call__(self, children: Sequence[str], name: str) -> Blended:
        return Blended(self, self.outputs, _median, children, name)


def _median(parts: Sequence[Array], places: Sequence[int]) -> Array:
    return np.asarray(np.median(np.stack(parts).astype(np.float64), axis=0))
