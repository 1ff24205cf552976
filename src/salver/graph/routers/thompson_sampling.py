"""Thompson sampling: each child is chosen as often as it is likely to be the best.

(Thompson 1933; Chapelle and Li 2011; regret bounds in Agrawal and Goyal 2012. Rewards between 0 and 1 count as parts of
a success.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

import numpy as np

from salver.core.bounds import positive
from salver.graph.keys import Key
from salver.graph.memory import Memory
from salver.graph.routers.bandit import Bandit, Pick, Play, Sums
from salver.graph.routers.chance import drawing, swift
from salver.graph.routers.counts import COLUMNS, counted


@dataclass(frozen=True, slots=True)
class ThompsonSampling:
    """For rewards from 0 to 1: draws each child's success rate from its Beta distribution; the greatest is chosen."""

    kind: ClassVar[str] = "thompson_sampling"
    columns: ClassVar[tuple[str, ...]] = COLUMNS
    width: ClassVar[int] = 2
    rewards: ClassVar[tuple[float, float]] = (0.0, 1.0)

    prior_successes: float = 1.0
    """Successes of each child that are assumed beforehand; more than 0."""
    prior_failures: float = 1.0
    """Failures of each child that are assumed beforehand; more than 0. Many hold the first choices even for longer."""
    seed: int | None = None
    """Where random numbers begin, in each process; by default differently each time."""
    seldon_counts: bool = False
    """Whether a request of n rows with reward r counts int(r * n) successes, as Seldon's does, and not r * n."""
    context: Key | None = None
    """Learns for each value of this apart."""

    def __post_init__(self) -> None:
        positive(self, "prior_successes", "prior_failures")

    def __call__(self, arms: tuple[str, ...], memory: Memory, name: str, random: Random) -> Bandit[np.random.Generator]:
        return Bandit(self, arms, memory, name, swift(drawing(self.seed, random)))

    def pick(self, sums: Sums, random: np.random.Generator) -> Pick:
        beta, before, failed = random.beta, self.prior_successes, self.prior_failures
        drawn = [beta(before + successes, failed + tries - successes) for successes, tries in sums]
        return drawn.index(max(drawn)), {}

    def gain(self, play: Play, node: str) -> Sequence[float]:
        return counted(play, node, whole=self.seldon_counts)
