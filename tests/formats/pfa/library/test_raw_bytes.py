import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import fails, made

from salver.formats.pfa.avro.types import BYTES, INT, STRING
from salver.formats.pfa.library.sizes import MOST

CODINGS = ["Ascii", "Latin1", "Utf8", "Utf16", "Utf16be", "Utf16le"]


def test_parts() -> None:
    assert made("bytes.len", BYTES)(b"\x00\xff") == 2
    part = made("bytes.subseq", BYTES, INT, INT)
    assert part(b"hello", 1, -1) == b"ell"
    assert part(b"hello", 4, 2) == b""
    into = made("bytes.subseqto", BYTES, INT, INT, BYTES)
    assert into(b"hello", 1, -1, b"--") == b"h--o"
    assert into(b"hello", 4, 2, b"-") == b"hell-o"
    fails(0, lambda: into(bytes(MOST), 0, 0, b"-"))


@pytest.mark.parametrize("coding", CODINGS)
def test_a_text_that_is_written_can_be_read(coding: str) -> None:
    written = made(f"bytes.encode{coding}", STRING)("hello")
    assert made(f"bytes.decode{coding}", BYTES)(written) == "hello"
    assert made(f"bytes.is{coding}", BYTES)(written)
    assert made(f"bytes.is{coding}", STRING)("hello")


@pytest.mark.parametrize(
    ("coding", "bad", "code"),
    [
        ("Ascii", b"\x80", 16090),
        ("Utf8", b"\x80", 16110),
        ("Utf8", b"\xed\xa0\x80", 16110),
        ("Utf16", b"a", 16120),
        ("Utf16be", b"\xd8\x00", 16130),
        ("Utf16le", b"a", 16140),
    ],
)
def test_bytes_that_say_nothing_in_a_coding(coding: str, bad: bytes, code: int) -> None:
    assert not made(f"bytes.is{coding}", BYTES)(bad)
    fails(code, lambda: made(f"bytes.decode{coding}", BYTES)(bad))


@pytest.mark.parametrize(
    ("coding", "bad", "code"),
    [
        ("Ascii", "é", 16150),
        ("Latin1", "−", 16160),
        ("Utf8", "\ud800", 16170),
        ("Utf16", "\ud800", 16180),
        ("Utf16be", "\ud800", 16190),
        ("Utf16le", "\ud800", 16200),
    ],
)
def test_texts_that_a_coding_cannot_write(coding: str, bad: str, code: int) -> None:
    assert not made(f"bytes.is{coding}", STRING)(bad)
    fails(code, lambda: made(f"bytes.encode{coding}", STRING)(bad))


def test_a_mark_says_the_byte_order() -> None:
    read = made("bytes.decodeUtf16", BYTES)
    assert read(b"\xff\xfeh\x00i\x00") == "hi"
    assert read(b"\xfe\xff\x00h\x00i") == "hi"
    assert read(b"h\x00i\x00") == "hi"
    assert read(b"") == ""
    assert made("bytes.encodeUtf16", STRING)("hi") == b"\xff\xfeh\x00i\x00"


def test_each_byte_is_a_character_of_latin_1() -> None:
    assert made("bytes.decodeLatin1", BYTES)(b"\xff\x80\x00") == "ÿ\x80\x00"
    assert made("bytes.isLatin1", BYTES)(b"\xff")


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=20))
def test_base64_there_and_back(data: bytes) -> None:
    assert made("bytes.fromBase64", STRING)(made("bytes.toBase64", BYTES)(data)) == data


@pytest.mark.parametrize("text", ["...", "aGVs bG8=", "aGVsbG8", "a", "aGVsbG8=\n", "ä"])
def test_what_is_no_base64(text: str) -> None:
    fails(16220, lambda: made("bytes.fromBase64", STRING)(text))
