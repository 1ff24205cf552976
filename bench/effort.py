"""How long to measure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    seconds: int = 2
    """Of each measurement under load."""
    rounds: int = 5
    """How often every server has its turn."""
