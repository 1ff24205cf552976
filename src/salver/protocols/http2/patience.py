"""How long a peer is borne that brings nothing: a count against progress, where a clock would be in a program."""

from __future__ import annotations


class Patience:
    """So many acts are free; beyond, each must have been earned by one step of progress since the last settling.

    A peer that always makes progress never runs out, one that makes none runs out after `free` acts, and what was
    earned long ago buys at most twice `free` acts more.
    """

    __slots__ = ("_free", "_settled", "_spent")

    def __init__(self, free: int) -> None:
        self._free = free
        self._spent = 0
        self._settled = 0

    def ends(self, progress: int) -> bool:
        """Counts one act; whether it was one too many. `progress` counts up, for all the life of the connection."""
        self._spent += 1
        if self._spent <= self._free:
            return False
        self._spent = max(-self._free, self._spent - (progress - self._settled))
        self._settled = progress
        return self._spent > self._free
