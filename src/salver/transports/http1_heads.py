"""Heads of requests seen before: a client repeats itself, so its head is parsed once and then known by its bytes.

A pure memory. It only recalls what the strict parser made of the very same bytes at the start of a request, and only
of plain requests: nothing chunked, upgraded, expected, closing or doubled, so that the body is what
Content-Length says and nothing else is to be decided.
"""

from __future__ import annotations

from typing import Final

from salver.protocols.http import HttpRequest

_MAX_HEADS: Final = 512
_MAX_HEAD_BYTES: Final = 2048

_Known = tuple[bytes, bytes, list[tuple[bytes, bytes]], int]
"""Method, target, headers, length of the body."""


class KnownHeads:
    """Shared by connections with the same limits; bounded."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, _Known] = {}

    def recall(self, data: bytes) -> HttpRequest | None:
        """The request, where these bytes are exactly one whole request with a known head."""
        end = data.find(b"\r\n\r\n") + 4
        known = self._known.get(data[:end])
        if known is None:
            return None
        method, target, headers, body_bytes = known
        if len(data) != end + body_bytes:
            return None
        return HttpRequest(method, target, headers.copy(), data[end:])

    def learn(self, data: bytes, request: HttpRequest) -> None:
        """Remembers the head of a plain request, where these bytes are that request and nothing else."""
        end = data.find(b"\r\n\r\n") + 4
        if end > _MAX_HEAD_BYTES or len(data) != end + len(request.body):
            return
        if len(self._known) >= _MAX_HEADS:
            self._known.clear()
        self._known[data[:end]] = (request.method, request.target, request.headers.copy(), len(request.body))
