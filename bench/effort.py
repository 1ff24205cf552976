"""How long to measure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    seconds: int = 1
    """Of each measurement under load."""
    rounds: int = 10
    """How often every server has its turn."""
