"""Faults as Open Inference says them: a status and `{"error": ...}`; and back again, for the client's half."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from salver.core.errors import (
    BadInput,
    Fault,
    Full,
    Internal,
    Late,
    NotFound,
    Unavailable,
    Unsupported,
)
from salver.core.signature import Signature
from salver.protocols import jsondoc
from salver.protocols.http import HttpResponse
from salver.protocols.openinference.management import describe
from salver.protocols.openinference.request import example_document
from salver.protocols.route import Route

STATUSES: Final[dict[type[Fault], int]] = {
    BadInput: 400,
    NotFound: 404,
    Unsupported: 501,
    Unavailable: 503,
    Full: 503,
    Late: 504,
    Internal: 500,
}
"""Full differs from Unavailable by its Retry-After header."""

NOT_READY: Final = 400
"""A model or server that is not ready, as Triton answers the health routes."""

_KINDS: Final[dict[int, type[Fault]]] = {404: NotFound, 405: BadInput, 501: Unsupported, 503: Unavailable, 504: Late}
_MAX_EXAMPLE_VALUES: Final = 1000
_MAX_CATEGORIES: Final = 20
"""Of one input, in an error message."""


def encode_fault(fault: Fault, route: Route | None) -> HttpResponse:
    """The answer; bad input also gets what the model expects and, unless that is large, an example."""
    if route is not None and route.name == "modelReady" and isinstance(fault, (NotFound, Unavailable)):
        return refusal(NOT_READY, f"Model version not ready: {sentence(fault)}")
    document: dict[str, Any] = {"error": sentence(fault)}
    if isinstance(fault, BadInput) and fault.signature is not None:
        document["expected"] = describe(fault.signature.inputs, fault.signature.defaults, _MAX_CATEGORIES)
        if _values(fault.signature) <= _MAX_EXAMPLE_VALUES:
            document["example"] = example_document(fault.signature)
    headers = ((b"Retry-After", b"%d" % fault.retry_after_s),) if isinstance(fault, Full) else ()
    return HttpResponse(_status(fault), jsondoc.write(document), headers=headers)


def sentence(fault: Fault) -> str:
    """What to say: of an unknown model or version in Triton's words, else the fault's own."""
    if isinstance(fault, NotFound) and fault.model and fault.label is None:
        version = "" if fault.version is None else f" version {fault.version}"
        return f"Request for unknown model: '{fault.model}'{version} is not found"
    return fault.message


def refusal(status: int, message: str) -> HttpResponse:
    """An error without a fault behind it."""
    return HttpResponse(status, jsondoc.write({"error": message}))


def decode_fault(response: HttpResponse, model: str = "", version: int | None = None) -> Fault:
    """The fault that an answer other than 200 stands for."""
    message = error_text(response)
    headers = {name.lower(): value for name, value in response.headers}
    if response.status in (429, 503) and b"retry-after" in headers:
        seconds = headers[b"retry-after"]
        return Full(message, int(seconds) if seconds.isdigit() and len(seconds) < 10 else 1)
    if response.status == 404:
        return NotFound(message, model=model, version=version)
    kind = _KINDS.get(response.status) or (BadInput if 400 <= response.status < 500 else Internal)
    return kind(message)


def error_text(response: HttpResponse) -> str:
    """The error member of an answer, or else its body."""
    body = response.body if isinstance(response.body, bytes) else b""
    try:
        document = jsondoc.read(body)
    except BadInput:
        document = None
    if type(document) is dict and isinstance(document.get("error"), str):
        return str(document["error"])
    return body[:500].decode(errors="replace") or f"status {response.status}"


def _status(fault: Fault) -> int:
    return next(STATUSES[kind] for kind in type(fault).__mro__ if kind in STATUSES)


def _values(signature: Signature) -> int:
    """How many values an example of the inputs would hold."""
    defaults = signature.defaults
    shapes = (spec.shape or () for name, spec in signature.inputs.items() if spec.loose or name not in defaults)
    return sum(int(np.prod([max(size, 1) for size in shape], dtype=object)) for shape in shapes)
