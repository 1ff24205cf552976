"""Decode text: bytes, or base64, become text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.graph.transformers.base64_bytes import bytes_of
from salver.graph.transformers.transforming import Transforming, listed


@dataclass(frozen=True, slots=True)
class DecodeText:
    """BYTES tensors hold `str` afterwards. Missing values stay missing."""

    encoding: str = "utf-8"
    """How the text is encoded: utf-8, latin-1, cp1252, ..."""
    base64: bool = False
    """Whether the bytes are written in base64."""
    tensors: tuple[str, ...] = ()
    """Those that are decoded; all BYTES tensors by default."""

    def __post_init__(self) -> None:
        try:
            "a".encode(self.encoding)
        except (LookupError, ValueError):
            raise BadInput(f"encoding must be one of text that Python knows, got {self.encoding!r:.60}") from None

    def __call__(self, name: str) -> Decoded:
        return Decoded(self, name)


class Decoded(Transforming):
    """A transformer."""

    def __init__(self, options: DecodeText, name: str) -> None:
        super().__init__(name)
        self._options = options

    def transform(self, request: Request) -> Response:
        found = dict(request.tensors)
        texts = (name for name, tensor in request.tensors.items() if tensor.dtype == "BYTES")
        for name in self._options.tensors or texts:
            if name not in found or found[name].dtype != "BYTES":
                known = listed(f"{key} {tensor}" for key, tensor in found.items())
                raise BadInput(f"there is no BYTES tensor '{name}'; there are {known}")
            array = found[name].array
            decoded = (self._text(value, f"'{name}', value {row}") for row, value in enumerate(array.flat))
            values = np.fromiter(decoded, object, array.size).reshape(array.shape)
            found[name] = Tensor("BYTES", values, found[name].names)
        return Response(found)

    def _text(self, value: str | bytes | None, where: str) -> str | None:
        options = self._options
        if value is None or (isinstance(value, str) and not options.base64):
            return value
        try:
            return bytes_of(value, options.base64, where).decode(options.encoding)
        except UnicodeDecodeError as error:
            raise BadInput(f"{where}: this is no text in {options.encoding}: {error.reason} at {error.start}") from None
