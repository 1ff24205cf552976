"""Random A/B test: Seldon Core's RANDOM_ABTEST, two children by chance."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.graph.memory import Memory
from salver.graph.routers.chance import drawing


@dataclass(frozen=True, slots=True)
class RandomAbTest:
    """The first of two children with probability `ratio_a`, else the second."""

    kind: ClassVar[str] = "random_abtest"
    width: ClassVar[int] = 0

    ratio_a: float = 0.5
    """The first child's part, from 0 to 1: Seldon's parameter `ratioA`."""
    seed: int | None = None
    """Where random numbers begin, in each process; by default differently each time."""

    def __post_init__(self) -> None:
        if not 0 <= self.ratio_a <= 1:
            raise BadInput(f"ratio_a must be from 0 to 1, got {self.ratio_a}")

    def __call__(self, arms: tuple[str, ...], memory: Memory, name: str, random: Random) -> RandomAbTestChooser:
        if len(arms) != 2:
            raise BadInput(f"children of a random_abtest must be 2, got {len(arms)}")
        return RandomAbTestChooser(self.ratio_a, drawing(self.seed, random))


class RandomAbTestChooser:
    """A Chooser."""

    def __init__(self, ratio_a: float, random: Random) -> None:
        self._ratio_a = ratio_a
        self._random = random

    def choose(self, request: Request) -> int:
        return 0 if self._random.random() < self._ratio_a else 1
