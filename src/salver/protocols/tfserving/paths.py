"""Request lines: which of the protocol's routes a method and a target mean. Both halves, reading and writing."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from salver.protocols.http import HttpResponse
from salver.protocols.jsondoc import write

_MODEL: Final = rb"/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?"
_POST: Final = re.compile(_MODEL + rb":(classify|regress|predict)", re.IGNORECASE)
_GET: Final = re.compile(
    rb"/v1/models(?:/([^/:]+))?(?:/versions/(\d+)|/labels/([^/:]+))?(?:/(metadata))?", re.IGNORECASE
)
_MAX_VERSION: Final = 2**63 - 1

Place = tuple[str, dict[str, Any]]
"""A route's name, and what the path held: model, version, label."""


def locate(method: bytes, target: bytes) -> Place | HttpResponse | None:
    """The place that is meant; the answer to a path that is malformed; None for what is not below `/v1/`.

    Letters of either case match; names are percent-decoded afterwards; a query is left out of account.
    """
    path = target.partition(b"?")[0].partition(b"#")[0]
    if path[:4].lower() != b"/v1/" or method == b"OPTIONS":
        return None
    pattern = {b"POST": _POST, b"GET": _GET, b"HEAD": _GET}.get(method)
    found = pattern.fullmatch(path) if pattern else None
    if found is None:
        return _error(400, f"Malformed request: {_text(method)} {_text(path)}")
    model, version, label, verb = found.groups()
    if model is None:
        return _error(400, "Missing model name in request.")
    if version is not None and (len(version.lstrip(b"0")) > 19 or int(version) > _MAX_VERSION):
        return _error(400, f"Failed to convert version: {_text(version)} to numeric.")
    return (verb or b"status").lower().decode(), {
        "model": _decoded(model),
        "version": None if version is None else int(version),
        "label": None if label is None else _decoded(label),
    }


def path(model: str, version: int | None, label: str | None, suffix: str = "") -> bytes:
    """The target for a model, as a client sends it."""
    text = f"/v1/models/{quote(model, safe='')}"
    if version is not None:
        text += f"/versions/{version}"
    elif label is not None:
        text += f"/labels/{quote(label, safe='')}"
    return (text + suffix).encode()


def _decoded(name: bytes) -> str:
    return _text(unquote_to_bytes(name))


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _error(status: int, message: str) -> HttpResponse:
    return HttpResponse(status, write({"error": message}))
