"""Reads the variables of a TensorFlow checkpoint without TensorFlow: a minimal reader of its two files.

`<prefix>.index` is a LevelDB table (sorted keys, values are BundleEntryProto messages); `<prefix>.data-00000-of-00001`
holds the values one after the other. Only what small uncompressed checkpoints have: float32, one shard, one file.
Checksums are not verified. Layout: LevelDB's doc/table_format.md, TensorFlow's tensor_bundle.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = 0xDB4775248B80FB57
MAX_BYTES = 16 << 20
FLOAT32 = 1
DTYPE, SHAPE, SHARD, OFFSET, SIZE = 1, 2, 3, 4, 5
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5


def read(prefix: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Every float32 variable by name. Raises ValueError for a file that is not such a checkpoint."""
    index = _bounded(prefix.with_name(prefix.name + ".index"))
    data = _bounded(prefix.with_name(prefix.name + ".data-00000-of-00001"))
    try:
        return {key.decode(): _variable(value, data) for key, value in _entries(index) if key and _is_float(value)}
    except (IndexError, TypeError, struct.error) as error:
        raise ValueError(f"{prefix}.index has a broken entry") from error


def _bounded(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path} has more than {MAX_BYTES} bytes")
    return path.read_bytes()


# The table: a footer points to the index block, which points to the data blocks.


def _entries(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(table) < 48 or struct.unpack_from("<Q", table, len(table) - 8)[0] != MAGIC:
        raise ValueError("the index is not a LevelDB table: its last eight bytes are not the magic number")
    footer = table[-48:]
    _, at = _handle(footer, 0)  # of the meta index: not needed
    index, _ = _handle(footer, at)
    for _, value in _block(table, index):
        yield from _block(table, _handle(value, 0)[0])


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = _varint(data, at)
    size, at = _varint(data, at)
    return (offset, size), at


def _block(table: bytes, handle: tuple[int, int]) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values; a key repeats the start of the one before it."""
    offset, size = handle
    if offset + size >= len(table) or table[offset + size] != 0:
        raise ValueError("a block of the index is compressed or lies outside the file")
    restarts = struct.unpack_from("<I", table, offset + size - 4)[0]
    end = offset + size - 4 - 4 * restarts
    key, at = b"", offset
    while at < end:
        shared, at = _varint(table, at)
        fresh, at = _varint(table, at)
        length, at = _varint(table, at)
        if shared > len(key) or at + fresh + length > end:
            raise ValueError("an entry of the index runs over its block")
        key = key[:shared] + table[at : at + fresh]
        yield key, table[at + fresh : at + fresh + length]
        at += fresh + length


# The entries: protocol buffers, a run of (field number, value).


def _is_float(entry: bytes) -> bool:
    return dict(_fields(entry)).get(DTYPE) == FLOAT32


def _variable(entry: bytes, data: bytes) -> np.ndarray[Any, Any]:
    fields = dict(_fields(entry))
    dimensions = [dict(_fields(item)).get(1, 0) for field, item in _fields(fields.get(SHAPE, b"")) if field == 2]
    offset, size = fields.get(OFFSET, 0), fields.get(SIZE, 0)
    if fields.get(SHARD, 0) != 0 or offset + size > len(data) or size != 4 * int(np.prod(dimensions)):
        raise ValueError(f"a variable of shape {dimensions} does not lie where the index says")
    return np.frombuffer(data, "<f4", size // 4, offset).reshape(dimensions)


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
        elif kind == LENGTH:
            length, at = _varint(message, at)
            yield tag >> 3, message[at : at + length]
            at += length
        elif kind in (FIXED32, FIXED64):
            at += 4 if kind == FIXED32 else 8
        else:
            raise ValueError(f"field {tag >> 3} has the unknown wire type {kind}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of the index has more than 64 bits")
