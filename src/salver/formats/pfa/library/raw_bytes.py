"""bytes: parts of bytes, and what they say as text."""

from __future__ import annotations

import base64
import binascii
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable
from typing import Final

from salver.formats.pfa.avro.types import BYTES
from salver.formats.pfa.library.registry import Call, Implementation, fail, function, typed
from salver.formats.pfa.library.strings import with_part

function("bytes.len", "(x: bytes) -> int")(len)


@function("bytes.subseq", "(x: bytes, start: int, end: int) -> bytes")
def _subseq(x: bytes, start: int, end: int) -> bytes:
    return x[start:end]


@function("bytes.subseqto", "(x: bytes, start: int, end: int, replacement: bytes) -> bytes")
def _subseqto(x: bytes, start: int, end: int, replacement: bytes) -> bytes:
    return with_part(x, start, end, replacement)


def _decode_utf16(x: bytes) -> str:
    """The byte order is that of the mark at the beginning; without one, the lowest byte comes first."""
    if x.startswith(BOM_UTF16_BE):
        return x[2:].decode("utf-16-be")
    return x[2 * x.startswith(BOM_UTF16_LE) :].decode("utf-16-le")


def _encode_utf16(x: str) -> bytes:
    return BOM_UTF16_LE + x.encode("utf-16-le")


def _coding(name: str, code: int, decode: Callable[[bytes], str], encode: Callable[[str], bytes]) -> None:
    """Registers whether something fits a coding, what bytes say in it, and how a text is written in it. `code` is that
    of the error for bytes; the error for texts comes 60 later."""

    def says(x: bytes) -> str:
        try:
            return decode(x)
        except UnicodeDecodeError:
            fail(code)

    def written(x: str) -> bytes:
        try:
            return encode(x)
        except UnicodeEncodeError:
            fail(code + 60)

    def can_be_read(x: bytes) -> bool:
        try:
            decode(x)
        except UnicodeDecodeError:
            return False
        return True

    def can_be_written(x: str) -> bool:
        try:
            encode(x)
        except UnicodeEncodeError:
            return False
        return True

    @typed(f"bytes.is{name}", "(x: bytes) -> boolean", "(x: string) -> boolean")
    def make(call: Call) -> Implementation:
        return can_be_read if call.params[0] is BYTES else can_be_written

    function(f"bytes.decode{name}", "(x: bytes) -> string", errors={code: "invalid bytes"})(says)
    function(f"bytes.encode{name}", "(x: string) -> bytes", errors={code + 60: "invalid string"})(written)


_coding("Ascii", 16090, lambda x: x.decode("ascii"), lambda x: x.encode("ascii"))
_coding("Latin1", 16100, lambda x: x.decode("latin-1"), lambda x: x.encode("latin-1"))
_coding("Utf8", 16110, lambda x: x.decode("utf-8"), lambda x: x.encode("utf-8"))
_coding("Utf16", 16120, _decode_utf16, _encode_utf16)
_coding("Utf16be", 16130, lambda x: x.decode("utf-16-be"), lambda x: x.encode("utf-16-be"))
_coding("Utf16le", 16140, lambda x: x.decode("utf-16-le"), lambda x: x.encode("utf-16-le"))


@function("bytes.toBase64", "(x: bytes) -> string")
def _to_base64(x: bytes) -> str:
    return base64.b64encode(x).decode("ascii")


_BASE64: Final = re.compile("[A-Za-z0-9+/]*=*")


@function("bytes.fromBase64", "(s: string) -> bytes", errors={16220: "invalid base64"})
def _from_base64(s: str) -> bytes:
    if not _BASE64.fullmatch(s):
        fail(16220)
    try:
        return base64.b64decode(s)
    except binascii.Error:
        fail(16220)
