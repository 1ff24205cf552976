"""Header blocks that go out (RFC 7541): static table and plain literals, nothing that the next block could build on.

A block depends on nothing, can be kept as a constant, and keeps to any SETTINGS_HEADER_TABLE_SIZE. Strings are not
Huffman coded: that would cost more time than the bytes it saves.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from hpack.table import HeaderTable

from salver.protocols.http2.fields import Field

EMPTY_TABLE: Final = b"\x20"
"""In front of a block: our dynamic table has no room from now on (RFC 7541 §6.3)."""

_INDEXED: Final = 0x80
_LITERAL: Final = 0x00
_NEVER_INDEXED: Final = 0x10
_SECRET: Final = frozenset({b"authorization", b"cookie", b"proxy-authorization", b"set-cookie"})
"""Nobody on the way may put these into a table (RFC 7541 §7.1.3)."""
_MAX_REMEMBERED_BYTES: Final = 128

_INDEX_OF_FIELD: Final[dict[Field, int]] = {}
_INDEX_OF_NAME: Final[dict[bytes, int]] = {}
for _index, _field in enumerate(HeaderTable.STATIC_TABLE, 1):
    _INDEX_OF_FIELD.setdefault(_field, _index)
    _INDEX_OF_NAME.setdefault(_field[0], _index)


def encode_static(headers: Iterable[Field]) -> bytes:
    """The block of these fields; names in lower case, pseudo-header fields first."""
    return b"".join(
        [
            _encode(name, value) if len(value) > _MAX_REMEMBERED_BYTES or name in _SECRET else _remembered(name, value)
            for name, value in headers
        ]
    )


def _encode(name: bytes, value: bytes) -> bytes:
    whole = _INDEX_OF_FIELD.get((name, value))
    if whole is not None:
        return _integer(whole, 7, _INDEXED)
    pattern = _NEVER_INDEXED if name in _SECRET else _LITERAL
    index = _INDEX_OF_NAME.get(name)
    start = bytes((pattern,)) + _string(name) if index is None else _integer(index, 4, pattern)
    return start + _string(value)


_remembered = lru_cache(maxsize=1024)(_encode)


def _string(text: bytes) -> bytes:
    return _integer(len(text), 7, 0) + text


def _integer(number: int, prefix_bits: int, pattern: int) -> bytes:
    """RFC 7541 §5.1."""
    most = (1 << prefix_bits) - 1
    if number < most:
        return bytes((pattern | number,))
    coded = bytearray((pattern | most,))
    number -= most
    while number >= 0x80:
        coded.append(number & 0x7F | 0x80)
        number >>= 7
    coded.append(number)
    return bytes(coded)
