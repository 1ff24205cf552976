"""UCB1: the child that may be the best, as far as is known (Auer, Cesa-Bianchi and Fischer 2002, figure 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from random import Random
from typing import ClassVar

from salver.graph.keys import Key
from salver.graph.memory import Memory
from salver.graph.routers.bandit import Bandit, Pick, Play, Sums
from salver.graph.routers.chance import best, drawing


@dataclass(frozen=True, slots=True)
class Ucb1:
    """For rewards from 0 to 1: the greatest mean reward plus sqrt(2 ln n / tries), n being all tries together. A
    child without feedback comes first. A request's rows count as one."""

    kind: ClassVar[str] = "ucb1"
    columns: ClassVar[tuple[str, ...]] = ("sum", "tries")
    width: ClassVar[int] = 2
    rewards: ClassVar[tuple[float, float]] = (0.0, 1.0)

    seed: int | None = None
    """Where random numbers begin, in each process, by which children that are equal are chosen."""
    context: Key | None = None
    """Learns for each value of this apart."""

    def __call__(self, arms: tuple[str, ...], memory: Memory, name: str, random: Random) -> Bandit[Random]:
        return Bandit(self, arms, memory, name, drawing(self.seed, random))

    def pick(self, sums: Sums, random: Random) -> Pick:
        untried = [arm for arm, (_, tries) in enumerate(sums) if not tries]
        if untried:
            return random.choice(untried), {}
        width = 2.0 * log(sum([tries for _, tries in sums]))
        return best([total / tries + sqrt(width / tries) for total, tries in sums], random), {}

    def gain(self, play: Play, node: str) -> Sequence[float]:
        return play.reward, 1.0
