"""One HTTP exchange without a socket: request in, codec, dispatch, codec, response out. Every transport calls it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from salver.core.calls import Load, Reload, Unload
from salver.core.errors import Fault, Internal
from salver.protocols.encoding import TooLarge, deflate, inflate
from salver.protocols.http import Headers, HttpRequest, HttpResponse
from salver.protocols.route import Match
from salver.protocols.table import find

_log: Final = logging.getLogger("salver")
_CORS: Final[Headers] = (
    (b"Access-Control-Allow-Origin", b"*"),
    (b"Access-Control-Allow-Methods", b"POST, GET"),
    (b"Access-Control-Allow-Headers", b"Content-Type"),
)
_HEEDED: Final = frozenset((b"content-encoding", b"accept-encoding", b"sec-fetch-site"))
_OPERATING: Final = (Load, Unload, Reload)
_FOREIGN: Final = b'{"error": "a page of another site may not load or unload models"}'


class Exchange:
    """The server as a function of a request. Never raises: what goes wrong is an answer."""

    def __init__(self, dispatch: Callable[[Any], Awaitable[Any]], *, cors: bool = False, max_body_bytes: int) -> None:
        self._dispatch = dispatch
        self._cors = cors
        self._max_body_bytes = max_body_bytes

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        coding = accepted = site = None
        for name, value in request.headers:
            if name not in _HEEDED:
                continue
            if name == b"content-encoding":
                coding = value
            elif name == b"accept-encoding":
                accepted = value
            elif name == b"sec-fetch-site":
                site = value
        match = find(request.method, request.target)
        if request.method == b"OPTIONS":
            response = _options(request)
        elif isinstance(match, Match):
            route = match.route
            try:
                if coding is not None:
                    request.body = inflate(request.body, coding, self._max_body_bytes)
                call = route.decode_call(request, **match.args)
                if isinstance(call, HttpResponse):
                    response = replace(call)
                elif site == b"cross-site" and isinstance(call, _OPERATING):
                    response = HttpResponse(403, _FOREIGN)
                else:
                    response = route.encode_reply(call, await self._dispatch(call))
            except Exception as error:  # noqa: BLE001 - the last line of defence: all of it becomes an answer
                response = _answer_to(error, match, request)
        else:
            response = replace(match)
        if accepted is not None or self._cors:
            self._finish(response, accepted)
        return response

    def _finish(self, response: HttpResponse, accepted: bytes | None) -> None:
        if accepted is not None and isinstance(response.body, bytes):
            coding, response.body = deflate(response.body, accepted)
            if coding:
                response.headers = (*response.headers, (b"Content-Encoding", coding), (b"Vary", b"Accept-Encoding"))
        if self._cors:
            response.headers = (*response.headers, *_CORS)


def _answer_to(error: Exception, match: Match, request: HttpRequest) -> HttpResponse:
    """What went wrong, in the protocol's own words and numbers."""
    if not isinstance(error, Fault):
        _log.error("answering %s %s failed", request.method, request.target, exc_info=error)
        error = Internal(f"{type(error).__name__} while answering")
    response = match.protocol.encode_fault(error, match.route)
    if isinstance(error, TooLarge):
        response.status = 413
    return response


def _options(request: HttpRequest) -> HttpResponse:
    """As TensorFlow Serving answers OPTIONS: 200 for a web origin, else 400, with an empty body."""
    origin = request.header(b"origin") or b""
    return HttpResponse(200 if b"http://" in origin or b"https://" in origin else 400, b"", None)
