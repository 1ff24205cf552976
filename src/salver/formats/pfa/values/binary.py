"""Avro's binary encoding of values, and its object container files (Avro 1.7). Whatever is wrong with bytes that come
in is a PFAInputError.
"""

from __future__ import annotations

import json
import zlib
from typing import Any, Final

from salver.formats.pfa.avro.accepts import accepts
from salver.formats.pfa.avro.schema import Schemas
from salver.formats.pfa.avro.types import BYTES, Map, Type
from salver.formats.pfa.errors import PFAInputError, PFASyntaxError
from salver.formats.pfa.values.binary_read import SPARE_VALUES, Read, Source, binary_decoder, resolving_reader
from salver.formats.pfa.values.binary_write import binary_encoder

__all__ = ["binary_decoder", "binary_encoder", "read_container"]

_MAGIC: Final = b"Obj\x01"
_SYNC_SIZE: Final = 16
_METADATA: Final = Map(BYTES)
_CODECS: Final = (b"null", b"deflate")
_MAX_BYTES: Final = 2**29


def read_container(data: bytes, of: Type, max_bytes: int = _MAX_BYTES) -> list[Any]:
    """All values of a container file, as values of a type, which must accept those of the file's own schema.

    `max_bytes`: how much its blocks may come to, unpacked. Raises PFAInputError."""
    try:
        return _values(Source(data), of, max_bytes)
    except PFASyntaxError as error:
        raise PFAInputError(f"the schema in the Avro file is wrong: {error}") from None
    except RecursionError:
        raise PFAInputError("the Avro file is nested too deep") from None


def _values(source: Source, of: Type, max_bytes: int) -> list[Any]:
    if source.take(len(_MAGIC)) != _MAGIC:
        raise PFAInputError("this is no Avro object container file")
    metadata = resolving_reader(_METADATA, _METADATA)(source)
    codec = metadata.get("avro.codec", b"null")
    if codec not in _CODECS:
        raise PFAInputError(f"the codec of the Avro file is {codec!r:.60}; it may be null or deflate")
    written = _schema(metadata.get("avro.schema"))
    if not accepts(of, written):
        raise PFAInputError(f"the Avro file holds values of type {written!r:.200}, wanted {of!r:.200}")
    sync = source.take(_SYNC_SIZE)
    return _blocks(source, resolving_reader(written, of), sync, max_bytes, packed=codec == b"deflate")


def _schema(text: bytes | None) -> Type:
    if text is None:
        raise PFAInputError("the Avro file has no schema")
    try:
        schema = json.loads(text)
    except ValueError:
        raise PFAInputError("the schema in the Avro file is no JSON") from None
    schemas = Schemas()
    place = schemas.place(schema, "avro.schema")
    schemas.resolve()
    return place.type


def _blocks(source: Source, read: Read, sync: bytes, max_bytes: int, *, packed: bool) -> list[Any]:
    values: list[Any] = []
    left, spare = max_bytes, SPARE_VALUES
    while source.more:
        count = source.long()
        data = source.take(source.long())
        if source.take(_SYNC_SIZE) != sync:
            source.refuse("a block that does not end with the mark of this file")
        if count < 0:
            source.refuse(f"a block of {count} values")
        if packed:
            data = _unpacked(data, left)
            left -= len(data)
        block = Source(data, spare)
        block.spend(count)
        values.extend([read(block) for _ in range(count)])
        block.end()
        spare = block.left
    return values


def _unpacked(data: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        found = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        raise PFAInputError(f"a block of the Avro file is packed with deflate, and broken: {error}") from None
    if len(found) > limit:
        raise PFAInputError("the Avro file is too large when unpacked")
    # What is left over is not looked at: Avro for Python leaves some of zlib's check sum there.
    if not unpacker.eof:
        raise PFAInputError("a block of the Avro file is packed with deflate, and broken")
    return found
