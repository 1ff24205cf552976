"""Content codings of HTTP bodies, gzip and deflate, in and out; nothing inflates beyond its bound."""

from __future__ import annotations

import gzip
import zlib
from typing import Final

from salver.core.errors import BadInput

_WORTH_BYTES: Final = 1024
"""A smaller answer is sent as it is: coding it costs more than it saves."""
_MAX_CODINGS: Final = 3
"""How often a body may be coded over: each time costs as much as its whole length."""
_MAX_MEMBERS: Final = 4096
"""A gzip body may be several, one behind the other. Empty ones cost time and give nothing."""
_PIECE_BYTES: Final = 1 << 16
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS


class TooLarge(BadInput):
    """A body beyond the operator's bound."""


def inflate(body: bytes, coding: bytes, max_bytes: int) -> bytes:
    """The body without its codings (`Content-Encoding`, undone last to first). Raises BadInput or TooLarge."""
    names = [name for part in coding.split(b",") if (name := part.strip().lower()) not in (b"", b"identity")]
    if len(names) > _MAX_CODINGS:
        raise BadInput(f"the body is coded {len(names)} times over, wanted at most {_MAX_CODINGS}")
    for name in reversed(names):
        if name not in (b"gzip", b"x-gzip", b"deflate"):
            raise BadInput(f"Content-Encoding '{name[:60].decode('latin-1')}' is not known; wanted gzip or deflate")
        body = _inflate(body, name.decode(), max_bytes)
    return body


def deflate(body: bytes, accepted: bytes) -> tuple[bytes, bytes]:
    """(coding, body) for an answer, by the client's `Accept-Encoding`; the coding is empty when none is worth it."""
    if len(body) < _WORTH_BYTES:
        return b"", body
    for part in accepted.lower().split(b","):
        name, _, weight = part.partition(b";")
        if weight.replace(b" ", b"") in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"):
            continue
        if name.strip() in (b"gzip", b"x-gzip"):
            return b"gzip", gzip.compress(body, 1, mtime=0)
        if name.strip() == b"deflate":
            return b"deflate", zlib.compress(body, 1)
    return b"", body


def _inflate(body: bytes, name: str, max_bytes: int) -> bytes:
    pieces: list[bytes] = []
    room = max_bytes
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    members = 1
    for start in range(0, len(body), _PIECE_BYTES):
        rest = body[start : start + _PIECE_BYTES]
        while rest:
            if inflater.eof:
                inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
                members += 1
            try:
                piece = inflater.decompress(rest, room + 1)
            except zlib.error as error:
                raise BadInput(f"the body is broken {name}: {error}") from None
            room -= len(piece)
            if room < 0:
                raise TooLarge(f"the {name} body inflates to more than {max_bytes} bytes")
            if members > _MAX_MEMBERS:
                raise BadInput(f"the {name} body is made of more than {_MAX_MEMBERS} parts")
            pieces.append(piece)
            rest = inflater.unused_data
    if body and not inflater.eof:
        raise BadInput(f"the {name} body ends in the middle")
    return b"".join(pieces)
