"""Plans: how requests become calls of a user's function, and what it returns becomes a Response.

One rule. Where no array stands in the annotations and nothing is declared, the function is called **once a row**:
each argument is a column, a scalar one of shape [-1], a list one of shape [-1, -1]. As soon as one argument or the
result is an array, or the signature is declared, it is called **once a request**: arrays whole, lists as tensors of
their own rank, scalars of rank 0. A dataclass stands for its fields, as arguments and as results; a TypedDict as
results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from salver.core.errors import BadInput, Internal
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import Tensor
from salver.formats.python_kinds import Kind, checked, column, rows_of, whole_of


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: an input, or a dataclass of several."""

    name: str
    kinds: Mapping[str, Kind]
    """By input name: the argument's own, or the dataclass's fields."""
    build: Callable[..., Any] | None
    """The dataclass."""
    optional: frozenset[str]
    """The inputs that may be left out: the function has a default."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a function takes and gives, and how it is called."""

    name: str
    signature: Signature
    parameters: tuple[Parameter, ...]
    results: Mapping[str, Kind]
    single: bool
    """Whether the result is the one output itself."""
    by_row: bool

    def calls(self, request: Request) -> Iterator[dict[str, Any]]:
        """The keyword arguments of each call."""
        take = rows_of if self.by_row else whole_of
        values = {
            name: take(request.tensors[name], kind, f"input '{name}'")
            for parameter in self.parameters
            for name, kind in parameter.kinds.items()
            if name in request.tensors
        }
        if not self.by_row:
            yield self._arguments(values)
        elif not values:
            yield {}
        else:
            for row in zip(*values.values(), strict=True):
                yield self._arguments(dict(zip(values, row, strict=True)))

    def response(self, returned: list[Any], request: Request) -> Response:
        """What the calls returned, as tensors. Raises Internal where it is not what was declared."""
        tensors = {
            name: self._tensor(name, kind, [self._part(value, name) for value in returned])
            for name, kind in self.results.items()
        }
        if self.signature.batched and not self.by_row:
            self._check_rows(tensors, request.tensors)
        wanted = request.outputs
        return Response({name: tensor for name, tensor in tensors.items() if not wanted or name in wanted})

    def _check_rows(self, tensors: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> None:
        rows = next((tensor.array.shape[0] for tensor in given.values()), None)
        for name, tensor in tensors.items():
            if rows is not None and tensor.array.shape[0] != rows:
                raise Internal(
                    f"{self.name} returned {tensor.array.shape[0]} rows as '{name}' for {rows} rows of input"
                )

    def _arguments(self, values: dict[str, Any]) -> dict[str, Any]:
        arguments = {}
        for parameter in self.parameters:
            held = {name: values[name] for name in parameter.kinds if name in values}
            if parameter.build is not None:
                arguments[parameter.name] = parameter.build(**held)
            elif held:
                arguments[parameter.name] = held[parameter.name]
        return arguments

    def _part(self, value: Any, name: str) -> Any:
        if self.single and not (isinstance(value, Mapping) and self.results[name].dtype != "JSON"):
            return value
        if isinstance(value, Mapping) and name in value:
            return value[name]
        if not isinstance(value, Mapping) and hasattr(value, name):
            return getattr(value, name)
        raise Internal(f"{self.name} returned {_shown(value)}, which has no '{name}'; declared {self._declared()}")

    def _tensor(self, name: str, kind: Kind, values: list[Any]) -> Tensor:
        spec = self.signature.outputs[name]
        try:
            return column(values, kind) if self.by_row else checked(values[0], kind.dtype, spec)
        except BadInput as error:
            shown = _shown(values[0]) if len(values) == 1 else f"{_shown(values[0])}, ..."
            raise Internal(f"{self.name} returned {shown} as '{name}', declared {spec}: {error.message}") from None

    def _declared(self) -> str:
        return ", ".join(f"'{name}' {spec}" for name, spec in self.signature.outputs.items())


def _shown(value: Any) -> str:
    return "None" if value is None else f"{type(value).__name__} {' '.join(repr(value).split()):.60}"
