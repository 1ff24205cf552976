"""fixed: values of so many bytes, as bytes and from bytes."""

from __future__ import annotations

from salver.formats.pfa.library.registry import function


@function("fixed.toBytes", "(x: fixed A) -> bytes")
def to_bytes(x: bytes) -> bytes:
    """All its bytes."""
    return x


@function("fixed.fromBytes", "(original: fixed A, replacement: bytes) -> A")
def from_bytes(original: bytes, replacement: bytes) -> bytes:
    """The value with other bytes at its beginning. Those that are too many are left out."""
    return replacement[: len(original)] + original[len(replacement) :]
