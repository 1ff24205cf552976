"""A body that comes in pieces, however small: what is held costs little more than the bytes themselves."""

from __future__ import annotations

from typing import Final

_SMALL_BYTES: Final = 1024
"""A piece below this is put to the one before it: by itself it would cost many times its own length."""


def add_piece(pieces: list[bytes | bytearray], piece: bytes) -> None:
    """Puts the next piece to those that came before, which are to be joined in the end. The first stays as it is."""
    if len(piece) >= _SMALL_BYTES or not pieces:
        pieces.append(piece)
    elif isinstance(pieces[-1], bytearray):
        pieces[-1] += piece
    else:
        pieces.append(bytearray(piece))
