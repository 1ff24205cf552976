"""Examples that work: for the banner, for `inspect`, for the documentation of a model."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from salver.core.calls import Predict
from salver.core.example import example
from salver.core.servable import Request
from salver.core.signature import Signature, principal
from salver.protocols.route import HttpProtocol

MAX_SHOWN_BYTES: Final = 2000
"""A longer body is no example for people to read: it is made where it is sent."""


def body_for(protocol: HttpProtocol, signatures: Mapping[str, Signature]) -> bytes:
    """A predict body that a model with these signatures accepts."""
    name, signature = principal(signatures)
    assert protocol.example_body is not None, f"{protocol.name} runs no models"  # noqa: S101
    return protocol.example_body(signature, name)


def curl_for(protocol: HttpProtocol, model: str, signatures: Mapping[str, Signature], url: str, path: str) -> str:
    """A command line to paste; `path` is where the model lies."""
    name, signature = principal(signatures)

    def read(_: Mapping[str, Signature]) -> Request:
        return example(signature, name)

    target = protocol.encode_call(Predict(protocol.name, model, None, None, read)).target.decode()
    body = body_for(protocol, signatures).decode()
    if len(body) > MAX_SHOWN_BYTES:
        making = f"salver inspect {shlex.quote(path)} --request {protocol.name}"
        return f"{making} | curl {shlex.quote(url + target)} -d @-"
    return f"curl {shlex.quote(url + target)} -d {shlex.quote(body)}"


def python_for(path: str, signatures: Mapping[str, Signature]) -> str:
    """The lines that predict inside a program."""
    name, signature = principal(signatures)
    inputs = {key: tensor.to_list() for key, tensor in example(signature, name).tensors.items()}
    if signature.loose and not any(isinstance(values[0], list) for values in inputs.values()):
        inputs = {key: value for key, (value,) in inputs.items()}
    loading = f"import salver\nmodel = salver.load({path!r})\n"
    plain = f"model.predict({inputs!r})"
    if len(plain) <= MAX_SHOWN_BYTES:
        return loading + plain
    arrays = (f"{key!r}: np.full({shape}, {value!r})" for key, (shape, value) in _uniform(signature, name).items())
    return f"import numpy as np\n{loading}model.predict({{{', '.join(arrays)}}})"


def _uniform(signature: Signature, name: str) -> dict[str, tuple[tuple[int, ...], object]]:
    """Shape and the one value of each input of the example."""
    tensors = example(signature, name).tensors
    return {key: (tensor.array.shape, _first(tensor.to_list())) for key, tensor in tensors.items()}


def _first(value: object) -> object:
    return _first(value[0]) if isinstance(value, list) and value else value
