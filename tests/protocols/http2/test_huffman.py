"""Our way through the Huffman code against the library's."""

from __future__ import annotations

import random

import pytest
from hpack import HPACKDecodingError
from hpack.huffman import HuffmanEncoder
from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH
from hpack.huffman_table import decode_huffman as decode_half_bytes
from hypothesis import given
from hypothesis import strategies as st

from salver.protocols.http2 import huffman
from salver.protocols.http2.huffman import decode_huffman

ENCODER = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH)


@given(st.binary(max_size=200))
def test_what_is_coded_is_read(text: bytes):
    assert decode_huffman(ENCODER.encode(text)) == text


def test_every_letter_is_known():
    for letter in range(256):
        text = bytes((letter,)) * 3
        assert decode_huffman(ENCODER.encode(text)) == text


def test_the_memory_of_steps_is_bounded():
    chance = random.Random(1)
    for _ in range(1500):
        text = chance.randbytes(30)
        assert decode_huffman(ENCODER.encode(text)) == text
        assert len(huffman._steps) <= 8192


@given(st.binary(max_size=12))
def test_any_bytes_are_read_or_refused_as_by_hpack(raw: bytes):
    try:
        expected = decode_half_bytes(raw)
    except HPACKDecodingError:
        with pytest.raises(HPACKDecodingError):
            decode_huffman(raw)
    else:
        assert decode_huffman(raw) == expected
