"""HTTP/1.1 answers as bytes. No socket: the head of an answer, a whole small answer, a chunk."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from time import time
from typing import Final

from salver.protocols.http import JSON, HttpResponse
from salver.transports.http1_reader import PLAIN, Manner

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK: Final = b"0\r\n\r\n"

_STATUS_LINES: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode("ascii") for status in HTTPStatus
}
_NO_BODY: Final = frozenset((204, 304))


class Http1Writer:
    """Writes heads with the date of this second, made once a second."""

    __slots__ = ("_clock", "_date", "_json_ok", "_until_s")

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._until_s = 0.0
        self._date = self._json_ok = b""

    def whole(self, response: HttpResponse, body: bytes, manner: Manner) -> bytes:
        """An answer with this body, its bytes copied into one piece."""
        if manner is PLAIN and response.status == 200 and response.content_type is JSON and not response.headers:
            if self._clock() >= self._until_s:
                self._renew()
            return b"%b%d\r\n\r\n%b" % (self._json_ok, len(body), body)
        head = self.head(response, len(body), manner)
        return head if manner.bodiless or response.status in _NO_BODY else head + body

    def head(self, response: HttpResponse, body_bytes: int | None, manner: Manner) -> bytes:
        """Everything up to the empty line; the length None means chunks, or in the old manner until the end."""
        if self._clock() >= self._until_s:
            self._renew()
        status = response.status
        lines = [_STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status, self._date]
        if response.content_type is not None:
            lines.append(b"Content-Type: %b\r\n" % response.content_type)
        if status not in _NO_BODY:
            lines.append(_framing(body_bytes, manner))
        lines += [b"%b: %b\r\n" % header for header in response.headers]
        if not manner.keep_alive:
            lines.append(b"Connection: close\r\n")
        elif manner.old:
            lines.append(b"Connection: keep-alive\r\n")
        lines.append(b"\r\n")
        return b"".join(lines)

    def _renew(self) -> None:
        now_s = self._clock()
        self._until_s = float(int(now_s) + 1)
        self._date = b"Date: %b\r\n" % formatdate(now_s, usegmt=True).encode("ascii")
        self._json_ok = b"%b%bContent-Type: %b\r\nContent-Length: " % (_STATUS_LINES[200], self._date, JSON)


def chunk(piece: bytes) -> bytes:
    """A piece of a chunked body; not for an empty piece, which would end it."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _framing(body_bytes: int | None, manner: Manner) -> bytes:
    if body_bytes is not None:
        return b"Content-Length: %d\r\n" % body_bytes
    return b"" if manner.old else b"Transfer-Encoding: chunked\r\n"
