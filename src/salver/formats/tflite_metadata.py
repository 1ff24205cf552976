"""What a TensorFlow Lite file says of its signatures in the metadata entry `signature_defs_metadata`.

Two formats in one another: the file is a FlatBuffer (https://flatbuffers.dev/internals), of which the table `Model`
and its `metadata` are read here; the entry is a FlexBuffer, a map from signature names to the bytes of `SignatureDef`
messages. Every offset comes from the file: what points out of it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

NAME: Final = b"signature_defs_metadata"
MAX_SIGNATURES: Final = 10_000

_BUFFERS, _METADATA = 4, 6
"""Fields of the table `Model`, by their place in it: `buffers:[Buffer]`, `metadata:[Metadata]`."""
_METADATA_NAME, _METADATA_BUFFER = 0, 1
_BUFFER_DATA = 0
_FLEX_STRING, _FLEX_MAP, _FLEX_BLOB = 5, 9, 25


def signature_defs(file: memoryview) -> dict[str, bytes]:
    """`SignatureDef` messages by name; none where the file has no such entry. Raises ValueError for a damaged one."""
    data = _metadata(_Bytes(file))
    return {} if data is None else dict(_string_map(_Bytes(data)))


class _Bytes:
    """Little-endian numbers at places that are checked."""

    __slots__ = ("_data",)

    def __init__(self, data: memoryview) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def unsigned(self, place: int, size: int) -> int:
        return int.from_bytes(self.part(place, size), "little")

    def part(self, place: int, size: int) -> memoryview:
        if place < 0 or size < 0 or place + size > len(self._data):
            raise ValueError(f"{size} bytes at {place} lie outside of the {len(self._data)} there are")
        return self._data[place : place + size]

    def text(self, place: int, limit: int = 1024) -> str:
        """Up to the next NUL."""
        data = bytes(self._data[max(place, 0) : max(place, 0) + limit])
        end = data.find(0)
        if end < 0 or place < 0:
            raise ValueError(f"the name at {place} has no end")
        return data[:end].decode()


def _metadata(file: _Bytes) -> memoryview | None:
    """The data of the entry; None where there is none."""
    model = file.unsigned(0, 4)
    buffers, entries = _vector(file, model, _BUFFERS), _vector(file, model, _METADATA)
    if buffers is None or entries is None:
        return None
    for index in range(entries[1]):
        entry = _target(file, entries[0] + 4 * index)
        name = _vector(file, entry, _METADATA_NAME)
        if name is not None and bytes(file.part(*name)) == NAME:
            place = _field(file, entry, _METADATA_BUFFER)
            number = 0 if place is None else file.unsigned(place, 4)
            if number >= buffers[1]:
                raise ValueError(f"its metadata are in buffer {number} of {buffers[1]}")
            data = _vector(file, _target(file, buffers[0] + 4 * number), _BUFFER_DATA)
            return None if data is None else file.part(*data)
    return None


def _field(file: _Bytes, table: int, number: int) -> int | None:
    """Where a field of a table lies; None for one that is left out."""
    vtable = table - int.from_bytes(file.part(table, 4), "little", signed=True)
    place = 4 + 2 * number
    offset = file.unsigned(vtable + place, 2) if place < file.unsigned(vtable, 2) else 0
    return table + offset if offset else None


def _target(file: _Bytes, place: int) -> int:
    return place + file.unsigned(place, 4)


def _vector(file: _Bytes, table: int, number: int) -> tuple[int, int] | None:
    """Where a vector or string in a table begins, and its length; None for one that is left out."""
    place = _field(file, table, number)
    if place is None:
        return None
    start = _target(file, place)
    return start + 4, file.unsigned(start, 4)


def _string_map(buffer: _Bytes) -> Iterator[tuple[str, bytes]]:
    """The entries of a FlexBuffer that is a map of strings or blobs."""
    width, kind = buffer.unsigned(len(buffer) - 1, 1), buffer.unsigned(len(buffer) - 2, 1)
    if kind >> 2 != _FLEX_MAP:
        raise ValueError(f"its signatures are of the FlexBuffer type {kind >> 2}, wanted a map")
    place = len(buffer) - 2 - width
    values, width = place - buffer.unsigned(place, width), 1 << (kind & 3)
    count = buffer.unsigned(values - width, width)
    if count > MAX_SIGNATURES:
        raise ValueError(f"it has {count} signatures, at most {MAX_SIGNATURES} are read")
    place = values - 3 * width
    keys, key_width = place - buffer.unsigned(place, width), buffer.unsigned(values - 2 * width, width)
    for index in range(count):
        key = keys + index * key_width
        place = values + index * width
        kind = buffer.unsigned(values + count * width + index, 1)
        if kind >> 2 not in (_FLEX_STRING, _FLEX_BLOB):
            raise ValueError(f"a signature is of the FlexBuffer type {kind >> 2}, wanted a string")
        start, size_width = place - buffer.unsigned(place, width), 1 << (kind & 3)
        size = buffer.unsigned(start - size_width, size_width)
        yield buffer.text(key - buffer.unsigned(key, key_width)), bytes(buffer.part(start, size))
