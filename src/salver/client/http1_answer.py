"""The bytes of one answer over HTTP/1.1 become an HttpResponse. No socket.

Nothing is believed: what is no body is bounded, a body is too, before and after inflating.
"""

from __future__ import annotations

from typing import Final

import httptools

from salver.core.errors import BadInput, Internal
from salver.protocols.encoding import inflate
from salver.protocols.http import HttpResponse

_MAX_HEAD_BYTES: Final = 256 * 1024
"""Of status lines, header fields and trailers; chunks may have some for each byte they bring."""
_MAX_FRAMING: Final = 8
_CODED: Final = b"content-encoding"
_ENDS: Final = frozenset((b"content-length", b"transfer-encoding"))


class AnswerReader:
    """Takes the bytes that follow one request; the parser calls the `on_...` methods."""

    def __init__(self, max_bytes: int, whom: object) -> None:
        """`whom` sends it, as the faults name it."""
        self.begun = False
        self.keeps = False
        """Whether the connection can be used again, once the answer is whole."""
        self._max_bytes = max_bytes
        self._whom = whom
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._status = 0
        """0 until the head of the answer is whole."""
        self._pieces: list[bytes] = []
        self._body_bytes = 0
        self._other_bytes = 0
        self._whole = False

    def feed(self, data: bytes) -> HttpResponse | None:
        """The answer once it is whole. Raises Internal for what is none, or too large."""
        self.begun = True
        self._other_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._whole:
                raise Internal(f"the answer of {self._whom} is no HTTP: {error or type(error).__name__}") from None
            self.keeps = False
        if self._body_bytes > self._max_bytes:
            raise Internal(f"the answer of {self._whom} is larger than {self._max_bytes} bytes")
        if self._other_bytes > _MAX_HEAD_BYTES + _MAX_FRAMING * self._body_bytes:
            raise Internal(f"the answer of {self._whom} has a head of more than {_MAX_HEAD_BYTES} bytes")
        return self._response() if self._whole else None

    def end(self) -> HttpResponse | None:
        """The answer that the end of the connection makes whole (RFC 9112 §6.3), None where it cuts one off."""
        if not self._status or any(name in _ENDS for name, _ in self._headers):
            return None
        return self._response()

    def on_message_begin(self) -> None:
        if self._whole:
            self.keeps = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._whole:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200 and not self._status:
            self._status = status

    def on_body(self, piece: bytes) -> None:
        self._body_bytes += len(piece)
        self._other_bytes -= len(piece)
        if self._body_bytes <= self._max_bytes and not self._whole:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        if self._whole:
            return
        if not self._status:  # informational: the answer follows
            self._headers.clear()
            return
        self._whole = True
        self.keeps = self._parser.should_keep_alive()

    def _response(self) -> HttpResponse:
        coding = b",".join(value for name, value in self._headers if name == _CODED)
        body = b"".join(self._pieces)
        if coding:
            try:
                body = inflate(body, coding, self._max_bytes)
            except BadInput as fault:
                raise Internal(f"the answer of {self._whom} cannot be read: {fault.message}") from None
        headers = tuple(header for header in self._headers if header[0] != _CODED)
        return HttpResponse(self._status, body, None, headers)
