"""Counts: a bandit whose rewards are shares of successes counts the rows of a request as so many tries.

(Seldon Core's reference bandits: the reward is the part of the rows that were answered well.)
"""

from __future__ import annotations

from typing import Final

from salver.graph.reward import rows_of
from salver.graph.routers.bandit import Play

COLUMNS: Final = ("successes", "tries")


def counted(play: Play, node: str, *, whole: bool) -> tuple[float, float]:
    """Successes and tries; the successes are rounded down where only whole ones count."""
    rows = rows_of(play.lesson, node)
    successes = play.reward * rows
    return (float(int(successes)) if whole else successes, float(rows))
