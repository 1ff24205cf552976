"""Examples that work: for the banner, for `inspect`, for the documentation of a model."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from salver.core.calls import Predict
from salver.core.example import example
from salver.core.servable import Request
from salver.core.signature import Signature, principal
from salver.protocols.route import HttpProtocol


def body_for(protocol: HttpProtocol, signatures: Mapping[str, Signature]) -> bytes:
    """A predict body that a model with these signatures accepts."""
    name, signature = principal(signatures)
    assert protocol.example_body is not None, f"{protocol.name} runs no models"  # noqa: S101
    return protocol.example_body(signature, name)


def curl_for(protocol: HttpProtocol, model: str, signatures: Mapping[str, Signature], url: str) -> str:
    """A command line to paste."""
    name, signature = principal(signatures)

    def read(_: Mapping[str, Signature]) -> Request:
        return example(signature, name)

    target = protocol.encode_call(Predict(protocol.name, model, None, None, read)).target.decode()
    body = body_for(protocol, signatures).decode()
    return f"curl {shlex.quote(url + target)} -d {shlex.quote(body)}"


def python_for(path: str, signatures: Mapping[str, Signature]) -> str:
    """The lines that predict inside a program."""
    name, signature = principal(signatures)
    inputs = {key: tensor.to_list() for key, tensor in example(signature, name).tensors.items()}
    return f"import salver\nmodel = salver.load({path!r})\nmodel.predict({inputs!r})"
