"""Words in colour, on a terminal only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TextIO


def has_colour(stream: TextIO) -> bool:
    """Whether the stream shows colours: a terminal, unless NO_COLOR says something."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def bold(text: str, stream: TextIO) -> str:
    return f"\x1b[1m{text}\x1b[0m" if has_colour(stream) else text


def faint(text: str, stream: TextIO) -> str:
    return f"\x1b[2m{text}\x1b[0m" if has_colour(stream) else text


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns wide enough for their longest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
