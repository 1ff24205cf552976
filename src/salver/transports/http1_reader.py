"""HTTP/1.1 requests from bytes. No socket, no clock: bytes in, whole requests out.

llhttp (through httptools) does the grammar, strictly: folded headers, bare line feeds, doubled or malformed
lengths, a length beside a transfer coding never pass it. What it lets through and a server must not is refused here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, NoReturn

import httptools

from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.pieces import add_piece
from salver.transports.app import refusal
from salver.transports.http1_heads import KnownHeads
from salver.transports.limits import HttpLimits


@dataclass(frozen=True, slots=True)
class Manner:
    """How a request wants its answer sent."""

    keep_alive: bool = True
    old: bool = False
    """HTTP/1.0: no chunks, and a connection is kept only by saying so."""
    bodiless: bool = False
    """HEAD: the head of the answer to GET, alone."""


PLAIN: Final = Manner()
"""HTTP/1.1 and nothing special: the same object each time, so that the way of most requests asks `is PLAIN`."""
LAST: Final = Manner(keep_alive=False)


class Phase(Enum):
    """Where the next byte belongs."""

    BETWEEN = "between requests"
    HEAD = "in the head"
    BODY = "in the body"


BETWEEN: Final = Phase.BETWEEN
HEAD: Final = Phase.HEAD
BODY: Final = Phase.BODY

Arrival = tuple[HttpRequest | HttpResponse, Manner]
"""A request, or the transport's own answer to bytes that are none."""

_RARE: Final = frozenset((b"connection", b"transfer-encoding", b"expect", b"upgrade"))
_RARE_METHODS: Final = frozenset((b"HEAD", b"CONNECT"))
_ONCE: Final = (b"host", b"transfer-encoding", b"expect", b"content-length")
_STATUS: Final = {"Invalid HTTP version": 505, "Pause on PRI/Upgrade": 505}
"""llhttp's words for what is not simply a bad request."""


class _Refused(Exception):
    """Stops the parser from within a callback."""


class Http1Reader:
    """Reads one connection's requests, in order. After a refusal or a last request it takes no more."""

    __slots__ = (
        "_arrived",
        "_body",
        "_declining",
        "_fed_bytes",
        "_headers",
        "_heads",
        "_limits",
        "_manner",
        "_memorable",
        "_parser",
        "_pieces",
        "_request",
        "_stray_bytes",
        "_target",
        "body_bytes",
        "ended",
        "expects_continue",
        "phase",
    )

    def __init__(self, limits: HttpLimits, heads: KnownHeads) -> None:
        self._limits = limits
        self._heads = heads
        self._memorable = False
        self._parser = httptools.HttpRequestParser(self)
        self._arrived: list[Arrival] = []
        self._declining = False
        self._fed_bytes = 0  # since before the present request began: a cheap upper bound
        self._stray_bytes = 0  # since the parser last told something, not counting the feed it told that in
        self._headers: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes | bytearray] | None = None
        self.phase = BETWEEN
        self.body_bytes = 0
        """How much of the present body has come."""
        self.expects_continue = False
        """Whether the client waits for `100 Continue` before it sends the present body."""
        self.ended = False
        """Whether no further request will be read."""

    def feed(self, data: bytes) -> list[Arrival]:
        """What these bytes complete: requests in order, and perhaps a refusal, which is the last."""
        if self.ended:
            return []
        if self.phase is not BETWEEN:
            self._fed_bytes += len(data)
            self._stray_bytes += len(data)
            return self._read(data)
        known = self._heads.recall(data)
        if known is not None:
            return [(known, PLAIN)]
        self._fed_bytes = len(data)
        arrived = self._read(data)
        if self._memorable and len(arrived) == 1 and isinstance(arrived[0][0], HttpRequest):
            self._heads.learn(data, arrived[0][0])
        return arrived

    def end(self) -> list[Arrival]:
        """The client sends no more: a refusal if that cuts a request short."""
        if not self.ended and self.phase is not BETWEEN:
            return self.give_up(400, f"the connection ended {self.phase.value} of a request")
        self.ended = True
        return []

    def give_up(self, status: int, message: str) -> list[Arrival]:
        """Refuses the present request for a reason that is not in its bytes."""
        self.ended = True
        return [(refusal(status, message), LAST)]

    def on_message_begin(self) -> None:
        self.phase = HEAD
        self.body_bytes = 0
        self._headers = []
        self._target = self._body = b""
        self._stray_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        headers = self._headers
        named = dict(headers)
        limits = self._limits
        if self._fed_bytes > limits.max_target_bytes or len(headers) > limits.max_headers:
            self._bound_head()
        parser = self._parser
        method = parser.get_method()
        self._memorable = (
            _RARE.isdisjoint(named)
            and b"host" in named
            and len(named) == len(headers)
            and method not in _RARE_METHODS
            and parser.should_keep_alive()
        )
        self._manner = PLAIN if self._memorable else self._read_rarities(method, named)
        target = self._target
        if target[0] != 0x2F:
            target = _origin_form(method, target) or self._refuse(400, f"{target[:80]!r} is no path, wanted one from /")
        length = named.get(b"content-length")
        if length is not None and int(length) > limits.max_body_bytes:
            self._refuse_body()
        self._request = HttpRequest(b"GET" if method == b"HEAD" else method, target, headers)
        # What may follow a chunked body comes as headers too, but must not become any.
        self._headers = []
        self._stray_bytes = 0
        self.phase = BODY

    def on_body(self, body: bytes) -> None:
        self.body_bytes += len(body)
        self._stray_bytes = 0
        if self.body_bytes > self._limits.max_body_bytes:
            self._refuse_body()
        if not self._body:
            self._body = body
        else:
            if self._pieces is None:
                self._pieces = [self._body]
            add_piece(self._pieces, body)

    def on_message_complete(self) -> None:
        if self._declining:
            return
        request = self._request
        if self._pieces is None:
            request.body = self._body
        else:
            request.body = b"".join(self._pieces)
            self._pieces = None
        self._body = b""
        self.phase = BETWEEN
        self.expects_continue = False
        self._arrived.append((request, self._manner))
        self.ended = not self._manner.keep_alive

    def _read(self, data: bytes) -> list[Arrival]:
        try:
            self._parse(data)
            if self.phase is not BETWEEN:
                self._bound_unfinished()
        except httptools.HttpParserError as error:
            self._explain(error)
        except _Refused:
            pass
        arrived = self._arrived
        if arrived:
            self._arrived = []
        return arrived

    def _parse(self, data: bytes | memoryview) -> None:
        while True:
            try:
                self._parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as stopped:
                data = memoryview(data)[stopped.args[0] :]
                self._decline_upgrade()

    def _decline_upgrade(self) -> None:
        """Begins the request again without its wish to change protocols: the parser has given up its framing."""
        lines = [b"%b: %b\r\n" % header for header in self._request.headers if header[0] != b"upgrade"]
        version = self._parser.get_http_version().encode()
        start = b"%b %b HTTP/%b\r\n" % (self._parser.get_method(), self._target, version)
        self._declining = False
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(b"".join((start, *lines, b"\r\n")))

    def _read_rarities(self, method: bytes, named: dict[bytes, bytes]) -> Manner:
        """What few requests have: refuses, notes what is expected, and tells the manner."""
        version = self._parser.get_http_version()
        if version not in ("1.0", "1.1"):
            self._refuse(505, f"HTTP/{version} is not spoken here, wanted HTTP/1.1 or HTTP/1.0")
        if method == b"CONNECT":
            self._refuse(501, "CONNECT is not offered: this is no proxy")
        if b"host" not in named and version == "1.1":
            self._refuse(400, "an HTTP/1.1 request wants a Host header, none came")
        for name in _ONCE:
            if name in named and sum(key == name for key, _ in self._headers) > 1:
                self._refuse(400, f"the header {name.decode()} came more than once")
        self._check_coding(named.get(b"transfer-encoding"), version)
        self._check_expectation(named, version)
        self._declining = self._parser.should_upgrade()
        manner = Manner(self._parser.should_keep_alive(), version == "1.0", method == b"HEAD")
        return PLAIN if manner == PLAIN else manner

    def _check_coding(self, coding: bytes | None, version: str) -> None:
        if coding is None:
            return
        if version == "1.0":
            self._refuse(400, "an HTTP/1.0 request has no Transfer-Encoding")
        if coding.lower() != b"chunked":
            self._refuse(501, f"Transfer-Encoding {coding[:80]!r} is not known, wanted chunked")

    def _check_expectation(self, named: dict[bytes, bytes], version: str) -> None:
        expected = named.get(b"expect")
        if expected is None or version == "1.0":
            return
        if expected.lower() != b"100-continue":
            self._refuse(417, f"Expect {expected[:80]!r} is not known, wanted 100-continue")
        self.expects_continue = True

    def _bound_head(self) -> None:
        limits = self._limits
        if len(self._target) > limits.max_target_bytes:
            self._refuse(414, f"the request line's target is too long, at most {limits.max_target_bytes} bytes")
        if len(self._headers) > limits.max_headers:
            self._refuse(431, f"too many headers, at most {limits.max_headers}")
        if sum(len(name) + len(value) + 4 for name, value in self._headers) > limits.max_header_bytes:
            self._refuse(431, f"the headers are too long, at most {limits.max_header_bytes} bytes")

    def _bound_unfinished(self) -> None:
        """Bounds what the parser itself holds: a header, a chunk extension or a trailer without an end."""
        limits = self._limits
        if self._fed_bytes > limits.max_target_bytes or len(self._headers) > limits.max_headers:
            self._bound_head()
        if self._stray_bytes > limits.max_header_bytes + limits.max_target_bytes:
            self._refuse(431, f"the headers are too long, at most {limits.max_header_bytes} bytes")

    def _explain(self, error: httptools.HttpParserError) -> None:
        """Answers what the parser stopped at. After a last request anything may come, and is not read."""
        if self.ended:
            return
        if isinstance(error, httptools.HttpParserCallbackError):
            raise error
        self.ended = True
        words = str(error)
        self._arrived.append((refusal(_STATUS.get(words, 400), f"this is not HTTP/1.1: {words}"), LAST))

    def _refuse_body(self) -> NoReturn:
        self._pieces = None
        self._refuse(413, f"the body is too large, at most {self._limits.max_body_bytes} bytes")

    def _refuse(self, status: int, message: str) -> NoReturn:
        self._arrived += self.give_up(status, message)
        raise _Refused


def _origin_form(method: bytes, target: bytes) -> bytes | None:
    """`/path?query` of `http://host/path?query`; `*` for OPTIONS; None for what is neither."""
    if target == b"*" and method == b"OPTIONS":
        return target
    _, mark, rest = target.partition(b"://")
    if not mark:
        return None
    ends = [end for end in (rest.find(b"/"), rest.find(b"?")) if end >= 0]
    path = rest[min(ends) :] if ends else b""
    return path if path.startswith(b"/") else b"/" + path
