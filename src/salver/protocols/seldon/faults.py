"""Faults as Seldon tells them: `{"status": {"code", "info", "reason", "status": "FAILURE"}}`; and back again.

The shape is that of its Go executor, and its client reads nothing else beside a message; the codes of the graph's own
faults are those of the Java engine.
"""

from __future__ import annotations

from typing import Any, Final

from salver.core.errors import (
    BadInput,
    Fault,
    Full,
    GraphFault,
    Internal,
    Late,
    NotFound,
    Told,
    ToldBadInput,
    ToldInternal,
    Unavailable,
    Unsupported,
)
from salver.core.signature import Signature
from salver.protocols import jsondoc
from salver.protocols.http import HttpResponse
from salver.protocols.route import Route
from salver.protocols.seldon.writing import write

STATUSES: Final[dict[type[Fault], tuple[int, str]]] = {
    BadInput: (400, "MICROSERVICE_BAD_DATA"),
    NotFound: (404, "NOT_FOUND"),
    Unsupported: (501, "UNSUPPORTED"),
    Unavailable: (503, "UNAVAILABLE"),
    Full: (429, "FULL"),
    Late: (504, "LATE"),
    Internal: (500, "MICROSERVICE_INTERNAL_ERROR"),
}
"""HTTP status, which is the code too, and reason."""

INVALID_JSON: Final = 201
GRAPH_REASONS: Final = {203: "MICROSERVICE", 204: "ABTEST_OR_COMBINER", 207: "INVALID_ROUTING"}

HEADERS: Final = ((b"X-Content-Type-Options", b"nosniff"), (b"Access-Control-Allow-Origin", b"*"))
"""On every answer."""

_MAX_INPUTS: Final = 20
"""Of a signature, in an error message."""
_KINDS: Final[dict[int, type[Fault]]] = {501: Unsupported, 503: Unavailable, 504: Late}


def encode_fault(fault: Fault, _: Route | None) -> HttpResponse:
    """The answer, the same for every route."""
    status, reason = next(STATUSES[kind] for kind in type(fault).__mro__ if kind in STATUSES)
    code = status
    if isinstance(fault, Told):
        status, code, reason = (fault.status if 400 <= fault.status < 600 else 500), fault.code, fault.reason
    elif isinstance(fault, GraphFault):
        code, reason = fault.code, GRAPH_REASONS.get(fault.code, reason)
    elif isinstance(fault, jsondoc.NotJson):
        code, reason = INVALID_JSON, "INVALID_JSON"
    response = refusal(status, sentence(fault), code, reason)
    if isinstance(fault, Full):
        response.headers = (*HEADERS, (b"Retry-After", b"%d" % fault.retry_after_s))
    return response


def sentence(fault: Fault) -> str:
    """What to say: the fault's own words, and to bad input for a known model what it takes."""
    signature = fault.signature
    if not isinstance(fault, BadInput) or isinstance(fault, Told) or not isinstance(signature, Signature):
        return fault.message
    if signature.open or not signature.inputs:
        return fault.message
    inputs = ", ".join(f"'{name}' {spec}" for name, spec in list(signature.inputs.items())[:_MAX_INPUTS])
    more = ", ..." if len(signature.inputs) > _MAX_INPUTS else ""
    return f"{fault.message} (the model takes {inputs}{more})"


def refusal(status: int, info: str, code: int | None = None, reason: str = "") -> HttpResponse:
    """An error by its number."""
    told = {"code": status if code is None else code, "info": info, "reason": reason, "status": "FAILURE"}
    return HttpResponse(status, write({"status": told}), headers=HEADERS)


def decode_fault(response: HttpResponse, model: str = "") -> Fault:
    """The fault that an answer other than 200 stands for; a node's own refusal keeps its numbers."""
    told = _told(response)
    info = str(told.get("info") or _text(response))
    code = told["code"] if type(told.get("code")) is int else -1
    reason = str(told.get("reason") or "")
    if response.status == 404:
        return NotFound(info, model=model)
    if response.status == 429 or (response.status == 503 and _retry_after(response)):
        seconds = _retry_after(response)
        return Full(info, int(seconds) if seconds.isdigit() and len(seconds) < 10 else 1)
    if response.status in _KINDS:
        return _KINDS[response.status](info)
    if code in GRAPH_REASONS:
        return GraphFault(info, code)
    kind = ToldBadInput if 400 <= response.status < 500 else ToldInternal
    if reason:
        return kind(info, status=response.status, code=code, reason=reason)
    return BadInput(info) if kind is ToldBadInput else Internal(info)


def _told(response: HttpResponse) -> dict[str, Any]:
    try:
        document = jsondoc.read(response.body if isinstance(response.body, bytes) else b"")
    except BadInput:
        return {}
    status = document.get("status") if type(document) is dict else None
    return status if type(status) is dict else {}


def _text(response: HttpResponse) -> str:
    body = response.body if isinstance(response.body, bytes) else b""
    return body[:500].decode(errors="replace") or f"status {response.status}"


def _retry_after(response: HttpResponse) -> bytes:
    return next((value for name, value in response.headers if name.lower() == b"retry-after"), b"")
