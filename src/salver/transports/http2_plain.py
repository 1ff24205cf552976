"""A request over HTTP/2 that is not gRPC: gathered whole, answered by the same app as over HTTP/1.1."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from email.utils import formatdate
from time import time
from typing import Final

from salver.core.eager import start
from salver.protocols.http import Headers, HttpRequest, HttpResponse
from salver.protocols.http2.encoding import encode_static
from salver.protocols.pieces import add_piece
from salver.transports.app import broken, refusal
from salver.transports.http2_stream import AHEAD_BYTES, Host, Stream

_log = logging.getLogger(__name__)

_CONTINUE: Final = encode_static(((b":status", b"100"),))
_NO_BODY: Final = frozenset((204, 304))
_OF_ONE_HOP: Final = frozenset((b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"))
"""Header fields that HTTP/2 does not have (RFC 9113 §8.2.2)."""


class PlainStream(Stream):
    """One HTTP request."""

    _roomy: asyncio.Event | None = None

    def __init__(
        self, host: Host, number: int, ended: bool, headers: Headers, refused: HttpResponse | None = None
    ) -> None:
        """What is refused is answered so, whatever it asks for."""
        super().__init__(host, number, ended)
        self._pieces: list[bytes | bytearray] = []
        self._request = read_request(headers)
        self._bodiless = self._request.method == b"HEAD"
        self._refusal = refused

    def begin(self) -> None:
        refused = self._refusal or self._refused()
        if refused is not None:
            self._answer(refused)
        elif self.ended:
            self._ask()
        elif (self._request.header(b"expect") or b"").lower() == b"100-continue":
            self.host.http2.send_headers(self.id, _CONTINUE)

    def receive(self, data: bytes, counted: int, ended: bool) -> None:
        self.host.http2.consumed(self.id, counted)
        self.held_bytes += len(data)
        if self.held_bytes > self.host.limits.max_body_bytes:
            self._answer(refusal(413, f"the body is too large, at most {self.host.limits.max_body_bytes} bytes"))
        elif not self.host.hold(self, len(data)):
            self._answer(refusal(503, "too many unfinished bodies at once", ((b"Retry-After", b"1"),)))
        else:
            add_piece(self._pieces, data)
            if ended:
                self.ended = True
                self._ask()

    def proceed(self) -> None:
        if self._roomy is not None:
            self._roomy.set()

    def check(self, now_s: float) -> None:
        if self.late_body(now_s):
            message = f"the body came too slowly, {self.held_bytes} bytes in {now_s - self.since_s:.0f} s"
            self._answer(refusal(408, message))

    def _refused(self) -> HttpResponse | None:
        """The answer to a head that is beyond the limits, or asks for what is not done."""
        limits = self.host.limits
        request = self._request
        if request.method == b"CONNECT" or not request.target:
            return refusal(501, "CONNECT is not done here")
        if len(request.target) > limits.max_target_bytes:
            return refusal(414, f"the request's target is too long, at most {limits.max_target_bytes} bytes")
        if len(request.headers) > limits.max_headers:
            return refusal(431, f"too many headers, at most {limits.max_headers}")
        length = request.header(b"content-length") or b"0"
        if length.isdigit() and int(length[:20]) > limits.max_body_bytes:
            return refusal(413, f"the body is too large, at most {limits.max_body_bytes} bytes")
        return None

    def _ask(self) -> None:
        request = self._request
        request.body = b"".join(self._pieces)
        self._pieces.clear()
        if self._bodiless:
            request.method = b"GET"
        try:
            answer = start(self.host.app(request))
        except (Exception, asyncio.CancelledError):  # noqa: BLE001 an app is foreign code
            _log.exception("the app raised")
            answer = broken()
        if isinstance(answer, HttpResponse):
            self._answer(answer)
        else:
            self.task = answer
            answer.add_done_callback(self._called)

    def _called(self, task: asyncio.Task[HttpResponse]) -> None:
        """A call that had to wait is done."""
        self.task = None
        failed = task.cancelled() or task.exception() is not None
        if failed and not task.cancelled():
            _log.error("the app raised", exc_info=task.exception())
        if self.open:
            self._answer(broken() if failed else task.result())
        else:
            self.host.over(self)
        self.host.soon()

    def _answer(self, response: HttpResponse) -> None:
        body = response.body
        http2 = self.host.http2
        if not isinstance(body, bytes):
            http2.send_headers(self.id, _head(response, None), end=self._bodiless)
            self._stream(body)
            return
        bodiless = self._bodiless or response.status in _NO_BODY
        http2.send_headers(self.id, _head(response, len(body)), end=bodiless or not body)
        if body and not bodiless:
            http2.send_data(self.id, body, end=True)
        self.close()

    # Answers that come piece by piece.

    def _stream(self, pieces: AsyncIterator[bytes]) -> None:
        self.task = task = asyncio.get_running_loop().create_task(self._send(pieces))
        task.add_done_callback(self._sent)

    async def _send(self, pieces: AsyncIterator[bytes]) -> None:
        host = self.host
        try:
            if self._bodiless:
                return
            async for piece in pieces:
                if piece:
                    host.http2.send_data(self.id, piece)
                    host.soon()
                while not host.writable or host.http2.pending_bytes(self.id) > AHEAD_BYTES:
                    self._roomy = asyncio.Event()
                    await self._roomy.wait()
        finally:
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()

    def _sent(self, task: asyncio.Task[None]) -> None:
        self.task = None
        failed = task.cancelled() or task.exception() is not None
        if failed and not task.cancelled():
            _log.error("an answer broke off", exc_info=task.exception())
        if not self.open:
            self.host.over(self)
        elif failed:
            self.abandon()
        else:
            if not self._bodiless:
                self.host.http2.send_data(self.id, b"", end=True)
            self.close()
        self.host.soon()


def read_request(headers: Headers) -> HttpRequest:
    """The request of these header fields, without its body, as the app knows requests: `host` instead of `:authority`,
    one line of cookies. The target is empty where there is none."""
    method = target = b""
    lines: list[tuple[bytes, bytes]] = []
    cookies: list[bytes] = []
    authority = None
    for name, value in headers:
        if name == b":method":
            method = value
        elif name == b":path":
            target = value
        elif name == b":authority":
            authority = value
        elif name == b"cookie":
            cookies.append(value)
        elif name[:1] != b":" and not (name == b"host" and authority is not None):
            lines.append((name, value))
    if authority is not None:
        lines.insert(0, (b"host", authority))
    if cookies:
        lines.append((b"cookie", b"; ".join(cookies)))
    return HttpRequest(method, target, lines)


class _Date:
    """The date of this second, made once a second."""

    __slots__ = ("_clock", "_line", "_until_s")

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._until_s = 0.0
        self._line = (b"date", b"")

    def line(self) -> tuple[bytes, bytes]:
        now_s = self._clock()
        if now_s >= self._until_s:
            self._until_s = float(int(now_s) + 1)
            self._line = (b"date", formatdate(now_s, usegmt=True).encode("ascii"))
        return self._line


_date: Final = _Date()


def _head(response: HttpResponse, body_bytes: int | None) -> Headers:
    """The header fields of an answer; the length None is not known before its end."""
    head = [(b":status", b"%d" % response.status), _date.line()]
    if response.content_type is not None:
        head.append((b"content-type", response.content_type))
    if body_bytes is not None and response.status not in _NO_BODY:
        head.append((b"content-length", b"%d" % body_bytes))
    for name, value in response.headers:
        lower = name.lower()
        if lower not in _OF_ONE_HOP:
            head.append((lower, value))
    return tuple(head)
