"""Transforming: what the transformers share, and how they find the tensor that is meant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import FLOATS, INTEGERS, Tensor


class Transforming(ABC):
    """A transformer. Safe from several threads; keeps nothing of a request."""

    keeps_form: ClassVar[bool] = False
    """Whether tensors go on with the names, dtypes (if floats) and shapes with which they came."""
    may_be_slow: ClassVar[bool] = False
    """Whether it can take so long that it should not run on an event loop."""

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def transform(self, request: Request) -> Response:
        """As `node.Transformer`."""


def the_tensor(tensors: Mapping[str, Tensor], name: str) -> tuple[str, Tensor]:
    """The tensor of that name, or the only one where it is empty. Raises BadInput where that is none."""
    if not name and len(tensors) == 1:
        return next(iter(tensors.items()))
    if name not in tensors:
        known = ", ".join(list(tensors)[:20])
        raise BadInput(f"there is no tensor '{name}'; there are {known}" if name else f"wanted one tensor, got {known}")
    return name, tensors[name]


def floats(tensor: Tensor, name: str) -> Any:
    """Its values as float16, float32 or float64, as they came; integers as float64. Raises BadInput for others."""
    if tensor.dtype in FLOATS:
        return tensor.values
    if tensor.dtype in INTEGERS:
        return tensor.array.astype("float64")
    raise BadInput(f"'{name}' must be numbers, got {tensor}")


def listed(names: Any) -> str:
    """Names for a message, not too many."""
    some = [str(name)[:60] for name in list(names)[:20]]
    return ", ".join(some) or "none"
