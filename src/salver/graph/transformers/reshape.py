"""Reshape: rows in another shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.graph.transformers.transforming import Transforming, the_tensor


@dataclass(frozen=True, slots=True)
class Reshape:
    """Each row's values in another shape, in the same order. There are as many rows as before."""

    shape: tuple[int, ...]
    """The shape of one row, [28, 28, 1]; one size may be -1, and an empty list makes numbers of rows of one."""
    tensor: str = ""
    """The tensor that is meant, others going on as they are; may be left out where there is one."""

    def __post_init__(self) -> None:
        if any(size < -1 or size == 0 for size in self.shape) or self.shape.count(-1) > 1:
            raise BadInput(f"shape must hold sizes from 1, and -1 once at most; got {list(self.shape)}")

    def __call__(self, name: str) -> Reshaped:
        return Reshaped(self, name)


class Reshaped(Transforming):
    """A transformer."""

    def __init__(self, options: Reshape, name: str) -> None:
        super().__init__(name)
        self._shape = options.shape
        self._tensor = options.tensor

    def transform(self, request: Request) -> Response:
        name, tensor = the_tensor(request.tensors, self._tensor)
        array = tensor.array
        if not array.ndim:
            raise BadInput(f"'{name}' must have rows, got {tensor}")
        have = math.prod(array.shape[1:])
        known = math.prod(size for size in self._shape if size != -1)
        is_open = -1 in self._shape
        if have % known if is_open else have != known:
            raise BadInput(f"'{name}' must have rows that fit {list(self._shape)}, got {tensor}")
        row = [have // known if size == -1 else size for size in self._shape]
        return Response({**request.tensors, name: Tensor(tensor.dtype, array.reshape(len(array), *row))})
