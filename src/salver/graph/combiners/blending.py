"""Blending: number by number, from the numbers that the children have in the same place. What is made of them is
the business of `average.py`, `weighted.py` and `median.py`.

Computed in double precision. Outputs are matched by name; names of columns and params are those of the first answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from salver.core.servable import Request, Response
from salver.core.tensor import FLOATS, NUMPY, Tensor, narrow
from salver.graph.combiners.answers import Combining, arrived, by_output, check_alike
from salver.graph.combiners.waiting import Waiting

Array: TypeAlias = np.ndarray[Any, Any]
Blend: TypeAlias = Callable[[Sequence[Array], Sequence[int]], Array]
"""Arrays of one shape, and the places of the children they are from -> an array of that shape."""


class Blended(Combining):
    """A combiner of numbers."""

    def __init__(
        self, waiting: Waiting, outputs: tuple[str, ...], blend: Blend, children: Sequence[str], name: str
    ) -> None:
        super().__init__(waiting, children, name)
        self._outputs = outputs
        self._blend = blend
        self.keeps_form = not outputs

    def combine(self, answers: Sequence[Response | None], request: Request) -> Response:
        came = arrived(answers)
        places = [index for index, _ in came]
        tensors: dict[str, Tensor] = {}
        with np.errstate(all="ignore"):
            for name, parts in by_output(came, self.children, self._outputs):
                check_alike(name, parts, places, self.children)
                blended = self._blend([part.values for part in parts], places)
                tensors[name] = _held(blended, parts)
        return Response(tensors, came[0][1].params)


def _held(blended: Array, parts: Sequence[Tensor]) -> Tensor:
    """In the dtype of the parts, where that is one of floats; else in double precision."""
    dtype = parts[0].dtype
    if dtype not in FLOATS or any(part.dtype != dtype for part in parts):
        dtype = "FP64"
    if dtype == "BF16":
        return Tensor(dtype, narrow(blended), parts[0].names)
    return Tensor(dtype, blended.astype(NUMPY[dtype], copy=False), parts[0].names)
