"""Header blocks that come in (RFC 7541), with a memory.

A client repeats its blocks, so a block that leaves the dynamic table as it is is known by its bytes until the table
changes, and always gives the same tuple. Blocks that do change the table (a client that inserts each new
`grpc-timeout`) are walked; table entries and literals then carry what was found out about them when they were first
seen. The static table is that of the library `hpack`. Blocks that go out: `encoding`.
"""

from __future__ import annotations

from collections import deque
from typing import Final, TypeAlias, TypeVar

from hpack.exceptions import HPACKDecodingError
from hpack.table import HeaderTable

from salver.protocols.http2.errors import ConnectionFailed, ErrorCode
from salver.protocols.http2.fields import ENTRY_BYTES, LENGTH, Field, Headers, field_kind
from salver.protocols.http2.huffman import decode_huffman
from salver.protocols.http2.settings import DEFAULT_TABLE_BYTES

_MAX_BLOCKS: Final = 64
_MAX_BLOCK_BYTES: Final = 1024
_MAX_LITERALS: Final = 256
_MAX_LITERAL_BYTES: Final = 256
_MAX_INTEGER_BYTES: Final = 5

_Value = TypeVar("_Value")
_Entry: TypeAlias = tuple[Field, int, int]
"""A field, its size, its kind."""


def _entry(name: bytes, value: bytes) -> _Entry:
    return (name, value), len(name) + len(value) + ENTRY_BYTES, field_kind(name, value)


_STATIC: Final[dict[int, _Entry]] = {
    index: _entry(name, value) for index, (name, value) in enumerate(HeaderTable.STATIC_TABLE, 1)
}
_FIRST_DYNAMIC: Final = len(_STATIC) + 1


class Block:
    """A decoded header block."""

    __slots__ = ("good", "headers", "kinds", "length", "too_long")

    def __init__(self, headers: Headers, kinds: bytes, length: int, too_long: bool) -> None:
        self.headers = headers
        self.kinds = kinds
        """The kind of each field (see `fields`)."""
        self.length = length
        """Content-Length, or -1."""
        self.too_long = too_long
        """Beyond the bounds: the fields were not kept."""
        self.good = False
        """Whether it was already found to be a valid head of a message."""


class Decoder:
    """The peer's blocks in their order: each one must be decoded, since the next may build on it."""

    __slots__ = ("_entries", "_literals", "_max_bytes", "_max_fields", "_size", "_table_bytes", "known")

    def __init__(self, max_bytes: int, max_fields: int) -> None:
        self._max_bytes = max_bytes
        self._max_fields = max_fields
        self._entries: deque[_Entry] = deque()  # the newest is the last
        self._size = 0
        self._table_bytes = DEFAULT_TABLE_BYTES
        self._literals: dict[bytes, _Entry] = {}
        self.known: dict[bytes, Block] = {}
        """Blocks that need no decoding as long as the table is what it is. Look here, then `decode`."""

    def decode(self, block: bytes) -> Block:
        """The block's fields. Raises ConnectionFailed where it is broken (COMPRESSION_ERROR)."""
        try:
            return self.known.get(block) or self._walk(block)
        except (IndexError, KeyError, HPACKDecodingError):
            raise ConnectionFailed(ErrorCode.COMPRESSION_ERROR, "a broken header block") from None

    def _walk(self, block: bytes) -> Block:
        entries = self._entries
        fields: list[Field] = []
        kinds = bytearray()
        place = total = 0
        changed = too_long = started = False
        while place < len(block):
            first = block[place]
            if first >= 0x80:  # an entry of the tables (RFC 7541 §6.1)
                index = first & 0x7F
                place += 1
                if index == 0x7F:
                    index, place = _integer(block, place, 0x7F)
                field, size, kind = _STATIC[index] if index < _FIRST_DYNAMIC else entries[_FIRST_DYNAMIC - 1 - index]
            elif first & 0xE0 == 0x20:  # a new size of the table (§6.3)
                if started:
                    raise HPACKDecodingError
                place = self._resize(block, place)
                changed = True
                continue
            else:  # a literal (§6.2)
                entry, place = self._literal(block, place)
                if first >= 0x40:
                    self._insert(entry)
                    changed = True
                field, size, kind = entry
            started = True
            total += size
            if total > self._max_bytes:  # walk on, for the table's sake, and keep nothing
                too_long = True
                total = 0
                fields.clear()
                kinds.clear()
            fields.append(field)
            kinds.append(kind)
        found = _block(fields, bytes(kinds), too_long or len(fields) > self._max_fields)
        if changed:
            self.known.clear()
        elif len(block) <= _MAX_BLOCK_BYTES:
            _remember(self.known, _MAX_BLOCKS, block, found)
        return found

    def _literal(self, block: bytes, start: int) -> tuple[_Entry, int]:
        """A literal field, and where it ends."""
        mask = 0x3F if block[start] >= 0x40 else 0x0F
        index = block[start] & mask
        place = start + 1
        if index == mask:
            index, place = _integer(block, place, mask)
        name_start = place
        if not index:
            place = _skip_string(block, place)
        end = _skip_string(block, place)
        if index >= _FIRST_DYNAMIC:
            return _entry(self._entries[_FIRST_DYNAMIC - 1 - index][0][0], _string(block, place, end)), end
        raw = block[start:end]
        known = self._literals.get(raw)
        if known is None:
            name = _STATIC[index][0][0] if index else _string(block, name_start, place)
            known = _entry(name, _string(block, place, end))
            if len(raw) <= _MAX_LITERAL_BYTES:
                _remember(self._literals, _MAX_LITERALS, raw, known)
        return known, end

    def _insert(self, entry: _Entry) -> None:
        """RFC 7541 §4.4: old entries give way; one that is larger than the table empties it."""
        self._entries.append(entry)
        self._size += entry[1]
        if self._size > self._table_bytes:
            self._evict()

    def _evict(self) -> None:
        while self._size > self._table_bytes:
            self._size -= self._entries.popleft()[1]

    def _resize(self, block: bytes, place: int) -> int:
        size = block[place] & 0x1F
        place += 1
        if size == 0x1F:
            size, place = _integer(block, place, 0x1F)
        if size > DEFAULT_TABLE_BYTES:
            raise HPACKDecodingError
        self._table_bytes = size
        self._evict()
        return place


def _block(fields: list[Field], kinds: bytes, too_long: bool) -> Block:
    if too_long:
        return Block((), b"", -1, True)
    place = kinds.find(LENGTH)
    return Block(tuple(fields), kinds, int(fields[place][1]) if place >= 0 else -1, False)


def _remember(memory: dict[bytes, _Value], most: int, key: bytes, value: _Value) -> None:
    if len(memory) >= most:
        memory.clear()
    memory[key] = value


def _integer(block: bytes, place: int, number: int) -> tuple[int, int]:
    """The rest of an integer whose prefix is full (RFC 7541 §5.1), and where it ends."""
    for shift in range(0, 7 * _MAX_INTEGER_BYTES, 7):
        byte = block[place]
        place += 1
        number += (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place
    raise HPACKDecodingError


def _skip_string(block: bytes, place: int) -> int:
    """Where a string ends (RFC 7541 §5.2)."""
    size = block[place] & 0x7F
    place += 1
    if size == 0x7F:
        size, place = _integer(block, place, 0x7F)
    if place + size > len(block):
        raise HPACKDecodingError
    return place + size


def _string(block: bytes, start: int, end: int) -> bytes:
    """The string that stands there."""
    place = start + 1
    if block[start] & 0x7F == 0x7F:
        _, place = _integer(block, place, 0x7F)
    raw = block[place:end]
    return decode_huffman(raw) if block[start] >= 0x80 else raw
