"""Normalise: each row divided by its length (scikit-learn's Normalizer)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from salver.core.servable import Request, Response
from salver.core.tensor import Tensor, dtype_of
from salver.graph.transformers.frame import Frame, matrix_of, settled
from salver.graph.transformers.transforming import Transforming, floats

Norm: TypeAlias = Literal["l1", "l2", "max"]


@dataclass(frozen=True, slots=True)
class Normalise:
    """Brings each row to length 1; a row of zeros stays as it is."""

    norm: Norm = "l2"
    """l1: the sum of absolute values. l2: Euclid's length. max: the greatest absolute value."""

    def __call__(self, name: str) -> Normalised:
        return Normalised(_NORMS[self.norm], name)


class Normalised(Transforming):
    """A transformer. Columns must all be numbers; they count as a row's coordinates together."""

    keeps_form = True

    def __init__(self, norm: Callable[[Any], Any], name: str) -> None:
        super().__init__(name)
        self._norm = norm

    def transform(self, request: Request) -> Response:
        tensor = matrix_of(request.tensors)
        if tensor is not None:
            name = next(iter(request.tensors))
            scaled = self._scaled(floats(tensor, name))
            return Response({name: Tensor(dtype_of(scaled), scaled, tensor.names)})
        frame = Frame(request)
        columns = [floats(settled(column), name) for name, column in zip(frame.names, frame.columns, strict=True)]
        scaled = self._scaled(np.stack(columns, axis=1))
        frame.columns = [scaled[:, index].astype(one.dtype) for index, one in enumerate(columns)]
        return frame.response()

    def _scaled(self, rows: Any) -> Any:
        with np.errstate(all="ignore"):
            lengths = self._norm(rows)
            lengths[lengths == 0] = 1
            return rows / lengths[:, None]


_NORMS: Final[dict[Norm, Callable[[Any], Any]]] = {
    "l1": lambda rows: np.abs(rows).sum(axis=1),
    "l2": lambda rows: np.sqrt(np.square(rows).sum(axis=1)),
    "max": lambda rows: np.abs(rows).max(axis=1, initial=0),
}
