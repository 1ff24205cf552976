"""Keys: the value in a request that says to which group it belongs: a header, or a field of its first row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Headers, Request
from salver.core.tensor import Tensor

MAX_LENGTH: Final = 64
"""Characters of a value that are kept as they are."""

_NARROW: Final = (np.dtype(np.float16), np.dtype(np.float32))


@dataclass(frozen=True, slots=True)
class Key:
    """Where the value stands: in a header or in a field."""

    header: str = ""
    """The name of a header, in any case."""
    field: str = ""
    """The name of an input, or of a column of an input whose columns have names; the first row's value counts."""

    def __post_init__(self) -> None:
        if bool(self.header) == bool(self.field):
            given = "both" if self.header else "neither"
            raise BadInput(f"header must be given, or field; got {given}")
        object.__setattr__(self, "header", self.header.lower())

    def of(self, request: Request) -> str | None:
        """The value, bounded in length; None where the request has none."""
        return self.find(request.tensors, request.headers)

    def find(self, tensors: Mapping[str, Tensor], headers: Headers) -> str | None:
        """As `of`. A number is told as text, a whole one without its point: JSON does not tell 3 from 3.0."""
        if self.field:
            return _text(_first(tensors, self.field))
        wanted = self.header.encode()
        for name, value in headers:
            if name == wanted:
                return bounded(value.decode("utf-8", "replace"))
        return None


def bounded(text: str) -> str:
    """A text of at most 64 characters as it is, a longer one as its beginning and a hash of it."""
    if len(text) <= MAX_LENGTH:
        return text
    return f"{text[:31]}#{blake2b(text.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"


def _first(tensors: Mapping[str, Tensor], name: str) -> Any:
    """The first value of the input, or of the column, of that name."""
    tensor = tensors.get(name)
    if tensor is not None:
        return tensor.values.flat[0] if tensor.array.size else None
    for tensor in tensors.values():
        array = tensor.values
        if name in tensor.names and array.ndim and array.size and array.shape[-1] == len(tensor.names):
            return array.reshape(-1, array.shape[-1])[0, tensor.names.index(name)]
    return None


def _text(value: Any) -> str | None:
    """None for what is missing (None, NaN) and for what is no single value."""
    if hasattr(value, "dtype"):
        # Narrow floats through text, so that float32 0.1 is 0.1 and not 0.10000000149.
        value = float(str(value)) if value.dtype in _NARROW else value.item()
    if isinstance(value, str):
        return bounded(value)
    if isinstance(value, bytes):
        return bounded(value.decode("utf-8", "replace"))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return bounded(str(int(value)) if value.is_integer() else str(value))
    return bounded(str(value)) if isinstance(value, int) else None
