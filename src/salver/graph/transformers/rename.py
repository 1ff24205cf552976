"""Rename: other names for tensors, and for the columns of a matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.graph.transformers.transforming import Transforming, listed


@dataclass(frozen=True, slots=True)
class Rename:
    """New names for old. Values stay as they are."""

    tensors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Of tensors: `{old: new}`; each must be there."""
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Of columns, in all matrices whose columns have names: `{old: new}`; each must be there."""

    def __post_init__(self) -> None:
        if not self.tensors and not self.columns:
            raise BadInput("tensors must be renamed, or columns; got neither")
        for what, names in (("tensors", self.tensors), ("columns", self.columns)):
            if len(set(names.values())) != len(names):
                raise BadInput(f"{what} must have names that differ, got {', '.join(names.values())}")

    def __call__(self, name: str) -> Renamed:
        return Renamed(self, name)


class Renamed(Transforming):
    """A transformer."""

    def __init__(self, options: Rename, name: str) -> None:
        super().__init__(name)
        self._tensors = options.tensors
        self._columns = options.columns

    def transform(self, request: Request) -> Response:
        tensors = request.tensors
        for old in self._tensors:
            if old not in tensors:
                raise BadInput(f"there is no tensor '{old}'; there are {listed(tensors)}")
        found: dict[str, Tensor] = {}
        for name, tensor in tensors.items():
            new = self._tensors.get(name, name)
            if new in found:
                raise BadInput(f"two tensors would be called '{new}'")
            found[new] = self._renamed(tensor) if self._columns else tensor
        if self._columns:
            self._check(tensors)
        return Response(found)

    def _renamed(self, tensor: Tensor) -> Tensor:
        if not tensor.names:
            return tensor
        return Tensor(tensor.dtype, tensor.array, tuple(self._columns.get(name, name) for name in tensor.names))

    def _check(self, tensors: Mapping[str, Tensor]) -> None:
        known = [name for tensor in tensors.values() for name in tensor.names]
        for old in self._columns:
            if old not in known:
                raise BadInput(f"there is no column '{old}'; there are {listed(known)}")
