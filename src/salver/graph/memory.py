"""Memory: what a learning node keeps. Sums only, so that what several processes add is simply added up.

A node's memory is a table: for each context (the empty text where it has none) and arm, a row of numbers, zero at the
start. `add` is the only change, so no update is lost whoever makes it, in whatever order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Memory(Protocol):
    """Of one node. Quick: never waits, and is used from the event loop only."""

    arms: int
    width: int

    def numbers(self, context: str) -> Sequence[Sequence[float]]:
        """The sums by arm, this process's own additions among them; must not be written to."""

    def add(self, context: str, arm: int, numbers: Sequence[float]) -> None:
        """Adds to an arm's row."""

    def contexts(self) -> Mapping[str, Sequence[Sequence[float]]]:
        """All that is known."""

    def clear(self) -> None:
        """Zero again, for all processes."""
