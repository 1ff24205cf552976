"""One HTTP exchange without a socket: request in, codec, dispatch, codec, response out. Every transport calls it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from time import monotonic
from types import MappingProxyType
from typing import Any, Final

from salver.core.calls import Combine, Feedback, Forget, Load, Predict, PredictTogether, Reload, Route, Unload
from salver.core.eager import start
from salver.core.errors import Fault, Internal, Late, let_go
from salver.protocols.encoding import TooLarge, deflate, inflate
from salver.protocols.http import Headers, HttpRequest, HttpResponse
from salver.protocols.route import Match
from salver.protocols.table import Find, find

_log: Final = logging.getLogger("salver")
_CORS: Final[Headers] = (
    (b"Access-Control-Allow-Origin", b"*"),
    (b"Access-Control-Allow-Methods", b"POST, GET"),
    (b"Access-Control-Allow-Headers", b"Content-Type"),
)
_HEEDED: Final = frozenset((b"content-encoding", b"accept-encoding", b"sec-fetch-site"))
_HEADED: Final = frozenset((Feedback, Route, Combine))
_OPERATING: Final = (Load, Unload, Reload, Forget)
_MAX_INFLATED_BYTES: Final = 100_000_000
"""Of a body that came compressed, as in TensorFlow Serving: a small one may hold as much as the largest may be."""
_TIMED: Final = (Predict, PredictTogether)
_TOO_LATE: Final = "Timed out waiting for notification"
"""TensorFlow Serving's words."""
_FOREIGN: Final = b'{"error": "a page of another site may not load or unload models"}'


class Exchange:
    """The server as a function of a request. Never raises: what goes wrong is an answer."""

    def __init__(
        self,
        dispatch: Callable[[Any], Coroutine[Any, Any, Any]],
        *,
        cors: bool = False,
        max_body_bytes: int,
        timeout_s: float = 0.0,
        pages: Mapping[bytes, Callable[[], HttpResponse]] = MappingProxyType({}),
        find: Find = find,
    ) -> None:
        self._find = find
        self._dispatch = dispatch
        self._pages = pages
        """What answers at a path whatever the protocols say, by any method: paths that an operator chose."""
        self._timeout_s = timeout_s
        """What a prediction may take; 0 for no limit."""
        self._cors = cors
        self._max_inflated_bytes = min(max_body_bytes, _MAX_INFLATED_BYTES)

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
        match = self._find(request.method, request.target)
        if request.method == b"OPTIONS":
            response = _options(request)
        elif self._pages and (page := self._pages.get(request.target.partition(b"?")[0])):
            response = page()
        elif isinstance(match, Match):
            route = match.route
            try:
                if coding is not None:
                    request.body = inflate(request.body, coding, self._max_inflated_bytes)
                call = route.decode_call(request, **match.args)
                kind = type(call)
                if kind is Predict or kind in _HEADED:
                    call.headers = request.headers  # type: ignore[union-attr] # these have them
                if isinstance(call, HttpResponse):
                    response = replace(call)
                elif site == b"cross-site" and isinstance(call, _OPERATING):
                    response = HttpResponse(403, _FOREIGN)
                elif self._timeout_s and isinstance(call, _TIMED):
                    response = route.encode_reply(call, await self._in_time(call))
                else:
                    response = route.encode_reply(call, await self._dispatch(call))
            except Exception as error:  # noqa: BLE001 - the last line of defence: all of it becomes an answer
                response = _answer_to(error, match, request)
                let_go(error)
        else:
            response = replace(match)
        if accepted is not None or self._cors:
            self._finish(response, accepted)
        return response

    async def _in_time(self, call: Predict | PredictTogether) -> Any:
        """The reply, if it is there in time: what has not begun by then is not begun, and what runs is left alone."""
        call.deadline = monotonic() + self._timeout_s
        answer = start(self._dispatch(call))
        if not isinstance(answer, asyncio.Task):
            return answer
        timer = asyncio.get_running_loop().call_later(self._timeout_s, answer.cancel, _TOO_LATE)
        try:
            return await answer
        except asyncio.CancelledError as error:
            if error.args == (_TOO_LATE,):
                raise Late(_TOO_LATE) from None
            raise
        except Late:
            if monotonic() >= call.deadline:  # the model was given the same time, and may hear of it first
                raise Late(_TOO_LATE) from None
            raise
        finally:
            timer.cancel()

    def _finish(self, response: HttpResponse, accepted: bytes | None) -> None:
        if accepted is not None and isinstance(response.body, bytes):
            coding, response.body = deflate(response.body, accepted)
            if coding:
                response.headers = (*response.headers, (b"Content-Encoding", coding), (b"Vary", b"Accept-Encoding"))
        if self._cors:
            there = {name for name, _ in response.headers}
            response.headers = (*response.headers, *(header for header in _CORS if header[0] not in there))


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
