"""Epsilon-greedy: mostly the best child so far, now and then another. Seldon Core's reference bandit.

(Watkins 1989; Sutton and Barto, Reinforcement Learning, 2.2, but for the random child being one of the others.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar, Final

from salver.core.bounds import at_least
from salver.core.errors import BadInput
from salver.graph.keys import Key
from salver.graph.memory import Memory
from salver.graph.routers.bandit import Bandit, Pick, Play, Sums
from salver.graph.routers.chance import best, drawing
from salver.graph.routers.counts import COLUMNS, counted

UNIT: Final = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class EpsilonGreedy:
    """The child with the greatest mean reward with probability 1 - epsilon, else one of the others."""

    kind: ClassVar[str] = "epsilon_greedy"
    columns: ClassVar[tuple[str, ...]] = COLUMNS
    width: ClassVar[int] = 2
    rewards: ClassVar[tuple[float, float]] = UNIT

    epsilon: float = 0.1
    """How often one of the other children is tried, from 0 to 1."""
    best_branch: int | None = None
    """The child, counted from 0, that is best till feedback comes; by default any."""
    seed: int | None = None
    """Where random numbers begin, in each process; by default differently each time."""
    seldon_counts: bool = False
    """Whether a request of n rows with reward r counts int(r * n) successes, as Seldon's does, and not r * n: a
    reward of 0.9 for one row is then worth nothing."""
    context: Key | None = None
    """Learns for each value of this apart."""

    def __post_init__(self) -> None:
        if not 0 <= self.epsilon <= 1:
            raise BadInput(f"epsilon must be from 0 to 1, got {self.epsilon}")
        if self.best_branch is not None:
            at_least(self, 0, "best_branch")

    def __call__(self, arms: tuple[str, ...], memory: Memory, name: str, random: Random) -> Bandit[Random]:
        if self.best_branch is not None and self.best_branch >= len(arms):
            raise BadInput(f"best_branch must be less than {len(arms)}, the number of children, got {self.best_branch}")
        return Bandit(self, arms, memory, name, drawing(self.seed, random))

    def pick(self, sums: Sums, random: Random) -> Pick:
        favourite = self._favourite(sums, random)
        if random.random() >= self.epsilon or len(sums) == 1:
            return favourite, {}
        other = random.randrange(len(sums) - 1)
        return (other if other < favourite else other + 1), {}

    def gain(self, play: Play, node: str) -> Sequence[float]:
        return counted(play, node, whole=self.seldon_counts)

    def _favourite(self, sums: Sums, random: Random) -> int:
        """The child of the greatest mean; one that was never tried has 0, as in Seldon's."""
        if self.best_branch is not None and not any(tries for _, tries in sums):
            return self.best_branch
        return best([successes / tries if tries else 0.0 for successes, tries in sums], random)
