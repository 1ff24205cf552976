"""What a connection has to tell: the values that `Connection.receive` returns. Cheap, and as few as do."""

from __future__ import annotations

from typing import TypeAlias

from salver.protocols.http2.errors import ErrorCode
from salver.protocols.http2.fields import Headers


class RequestReceived:
    """A server: a request's header fields, valid by §8.3.1. `ended`: there is no body."""

    __slots__ = ("ended", "headers", "stream")

    def __init__(self, stream: int, headers: Headers, ended: bool) -> None:
        self.stream = stream
        self.headers = headers
        self.ended = ended


class ResponseReceived:
    """A client: an answer's header fields, valid by §8.3.2. Informational ones (1xx) may come before the final one."""

    __slots__ = ("ended", "headers", "informational", "stream")

    def __init__(self, stream: int, headers: Headers, ended: bool, informational: bool) -> None:
        self.stream = stream
        self.headers = headers
        self.ended = ended
        self.informational = informational


class DataReceived:
    """A piece of a body. `counted` is what it took of the windows: give it to `Connection.consumed` once taken."""

    __slots__ = ("counted", "data", "ended", "stream")

    def __init__(self, stream: int, data: bytes, counted: int, ended: bool) -> None:
        self.stream = stream
        self.data = data
        self.counted = counted
        self.ended = ended


class TrailersReceived:
    """Fields behind a body. The peer has said everything on this stream."""

    __slots__ = ("headers", "stream")

    def __init__(self, stream: int, headers: Headers) -> None:
        self.stream = stream
        self.headers = headers


class StreamReset:
    """A stream that was told of is no more: the peer reset it, or broke a rule and was reset. Nothing else comes."""

    __slots__ = ("code", "stream")

    def __init__(self, stream: int, code: ErrorCode) -> None:
        self.stream = stream
        self.code = code


class WindowOpened:
    """Something that flow control had kept back on this stream has left; see `Connection.pending_bytes`."""

    __slots__ = ("stream",)

    def __init__(self, stream: int) -> None:
        self.stream = stream


class Drained:
    """GOAWAY from the peer: it takes no streams beyond `last_stream`. A client: those in `unprocessed` were never
    looked at, may safely be asked again elsewhere, and are gone here."""

    __slots__ = ("code", "last_stream", "unprocessed")

    def __init__(self, last_stream: int, code: ErrorCode, unprocessed: tuple[int, ...]) -> None:
        self.last_stream = last_stream
        self.code = code
        self.unprocessed = unprocessed


class PongReceived:
    """The answer to `Connection.ping`."""

    __slots__ = ()


class Ended:
    """The peer broke a rule that ends the connection: every stream is gone. Send what `take` gives, and close."""

    __slots__ = ("code", "message")

    def __init__(self, code: ErrorCode, message: str) -> None:
        self.code = code
        self.message = message


Event: TypeAlias = (
    RequestReceived
    | ResponseReceived
    | DataReceived
    | TrailersReceived
    | StreamReset
    | WindowOpened
    | Drained
    | PongReceived
    | Ended
)
