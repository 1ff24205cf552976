"""map: the keys of sets. A set is a map in which each value stands under a key that is made of itself."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable
from typing import Any

from salver.formats.pfa.avro.types import Type
from salver.formats.pfa.values.binary import binary_encoder


def set_key(of: Type) -> Callable[[Any], str]:
    """What gives the key of a value of a type: its Avro binary encoding, as base64."""
    encode = binary_encoder(of)
    return lambda value: b2a_base64(encode(value), newline=False).decode("ascii")
