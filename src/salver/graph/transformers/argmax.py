"""Argmax: the place of each row's greatest number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.graph.transformers.transforming import Transforming, floats, the_tensor


@dataclass(frozen=True, slots=True)
class Argmax:
    """Scores [n, k] become INT64 [n], from 0; the first of equal ones."""

    tensor: str = ""
    """The tensor that is meant, others going on as they are; may be left out where there is one."""

    def __call__(self, name: str) -> Best:
        return Best(self.tensor, name)


class Best(Transforming):
    """A transformer."""

    def __init__(self, tensor: str, name: str) -> None:
        super().__init__(name)
        self._tensor = tensor

    def transform(self, request: Request) -> Response:
        name, tensor = the_tensor(request.tensors, self._tensor)
        places = scores_of(tensor, name).argmax(axis=1)
        return Response({**request.tensors, name: Tensor("INT64", places)})


def scores_of(tensor: Tensor, name: str) -> np.ndarray[tuple[int, int], np.dtype[np.floating]]:
    """A matrix of numbers to choose from. Raises BadInput for NaN: it is neither more nor less than anything."""
    scores: np.ndarray[tuple[int, int], np.dtype[np.floating]] = floats(tensor, name)
    if scores.ndim != 2 or not scores.shape[1]:
        raise BadInput(f"'{name}' must be scores [n, k], got {tensor}")
    blank = np.isnan(scores)
    if blank.any():
        row, column = np.argwhere(blank)[0]
        raise BadInput(f"'{name}', row {row}, column {column}: NaN is no score")
    return scores
