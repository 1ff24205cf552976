"""Faults as TensorFlow Serving tells them: its status codes, and its words where a client may look for them."""

from __future__ import annotations

from typing import Any, Final

import orjson

from salver.core.errors import (
    BadInput,
    Fault,
    Full,
    Internal,
    Late,
    ModelFailure,
    NotFound,
    NotServed,
    Unavailable,
    Unsupported,
)
from salver.core.signature import Signature
from salver.core.tensor import TensorSpec
from salver.protocols.http import HttpResponse
from salver.protocols.jsondoc import write
from salver.protocols.route import Route
from salver.protocols.tfserving.dtypes import SHORT
from salver.protocols.tfserving.sample import example_body, is_short

STATUS: Final[dict[type[Fault], int]] = {
    BadInput: 400,
    NotFound: 404,
    Unsupported: 501,
    Unavailable: 503,
    Full: 429,
    Late: 504,
    Internal: 500,
}
_MAX_CATEGORIES: Final = 20
"""Of one input, in an error message."""


def encode_fault(fault: Fault, route: Route | None) -> HttpResponse:
    """`{"error": text}`; beside it what was expected and an example, where a prediction missed a known
    signature."""
    if isinstance(fault, NotFound):
        return _not_found(fault, route)
    body: dict[str, Any] = {"error": fault.message}
    asked_examples = route is not None and route.name in ("classify", "regress")
    if fault.signature is not None and isinstance(fault, BadInput) and not asked_examples:
        body |= _guidance(fault.signature, fault.signature_name)
    headers = ((b"Retry-After", b"%d" % fault.retry_after_s),) if isinstance(fault, Full) else ()
    status = next(STATUS[kind] for kind in (*type(fault).__mro__, Internal) if kind in STATUS)
    return HttpResponse(status, write(body), headers=headers)


def missing(fault: NotFound, of_status: bool = False) -> str:
    """What is not there, in TensorFlow Serving's words; asking for the status has words of its own."""
    model, version = fault.model, fault.version
    if fault.label is not None:
        return f"Unrecognized servable version label: {fault.label}"
    if of_status and version is None:
        return f"Could not find any versions of model {model}"
    if of_status:
        return f"Could not find version {version} of model {model}"
    if not model:
        return fault.message
    return (
        f"Servable not found for request: {f'Latest({model})' if version is None else f'Specific({model}, {version})'}"
    )


def unserved(fault: NotServed) -> str:
    """The list of models that did not become available, as TensorFlow Serving writes it, braces and all."""
    models = (f"{{{_servable(failure)}}} due to error: {failure.error}}}, " for failure in fault.failures)
    return f"{len(fault.failures)} servable(s) did not become available: {{{''.join(models)}}}"


def _servable(failure: ModelFailure) -> str:
    return f"name: {failure.model}" + ("" if failure.version is None else f" version: {failure.version}")


def _not_found(fault: NotFound, route: Route | None) -> HttpResponse:
    of_status = route is not None and route.name == "status"
    return HttpResponse(404 if fault.label is None else 400, write({"error": missing(fault, of_status)}))


def _expected(spec: TensorSpec) -> dict[str, Any]:
    told = {"dtype": SHORT[spec.dtype], "shape": None if spec.shape is None else list(spec.shape)}
    return {**told, "domain": spec.domain.described(_MAX_CATEGORIES)} if spec.domain is not None else told


def _guidance(signature: Signature, name: str) -> dict[str, Any]:
    inputs = {key: _expected(spec) for key, spec in signature.inputs.items()}
    guidance: dict[str, Any] = {"expected": {"inputs": inputs}}
    if is_short(signature):
        guidance["example"] = orjson.Fragment(example_body(signature, name))
    return guidance
