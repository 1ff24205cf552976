"""Select: some of the columns, in an order of one's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.graph.transformers.frame import matrix_of, names_of, place_of
from salver.graph.transformers.transforming import Transforming


@dataclass(frozen=True, slots=True)
class Select:
    """The columns that go on; of a matrix its columns, else the tensors. All others are dropped."""

    columns: tuple[str, ...]
    """By name, or by number from 0 where no column is called so, in the order wanted."""

    def __post_init__(self) -> None:
        if not self.columns:
            raise BadInput("columns must be one at least, got none")

    def __call__(self, name: str) -> Selected:
        return Selected(self.columns, name)


class Selected(Transforming):
    """A transformer."""

    def __init__(self, columns: tuple[str, ...], name: str) -> None:
        super().__init__(name)
        self._columns = columns
        self._last: tuple[tuple[tuple[str, ...], int], np.ndarray[tuple[int], np.dtype[np.intp]]] | None = None
        """The places of the columns among columns of these names, which hardly ever change."""

    def transform(self, request: Request) -> Response:
        tensor = matrix_of(request.tensors)
        if tensor is None:
            names = list(request.tensors)
            chosen = [names[place_of(column, names)] for column in self._columns]
            return Response({name: request.tensors[name] for name in chosen})
        places = self._places(tensor)
        named = len(tensor.names) == tensor.array.shape[1]
        kept = tuple(tensor.names[place] for place in places) if named else ()
        return Response({next(iter(request.tensors)): Tensor(tensor.dtype, tensor.array[:, places], kept)})

    def _places(self, tensor: Tensor) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        key = (tensor.names, tensor.array.shape[1])
        last = self._last
        if last is None or last[0] != key:
            names = names_of(tensor)
            last = self._last = (key, np.array([place_of(column, names) for column in self._columns], np.intp))
        return last[1]
