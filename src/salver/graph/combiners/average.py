"""Average: the mean of what the children answer. Seldon's AVERAGE_COMBINER, for any rank and any number of outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from salver.graph.combiners.blending import Array, Blended
from salver.graph.combiners.waiting import Waiting


@dataclass(frozen=True, slots=True)
class Average(Waiting):
    """The mean, number by number."""

    outputs: tuple[str, ...] = ()
    """The outputs that are averaged, others being dropped; all by default, which must be numbers then."""

    def __call__(self, children: Sequence[str], name: str) -> Blended:
        return Blended(self, self.outputs, _mean, children, name)


def _mean(parts: Sequence[Array], places: Sequence[int]) -> Array:
    total: Any = parts[0].astype(np.float64)
    for part in parts[1:]:
        total += part
    total /= len(parts)
    return np.asarray(total)
