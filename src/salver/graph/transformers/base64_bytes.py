"""Bytes that may be written in base64, as JSON must write them."""

from __future__ import annotations

import binascii

from salver.core.errors import BadInput


def bytes_of(value: str | bytes, is_base64: bool, where: str) -> bytes:
    """The bytes that are meant. Raises BadInput for what is no base64, and for text where bytes are wanted."""
    if not is_base64:
        if isinstance(value, str):
            raise BadInput(f"{where}: wanted bytes, got text")
        return value
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"{where}: this is no base64: {error}") from None
