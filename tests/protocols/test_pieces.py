"""Bodies that come in pieces."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from salver.protocols.pieces import add_piece


@given(st.lists(st.binary(max_size=3) | st.integers(0, 3000).map(bytes)))
def test_joined_they_are_what_came(came: list[bytes]) -> None:
    pieces: list[bytes | bytearray] = []
    for piece in came:
        add_piece(pieces, piece)
    assert b"".join(pieces) == b"".join(came)


def test_a_single_piece_is_not_copied() -> None:
    body = bytes(range(10))
    pieces: list[bytes | bytearray] = []
    add_piece(pieces, body)
    assert b"".join(pieces) is body


def test_crumbs_cost_little_more_than_themselves() -> None:
    tracemalloc.start()
    try:
        pieces: list[bytes | bytearray] = []
        for number in range(20_000):
            add_piece(pieces, b"%04d" % (number % 10_000))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2 * 4 * 20_000
