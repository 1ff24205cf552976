"""From a request line to one of the admin routes, and to an answer where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from salver.protocols.admin.faults import refusal
from salver.protocols.http import HttpResponse
from salver.protocols.route import HttpProtocol, Match

_SHOWN_CHARACTERS = 200


def find(protocol: HttpProtocol, method: bytes, target: bytes) -> Match | HttpResponse:
    """The route, or 404 for a path nobody has, or 405 for one that does not take the method."""
    path = target.partition(b"?")[0]
    verb = method.decode("latin-1")
    allowed: list[str] = []
    for route in protocol.routes:
        for template in route.templates:
            args = _args(template, path)
            if args is None:
                continue
            if route.method == verb:
                return Match(protocol, route, args)
            allowed.append(route.method)
    shown = path.decode(errors="replace")[:_SHOWN_CHARACTERS]
    if allowed:
        return _wrong_method(shown, verb, allowed)
    return refusal(404, f"no such path: {shown}; see /docs")


def _wrong_method(path: str, verb: str, allowed: Iterable[str]) -> HttpResponse:
    allow = ", ".join(sorted({*allowed, *(["HEAD"] if "GET" in allowed else []), "OPTIONS"}))
    return refusal(405, f"{path} does not take {verb}, only {allow}", ((b"Allow", allow.encode()),))


def _args(template: str, path: bytes) -> dict[str, str] | None:
    """What the path holds in the template's braces, a whole segment each; None when it is another path."""
    wanted, parts = template.encode().split(b"/"), path.split(b"/")
    if len(wanted) != len(parts):
        return None
    args: dict[str, str] = {}
    for want, part in zip(wanted, parts, strict=True):
        if want.startswith(b"{") and part:
            try:
                args[want[1:-1].decode()] = unquote_to_bytes(part).decode()
            except UnicodeDecodeError:
                return None
        elif want != part:
            return None
    return args
