"""What gRPC says in headers and trailers, in both directions: requests, status, timeout, metadata.

After the public documents of gRPC, `PROTOCOL-HTTP2.md` and `statuscodes.md`. No socket, no HTTP/2 frames, no method:
the messages themselves are in `grpc_messages.py`.
"""

from __future__ import annotations

import binascii
import enum
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from salver.core.errors import BadInput, Fault

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

CONTENT_TYPE: Final = b"application/grpc"
ENCODINGS: Final = (b"identity", b"deflate", b"gzip")
"""What a message may be compressed with."""
ACCEPT_ENCODING: Final = (b"grpc-accept-encoding", b",".join(ENCODINGS))

_OURS: Final = (b"", b"+proto")
"""What may follow `application/grpc`; parameters after a semicolon mean nothing."""
_TIMEOUT: Final = re.compile(rb"([0-9]{1,8})([HMSmun])")
_UNITS_NS: Final = {b"n": 1, b"u": 10**3, b"m": 10**6, b"S": 10**9, b"M": 60 * 10**9, b"H": 3600 * 10**9}
_MOST_DIGITS: Final = 10**8
_LONGEST: Final = b"%dH" % (_MOST_DIGITS - 1)
_VISIBLE: Final = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")
_MAX_MESSAGE_BYTES: Final = 4096
"""Of a percent-encoded status message: clients refuse trailers beyond 8 KiB, and would then know nothing."""


class Code(enum.IntEnum):
    """The status codes of gRPC (its document `statuscodes.md`)."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


_HIGHEST: Final = max(Code)


@dataclass(frozen=True, slots=True)
class GrpcStatus:
    """How a call ended."""

    code: Code
    message: str = ""


class Refused(Fault):
    """What gRPC itself has against a call or an answer, in its own words; no codec has seen it."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.status = GrpcStatus(code, message)


HTTP_CODES: Final[Mapping[int, Code]] = {
    400: Code.INTERNAL,
    401: Code.UNAUTHENTICATED,
    403: Code.PERMISSION_DENIED,
    404: Code.UNIMPLEMENTED,
    429: Code.UNAVAILABLE,
    431: Code.INTERNAL,
    502: Code.UNAVAILABLE,
    503: Code.UNAVAILABLE,
    504: Code.UNAVAILABLE,
}
"""What an answer without `grpc-status` stands for, by its HTTP status; any other is UNKNOWN."""

RESET_CODES: Final[Mapping[int, Code]] = {
    7: Code.UNAVAILABLE,
    8: Code.CANCELLED,
    11: Code.RESOURCE_EXHAUSTED,
    12: Code.PERMISSION_DENIED,
}
"""What a stream reset by the server stands for, by its HTTP/2 error code; any other is INTERNAL."""


# Requests


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What a request's headers say of the call, but for its timeout, which changes from call to call."""

    path: bytes
    encoding: bytes
    """Of the messages whose compressed flag is set; one of `ENCODINGS`."""
    gzip: bool
    """Whether the answer may be compressed: the client takes gzip, and has used it itself."""


def is_grpc(content_type: bytes | None) -> bool:
    """Whether a request of this Content-Type is gRPC's to answer. `application/grpc-web` is another protocol."""
    if content_type is None or not content_type.startswith(CONTENT_TYPE):
        return False
    return content_type[len(CONTENT_TYPE) : len(CONTENT_TYPE) + 1] in (b"", b"+", b";", b" ")


def read_request(fields: Mapping[bytes, bytes]) -> RequestHead:
    """The head of a request that `is_grpc`. A missing `te: trailers` is let pass, as proxies drop it.

    Raises Refused (UNIMPLEMENTED) for messages that are not protobuf, or are compressed otherwise than known.
    """
    content_type = fields[b"content-type"]
    if content_type[len(CONTENT_TYPE) :].partition(b";")[0].rstrip() not in _OURS:
        told = content_type[:60].decode("latin-1")
        raise Refused(Code.UNIMPLEMENTED, f"content-type {told!r} is not served, wanted application/grpc or +proto")
    encoding = fields.get(b"grpc-encoding", b"identity")
    if encoding not in ENCODINGS:
        known = b", ".join(ENCODINGS).decode()
        told = encoding[:60].decode("latin-1")
        raise Refused(Code.UNIMPLEMENTED, f"grpc-encoding {told!r} is not supported, wanted one of {known}")
    accepted = fields.get(b"grpc-accept-encoding", b"") if encoding == b"gzip" else b""
    return RequestHead(fields[b":path"], encoding, b"gzip" in (part.strip() for part in accepted.split(b",")))


def request_headers(
    path: bytes,
    authority: bytes,
    *,
    scheme: bytes = b"http",
    timeout_s: float | None = None,
    encoding: bytes = b"identity",
    metadata: Headers = (),
) -> Headers:
    """The head of a call. All but the timeout repeats from call to call; metadata is as `encode_metadata` makes it."""
    head: list[tuple[bytes, bytes]] = [
        (b":method", b"POST"),
        (b":scheme", scheme),
        (b":path", path),
        (b":authority", authority),
    ]
    if timeout_s is not None:
        head.append((b"grpc-timeout", format_timeout(timeout_s)))
    head += ((b"te", b"trailers"), (b"content-type", CONTENT_TYPE), ACCEPT_ENCODING)
    if encoding != b"identity":
        head.append((b"grpc-encoding", encoding))
    return (*head, *metadata)


def parse_timeout(value: bytes) -> float:
    """Seconds of a `grpc-timeout`: at most eight digits and a unit. Raises Refused (INTERNAL)."""
    found = _TIMEOUT.fullmatch(value)
    if found is None:
        told = value[:60].decode("latin-1")
        raise Refused(Code.INTERNAL, f"malformed grpc-timeout: {told!r}, wanted up to 8 digits and one of H M S m u n")
    return int(found[1]) * _UNITS_NS[found[2]] / 1e9


def format_timeout(timeout_s: float) -> bytes:
    """In the finest unit that eight digits can tell, rounded up; at least a nanosecond, at most 99999999 hours."""
    whole_s = min(timeout_s, 1e12)
    count_ns = max(1, round(whole_s * 1e9))
    for unit, unit_ns in _UNITS_NS.items():
        count = -(-count_ns // unit_ns)
        if count < _MOST_DIGITS:
            return b"%d%b" % (count, unit)
    return _LONGEST


# Status


def trailers(status: GrpcStatus) -> Headers:
    """The end of a call. A message too long for the trailers that clients accept is cut."""
    code = (b"grpc-status", b"%d" % status.code)
    return (code, (b"grpc-message", encode_message(status.message))) if status.message else (code,)


def read_status(headers: Headers, http_status: int = 200) -> GrpcStatus:
    """The client's half: how the trailers, or an answer that is trailers only, say that the call ended.

    What a broken server leaves out is put in from the HTTP status. Never raises.
    """
    fields = dict(headers)
    told = fields.get(b"grpc-status")
    if told is None:
        code = HTTP_CODES.get(http_status, Code.UNKNOWN)
        return GrpcStatus(code, f"the answer has no grpc-status, its HTTP status is {http_status}")
    message = decode_message(fields.get(b"grpc-message", b""))
    if not told.isdigit() or len(told) > 2 or int(told) > _HIGHEST:
        return GrpcStatus(Code.UNKNOWN, message or f"grpc-status {told[:20].decode('latin-1')!r} is none of 0 to 16")
    return GrpcStatus(Code(int(told)), message)


def encode_message(message: str) -> bytes:
    """Percent-encoded UTF-8: every byte but the visible ones of ASCII and the space, and the percent sign."""
    raw = message[:_MAX_MESSAGE_BYTES].encode("utf-8", "replace")
    encoded = quote(raw, safe=_VISIBLE)
    while len(encoded) > _MAX_MESSAGE_BYTES:
        raw = raw[: len(raw) * _MAX_MESSAGE_BYTES // len(encoded)]
        encoded = quote(raw.decode("utf-8", "ignore"), safe=_VISIBLE)
    return encoded.encode("ascii")


def decode_message(value: bytes) -> str:
    """What cannot be decoded stays as it is, or becomes U+FFFD; never raises."""
    return unquote_to_bytes(value).decode("utf-8", "replace")


# Metadata


def encode_metadata(pairs: Iterable[tuple[str, str | bytes]]) -> Headers:
    """Header lines of custom metadata. A name that ends in `-bin` takes bytes, any other printable ASCII.

    Raises BadInput for what cannot be carried.
    """
    return tuple(_encode_pair(name, value) for name, value in pairs)


def decode_metadata(headers: Headers) -> tuple[tuple[str, str | bytes], ...]:
    """The custom metadata among a request's or an answer's headers: bytes for names that end in `-bin`.

    Raises BadInput for bytes that are not base64.
    """
    return tuple(
        pair
        for name, value in headers
        if name[:1] != b":" and not name.startswith(b"grpc-") and name not in _NO_METADATA
        for pair in _decode_line(name, value)
    )


_NO_METADATA: Final = frozenset((b"te", b"content-type", b"user-agent", b"content-length"))
_NAME: Final = re.compile(r"[0-9a-z_.-]+")
_VALUE: Final = re.compile(r"[ -~]*")


def _encode_pair(name: str, value: str | bytes) -> tuple[bytes, bytes]:
    if not _NAME.fullmatch(name) or name.startswith("grpc-"):
        raise BadInput(f"{name!r} is no name of metadata: wanted 0-9 a-z _ - . and not grpc- in front")
    if name.endswith("-bin"):
        if isinstance(value, str):
            raise BadInput(f"metadata {name!r} takes bytes, not {value!r}")
        return name.encode(), b64encode(value).rstrip(b"=")
    if isinstance(value, bytes) or not _VALUE.fullmatch(value):
        raise BadInput(f"metadata {name!r} takes printable ASCII, not {value!r}; a name that ends in -bin takes bytes")
    return name.encode(), value.strip().encode()


def _decode_line(name: bytes, value: bytes) -> Iterable[tuple[str, str | bytes]]:
    told = name.decode("latin-1")
    if not name.endswith(b"-bin"):
        return ((told, value.decode("latin-1")),)
    try:
        return tuple((told, _decode_base64(part.strip().rstrip(b"="))) for part in value.split(b","))
    except binascii.Error as error:
        raise BadInput(f"metadata {told!r} is not base64: {error}") from None


def _decode_base64(bare: bytes) -> bytes:
    return b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
