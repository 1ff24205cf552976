"""TFRecord files: records one after another, each with its length and two checksums. Framing only, no meaning.

The layout is TensorFlow's (`tensorflow/core/lib/io/record_writer.h`): length as a little-endian uint64, its masked
CRC-32C, the data, the data's masked CRC-32C.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

import google_crc32c

from salver.core.errors import BadInput

_HEAD: Final = struct.Struct("<QI")
_FOOT: Final = struct.Struct("<I")
_MASK: Final = 0xA282EAD8


class DataLoss(BadInput):
    """A file is damaged; the message says at which byte."""


def framed(data: bytes) -> bytes:
    """A record as it stands in a file."""
    length = struct.pack("<Q", len(data))
    return b"".join((length, _FOOT.pack(_masked(length)), data, _FOOT.pack(_masked(data))))


def read_records(file: BinaryIO, max_bytes: int) -> Iterator[bytes]:
    """Every record of a file. Raises DataLoss at the first that is damaged, cut short or longer than `max_bytes`."""
    place = 0
    while head := file.read(_HEAD.size):
        if len(head) < _HEAD.size:
            raise DataLoss(f"truncated record at {place}")
        length, checksum = _HEAD.unpack(head)
        if checksum != _masked(head[:8]) or length > max_bytes:
            raise DataLoss(f"corrupted record at {place}")
        data, foot = file.read(length), file.read(_FOOT.size)
        if len(data) < length or len(foot) < _FOOT.size:
            raise DataLoss(f"truncated record at {place}")
        if _FOOT.unpack(foot)[0] != _masked(data):
            raise DataLoss(f"corrupted record at {place}")
        yield data
        place += _HEAD.size + length + _FOOT.size


def _masked(data: bytes) -> int:
    """A CRC that is stored beside what it is the CRC of is masked: CRCs of CRCs are weak."""
    checksum: int = google_crc32c.value(data)
    return ((checksum >> 15 | checksum << 17) + _MASK) & 0xFFFFFFFF
