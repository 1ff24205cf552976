"""HTTP as plain values: what a transport hands to a codec and gets back. No socket, no parser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

JSON = b"application/json"
Headers = tuple[tuple[bytes, bytes], ...]


class HttpRequest:
    """A whole request. Header names are lower case; the target is as sent (path and query, percent-encoded)."""

    __slots__ = ("body", "headers", "method", "target")

    def __init__(
        self, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]] | None = None, body: bytes = b""
    ) -> None:
        self.method = method
        self.target = target
        self.headers = headers if headers is not None else []
        self.body = body

    def header(self, name: bytes) -> bytes | None:
        """The first header of that lower-case name."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


@dataclass(slots=True)
class HttpResponse:
    """A whole answer, or one whose body comes piece by piece (sent chunked)."""

    status: int
    body: bytes | AsyncIterator[bytes] = b""
    content_type: bytes | None = JSON
    headers: Headers = ()
