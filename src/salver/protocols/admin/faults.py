"""Faults as the admin protocol tells them: `{"error": "..."}` with a status, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from salver.core.errors import BadInput, Fault, Full, Internal, Late, NotFound, Unavailable, Unsupported
from salver.protocols.http import Headers, HttpResponse
from salver.protocols.route import Route

STATUSES: Final[Mapping[type[Fault], int]] = {
    BadInput: 400,
    NotFound: 404,
    Full: 429,
    Internal: 500,
    Unsupported: 501,
    Unavailable: 503,
    Late: 504,
}
_KINDS: Final = {status: kind for kind, status in STATUSES.items()}


def encode_fault(fault: Fault, route: Route | None) -> HttpResponse:
    """The same for every route, and where there is none."""
    status = next(status for kind, status in STATUSES.items() if isinstance(fault, kind))
    headers = ((b"Retry-After", b"%d" % fault.retry_after_s),) if isinstance(fault, Full) else ()
    return refusal(status, fault.message, headers)


def refusal(status: int, message: str, headers: Headers = ()) -> HttpResponse:
    """An error by its number."""
    return HttpResponse(status, json.dumps({"error": message}).encode(), headers=headers)


def decode_fault(answer: HttpResponse) -> Fault:
    """The fault an answer other than 200 stands for; kind and message are kept, and how long to wait."""
    message = error_text(read(answer)) or f"the server answered with status {answer.status}"
    kind = _KINDS.get(answer.status, BadInput if 400 <= answer.status < 500 else Internal)
    if kind is Full:
        return Full(message, _retry_after_s(answer.headers))
    return kind(message)


def read(answer: HttpResponse) -> Any:
    """The JSON value of an answer; None when there is none, as when something between answered for the server."""
    try:
        return json.loads(answer.body) if isinstance(answer.body, bytes) else None
    except (ValueError, RecursionError):
        return None


def error_text(value: Any) -> str:
    """The reason an answer gives, or nothing."""
    error = value.get("error") if isinstance(value, dict) else None
    return error if isinstance(error, str) else ""


def _retry_after_s(headers: Headers) -> int:
    found = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    return int(found) if found.isdigit() and len(found) < 10 else 1
