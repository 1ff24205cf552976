"""Content codings of HTTP bodies, gzip and deflate, in and out; nothing inflates beyond its bound."""

from __future__ import annotations

import gzip
import zlib
from typing import Final

from salver.core.errors import BadInput

_WORTH_BYTES: Final = 1024
"""A smaller answer is sent as it is: coding it costs more than it saves."""
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS


class TooLarge(BadInput):
    """A body beyond the operator's bound."""


def inflate(body: bytes, coding: bytes, max_bytes: int) -> bytes:
    """The body without its codings (`Content-Encoding`, undone last to first). Raises BadInput or TooLarge."""
    for name in reversed([part.strip().lower() for part in coding.split(b",")]):
        if name in (b"gzip", b"x-gzip", b"deflate"):
            body = _inflate(body, name.decode(), max_bytes)
        elif name not in (b"identity", b""):
            raise BadInput(f"Content-Encoding '{name.decode('latin-1')}' is not known; wanted gzip or deflate")
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
    while body:
        inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            piece = inflater.decompress(body, room + 1)
        except zlib.error as error:
            raise BadInput(f"the body is broken {name}: {error}") from None
        room -= len(piece)
        if room < 0:
            raise TooLarge(f"the {name} body inflates to more than {max_bytes} bytes")
        if not inflater.eof:
            raise BadInput(f"the {name} body ends in the middle")
        pieces.append(piece)
        body = inflater.unused_data
    return b"".join(pieces)
