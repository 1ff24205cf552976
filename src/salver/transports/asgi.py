"""The same app as an ASGI 3 application, for those who bring their own server. HTTP only: no websockets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from salver.core.eager import start
from salver.protocols.http import HttpRequest, HttpResponse
from salver.transports.app import App, broken, refusal
from salver.transports.limits import HttpLimits

Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]
Hook: TypeAlias = Callable[[], Awaitable[None]]

_log = logging.getLogger(__name__)
_SAFE_IN_PATH: Final = "/:@!$&'()*+,;=~%-._"


class _Gone(Exception):
    """The client left before its request was whole."""


class Asgi:
    """An ASGI application that answers with an app.

    Of the limits those on bodies, targets and headers hold here; time and connections are the server's matter.
    The hooks run on the server's loop, before the first request and after the last, where the server speaks the
    lifespan protocol; a startup hook that raises keeps the server from starting.
    """

    def __init__(
        self,
        app: App,
        limits: HttpLimits | None = None,
        *,
        on_startup: Hook | None = None,
        on_shutdown: Hook | None = None,
    ) -> None:
        self._app = app
        self._limits = limits or HttpLimits()
        self._on_startup = on_startup
        self._on_shutdown = on_shutdown

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise ValueError(f"an ASGI scope of type {scope['type']!r} is not served, wanted http or lifespan")

    async def _serve(self, scope: Event, receive: Receive, send: Send) -> None:
        bodiless = scope["method"] == "HEAD"
        refused = self._refused(scope)
        if refused is not None:
            await _send(refused, bodiless, send)
            return
        try:
            body = await self._read_body(receive)
        except _Gone:
            return
        if body is None:
            most = self._limits.max_body_bytes
            await _send(refusal(413, f"the body is too large, at most {most} bytes"), bodiless, send)
            return
        method = "GET" if bodiless else scope["method"]
        headers = [(bytes(name).lower(), bytes(value)) for name, value in scope["headers"]]
        await self._answer(HttpRequest(method.encode(), _target(scope), headers, body), bodiless, receive, send)

    def _refused(self, scope: Event) -> HttpResponse | None:
        """The answer to a head that is beyond the limits."""
        limits = self._limits
        headers = scope["headers"]
        if len(_target(scope)) > limits.max_target_bytes:
            return refusal(414, f"the request line's target is too long, at most {limits.max_target_bytes} bytes")
        if len(headers) > limits.max_headers:
            return refusal(431, f"too many headers, at most {limits.max_headers}")
        if sum(len(name) + len(value) + 4 for name, value in headers) > limits.max_header_bytes:
            return refusal(431, f"the headers are too long, at most {limits.max_header_bytes} bytes")
        return None

    async def _read_body(self, receive: Receive) -> bytes | None:
        """The whole body; None when it is too large. Raises _Gone when the client leaves."""
        pieces: list[bytes] = []
        size = 0
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                raise _Gone
            piece = event.get("body", b"")
            size += len(piece)
            if size > self._limits.max_body_bytes:
                return None
            pieces.append(piece)
            if not event.get("more_body", False):
                return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _answer(self, request: HttpRequest, bodiless: bool, receive: Receive, send: Send) -> None:
        """Answers; where that takes time only as long as the client is there."""
        try:
            answer = start(self._app(request))
        except Exception:  # noqa: BLE001 an app is foreign code
            _log.exception("the app raised")
            answer = broken()
        if isinstance(answer, HttpResponse) and isinstance(answer.body, bytes):
            await _send(answer, bodiless, send)
        else:
            await _while_connected(_send_when_done(answer, bodiless, send), receive)

    async def _live(self, receive: Receive, send: Send) -> None:
        for phase, hook in (("startup", self._on_startup), ("shutdown", self._on_shutdown)):
            await receive()
            try:
                if hook is not None:
                    await hook()
            except Exception as error:  # noqa: BLE001 the server is told, in the protocol's way
                _log.exception("%s failed", phase)
                await send({"type": f"lifespan.{phase}.failed", "message": f"{type(error).__name__}: {error}"})
                return
            await send({"type": f"lifespan.{phase}.complete"})


def _target(scope: Event) -> bytes:
    """Path below the mount and query, as the client sent them where the server tells."""
    path: bytes = scope.get("raw_path") or quote(scope["path"], safe=_SAFE_IN_PATH).encode()
    path = path.partition(b"?")[0]
    root = quote(scope.get("root_path", "").rstrip("/"), safe=_SAFE_IN_PATH).encode()
    if root and (path == root or path.startswith(root + b"/")):
        path = path[len(root) :] or b"/"
    query: bytes = scope.get("query_string", b"")
    return path + b"?" + query if query else path


async def _send_when_done(answer: HttpResponse | asyncio.Task[HttpResponse], bodiless: bool, send: Send) -> None:
    if isinstance(answer, asyncio.Task):
        try:
            answer = await answer
        except Exception:  # noqa: BLE001 an app is foreign code
            _log.exception("the app raised")
            answer = broken()
    await _send(answer, bodiless, send)


async def _while_connected(sending: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Runs it to its end, or cancels it when the client leaves. Raises what it raises."""
    tasks = asyncio.ensure_future(sending), asyncio.ensure_future(_wait_left(receive))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def _wait_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(response: HttpResponse, bodiless: bool, send: Send) -> None:
    body = response.body
    headers = [(name.lower(), value) for name, value in response.headers]
    if response.content_type is not None:
        headers.append((b"content-type", response.content_type))
    if isinstance(body, bytes) and response.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if not isinstance(body, bytes):
        await _send_pieces(body, bodiless, send)
        body = b""
    await send({"type": "http.response.body", "body": b"" if bodiless else body})


async def _send_pieces(pieces: AsyncIterator[bytes], bodiless: bool, send: Send) -> None:
    try:
        if not bodiless:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()
