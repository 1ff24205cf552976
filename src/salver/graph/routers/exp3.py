"""Exp3: for rewards that may change or be set by somebody who works against us (Auer, Cesa-Bianchi, Freund and
Schapire 2002, The nonstochastic multiarmed bandit problem, figure 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from salver.graph.keys import Key
from salver.graph.memory import Memory
from salver.graph.routers.bandit import Bandit, Pick, Play, Sums
from salver.graph.routers.chance import draw, drawing, mixed
from salver.graph.routers.weighing import chance_of, check_gamma


@dataclass(frozen=True, slots=True)
class Exp3:
    """For rewards from 0 to 1: draws a child by weights, which grow exponentially with reward / chance, mixed with
    equal chances. A request's rows count as one."""

    kind: ClassVar[str] = "exp3"
    columns: ClassVar[tuple[str, ...]] = ("sum_of_reward_by_chance", "tries")
    width: ClassVar[int] = 2
    rewards: ClassVar[tuple[float, float]] = (0.0, 1.0)

    gamma: float = 0.1
    """The part of the choices that all children share equally, from 0.0001 to 1: how quickly it learns and forgets."""
    seed: int | None = None
    """Where random numbers begin, in each process; by default differently each time."""
    context: Key | None = None
    """Learns for each value of this apart."""

    def __post_init__(self) -> None:
        check_gamma(self.gamma)

    def __call__(self, arms: tuple[str, ...], memory: Memory, name: str, random: Random) -> Bandit[Random]:
        return Bandit(self, arms, memory, name, drawing(self.seed, random))

    def pick(self, sums: Sums, random: Random) -> Pick:
        chances = self.chances(sums)
        arm = draw(chances, random)
        return arm, {"chance": chances[arm]}

    def gain(self, play: Play, node: str) -> Sequence[float]:
        """Where the chance of the choice is not known any more, the present one stands for it."""
        chance = chance_of(play.note, node)
        if chance is None:
            chance = self.chances(play.sums)[play.arm]
        return play.reward / chance, 1.0

    def chances(self, sums: Sums) -> list[float]:
        """By child. A log weight is gamma / K times the sum of reward / chance."""
        rate = self.gamma / len(sums)
        return mixed([rate * total for total, _ in sums], self.gamma)
